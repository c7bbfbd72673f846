"""Reading AMAPI's JSON: every field, and everything that a field should not be."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.android_management import device_from_json, operation_from_json, parse_operation_name
from shared.adapters.android_management.fields import integer, seconds, when
from shared.adapters.android_management.operations import safe_text
from shared.domain.device import Device, NonCompliance, PasswordPolicy
from shared.domain.operation import Operation, Outcome
from shared.services.documents import check_fields
from shared.services.records import to_fields

DEVICE = "enterprises/LC00demo/devices/5db9013678962373"
OPERATION = f"{DEVICE}/operations/1795464334422"
COMMAND = "type.googleapis.com/google.android.devicemanagement.v1.Command"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def test_every_used_field_of_a_device_is_read():
    raw = {
        "name": DEVICE,
        "state": "ACTIVE",
        "appliedState": "LOST",
        "managementMode": "PROFILE_OWNER",
        "ownership": "COMPANY_OWNED",
        "apiLevel": 34,
        "policyName": "enterprises/LC00demo/policies/a",
        "appliedPolicyName": "enterprises/LC00demo/policies/b",
        "softwareInfo": {"androidVersion": "14"},
        "hardwareInfo": {"brand": "google", "model": "Pixel 9", "serialNumber": "R3CX"},
        "deviceSettings": {"isDeviceSecure": False},
        "enrollmentTime": "2026-01-02T03:04:05Z",
        "lastStatusReportTime": "2026-01-02T03:04:05.123456789+02:00",
        "previousDeviceNames": ["enterprises/LC00demo/devices/old", "..", 4],
        "enrollmentTokenData": '{"user": {}}',
        "appliedPasswordPolicies": [
            {
                "passwordScope": "SCOPE_PROFILE",
                "passwordQuality": "COMPLEX",
                "passwordMinimumLength": 10,
                "passwordMinimumLetters": 1,
                "passwordMinimumLowerCase": 2,
                "passwordMinimumUpperCase": 3,
                "passwordMinimumNonLetter": 4,
                "passwordMinimumNumeric": 5,
                "passwordMinimumSymbols": 6,
                "passwordHistoryLength": 7,
                "maximumFailedPasswordsForWipe": 8,
                "unifiedLockSettings": "REQUIRE_SEPARATE_WORK_LOCK",
            },
            {},
        ],
        "nonComplianceDetails": [
            {
                "settingName": "passwordPolicies",
                "nonComplianceReason": "USER_ACTION",
                "specificNonComplianceReason": "USER_NOT_UNLOCKED",
                "specificNonComplianceContext": {
                    "passwordPoliciesContext": {"passwordPolicyScope": "SCOPE_DEVICE"}
                },
            }
        ],
    }
    assert device_from_json(raw) == Device(
        name=DEVICE,
        state="ACTIVE",
        applied_state="LOST",
        management_mode="PROFILE_OWNER",
        ownership="COMPANY_OWNED",
        api_level=34,
        android_version="14",
        brand="google",
        model="Pixel 9",
        serial_number="R3CX",
        policy_name="enterprises/LC00demo/policies/a",
        applied_policy_name="enterprises/LC00demo/policies/b",
        password_policies=(
            PasswordPolicy("SCOPE_PROFILE", "COMPLEX", 10, 1, 2, 3, 4, 5, 6, 8),
            PasswordPolicy(),
        ),
        non_compliance=(NonCompliance("USER_NOT_UNLOCKED"),),
        is_secure=False,
        last_status_report_time=datetime(2026, 1, 2, 1, 4, 5, 123456, tzinfo=UTC),
        enrollment_time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        previous_device_names=("enterprises/LC00demo/devices/old",),
        enrollment_token_data='{"user": {}}',
    )


def test_a_device_of_which_only_the_name_is_known_is_a_device():
    assert device_from_json({"name": DEVICE}) == Device(name=DEVICE)


@pytest.mark.parametrize("name", [None, 7, "", "devices/x", f"{DEVICE}:wipe", f"{DEVICE}\n", OPERATION])
def test_what_is_not_named_as_a_device_is_none(name):
    assert device_from_json({"name": name}) is None


DEVICE_KEYS = [
    "state",
    "apiLevel",
    "softwareInfo",
    "hardwareInfo",
    "deviceSettings",
    "enrollmentTime",
    "previousDeviceNames",
    "appliedPasswordPolicies",
    "nonComplianceDetails",
    "policyName",
]


@given(st.dictionaries(st.sampled_from(DEVICE_KEYS), ANYTHING))
def test_odd_fields_never_cost_the_device(fields):
    assert device_from_json({**fields, "name": DEVICE}).name == DEVICE


@given(st.dictionaries(st.sampled_from(["done", "metadata", "error", "response"]), ANYTHING))
def test_odd_fields_never_cost_the_operation(fields):
    assert operation_from_json({**fields, "name": OPERATION}).name == OPERATION


def test_a_running_operation_has_no_outcome_whatever_else_it_says():
    metadata = {
        "@type": COMMAND,
        "type": "RESET_PASSWORD",
        "createTime": "2026-11-23T20:05:34.422Z",
        "duration": "3600s",
        "errorCode": "UNKNOWN",
        "newPassword": "Kx7#mP2q",
    }
    found = operation_from_json({"name": OPERATION, "metadata": metadata, "error": {"code": 5}})
    created = datetime(2026, 11, 23, 20, 5, 34, 422000, tzinfo=UTC)
    assert found == Operation(OPERATION, DEVICE, True, created, 3600)
    assert "Kx7#mP2q" not in repr(found)


@pytest.mark.parametrize(
    ("fields", "outcome", "error_code"),
    [
        ({}, Outcome.OK, ""),
        ({"response": {"@type": "x"}}, Outcome.OK, ""),
        ({"metadata": {"errorCode": "COMMAND_ERROR_CODE_UNSPECIFIED"}}, Outcome.OK, ""),
        ({"error": {}}, Outcome.OK, ""),
        ({"error": None}, Outcome.OK, ""),
        ({"metadata": {"errorCode": "API_LEVEL"}}, Outcome.ERROR, "API_LEVEL"),
        ({"metadata": {"errorCode": "INVALID_VALUE"}, "error": {"code": 1}}, Outcome.ERROR, "INVALID_VALUE"),
        ({"metadata": {"errorCode": "<b>odd"}}, Outcome.ERROR, "UNKNOWN"),
        ({"error": {"code": 1}}, Outcome.VOID, ""),
        ({"error": {"code": 4}}, Outcome.VOID, ""),
        ({"error": {"code": "4"}}, Outcome.VOID, ""),
        ({"error": {"code": 9}}, Outcome.ERROR, "RPC_9"),
        ({"error": {"message": "no code"}}, Outcome.ERROR, "RPC_2"),
        ({"error": "odd"}, Outcome.ERROR, "RPC_2"),
    ],
)
def test_a_finished_operation_ends_as_its_first_failure_says(fields, outcome, error_code):
    found = operation_from_json({"name": OPERATION, "done": True, **fields})
    assert (found.outcome, found.error_code) == (outcome, error_code)


@pytest.mark.parametrize("done", [False, None, "true", 1])
def test_only_true_is_done(done):
    assert operation_from_json({"name": OPERATION, "done": done}).outcome is None


def test_the_message_of_a_failure_is_kept_without_the_passcode():
    raw = {
        "name": OPERATION,
        "done": True,
        "metadata": {"newPassword": "plainword", "errorCode": "INVALID_VALUE"},
        "error": {"code": 3, "message": "Invalid value plainword for newPassword."},
    }
    assert operation_from_json(raw).error_message == "Invalid value … for …"


@pytest.mark.parametrize("name", [None, 3, DEVICE, f"{OPERATION}:cancel", f"{OPERATION}/"])
def test_what_is_not_named_as_an_operation_is_none(name):
    assert operation_from_json({"name": name}) is None
    assert parse_operation_name({"name": name}) is None


def test_the_name_in_a_notification_is_found():
    assert parse_operation_name({"name": OPERATION, "done": True}) == OPERATION


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Request contains an invalid argument.", "Request contains an invalid argument."),
        ("INVALID_ARGUMENT (see docs): bad", "INVALID_ARGUMENT (see docs): bad"),
        ('Invalid value "abcd" at 482917', "Invalid value … at …"),
        ("code abCd a-b a1 é", "code … … … …"),
        (None, ""),
        (7, ""),
    ],
)
def test_only_words_that_cannot_be_a_passcode_are_kept(text, kept):
    assert safe_text(text) == kept


@given(st.text("0123456789#!$%aB", min_size=4, max_size=16).filter(lambda code: not code.isalpha()))
def test_no_message_tells_a_passcode(code):
    for message in (f"bad value {code}", f"bad value '{code}', sorry", f"newPassword={code}."):
        assert code not in safe_text(message)


def test_a_long_message_is_cut():
    assert len(safe_text("word " * 5000)) == 299


@pytest.mark.parametrize(
    ("value", "microsecond"),
    [("", 0), (".4", 400000), (".422", 422000), (".422000", 422000), (".422000999", 422000)],
)
def test_times_with_any_fraction_are_read(value, microsecond):
    raw = {"t": f"2026-11-23T20:05:34{value}Z"}
    assert when(raw, "t") == datetime(2026, 11, 23, 20, 5, 34, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [None, 5, "", "2026-11-23", "2026-11-23T20:05:34", "2026-13-40T20:05:34Z", "2026-11-23T20:05:61Z", "now"],
)
def test_what_is_no_time_is_none(value):
    assert when({"t": value}, "t") is None


def test_a_time_before_the_first_year_is_none():
    assert when({"t": "0001-01-01T00:00:00+14:00"}, "t") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("600s", 600), ("0s", 0), ("600.000s", 600), ("1.5s", None), ("10m", None), (600, None), ("-5s", None)],
)
def test_durations_are_whole_seconds(value, expected):
    assert seconds({"d": value}, "d") == expected


@pytest.mark.parametrize(("value", "expected"), [(3, 3), ("12", 12), (True, 0), ("x", 0), (1.5, 0), (None, 0)])
def test_numbers_are_read_also_from_strings(value, expected):
    assert integer({"n": value}, "n") == expected


@pytest.mark.parametrize(
    "odd",
    [
        {"apiLevel": 10**30},
        {"hardwareInfo": {"model": "\ud800 Pixel"}},
        {"enrollmentTokenData": "\udfff"},
        {"appliedPasswordPolicies": [{"passwordMinimumLength": -(10**30)}]},
    ],
    ids=["api level", "model", "token", "minimum"],
)
def test_whatever_a_device_says_of_itself_can_be_stored(odd):
    """Regression: one such device made the store refuse its whole page, and the pass began there again for ever."""
    device = device_from_json({"name": DEVICE, **odd})
    assert device
    check_fields(to_fields(device))


def test_an_absurd_minimum_is_not_taken_for_none():
    assert integer({"n": 10**30}, "n") > 10**9
