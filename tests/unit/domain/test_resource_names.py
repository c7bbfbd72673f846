"""Names are built from ids on one allow-list; nothing hostile becomes a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import resource_names as names

ENTERPRISE = "enterprises/LC00demo"
DEVICE = f"{ENTERPRISE}/devices/3a5f00c1d2e3f4a5"
ACTION = f"{ENTERPRISE}/actions/01J9ZX-_"
OPERATION = f"{DEVICE}/operations/1731000000000"

HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "d:wipe",
    "d:issueCommand",
    "%2F",
    "%2e%2e",
    "a%00",
    "a\x00",
    "a\n",
    "\na",
    "a\r\n",
    "a b",
    " a",
    "a ",
    "a?x=1",
    "a#b",
    "a;b",
    "a*",
    "*",
    "{a}",
    "a&b",
    "__id__/",
    "ä",
    "١٢٣",
    "a\u200b",
    "\uff0e\uff0e",
    "a" * 129,
]
GOOD = ["a", "0", "-", "_", "LC00demo", "3a5f00c1d2e3f4a5", "1731000000000", "a" * 128]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_id_builds_no_name(hostile: str) -> None:
    builders = [
        names.enterprise_name,
        lambda each: names.device_name(each, "d"),
        lambda each: names.device_name("e", each),
        lambda each: names.action_name(each, "a"),
        lambda each: names.action_name("e", each),
        lambda each: names.request_name(ENTERPRISE, each),
        lambda each: names.event_name(ACTION, each),
    ]
    for build in builders:
        with pytest.raises(ValueError, match="not an id"):
            build(hostile)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_name_with_a_hostile_id_in_any_place_is_not_recognised(hostile: str) -> None:
    assert not names.is_enterprise(f"enterprises/{hostile}")
    assert not names.is_device(f"enterprises/{hostile}/devices/d")
    assert not names.is_device(f"enterprises/e/devices/{hostile}")
    assert not names.is_action(f"enterprises/{hostile}/actions/a")
    assert not names.is_action(f"enterprises/e/actions/{hostile}")
    assert not names.is_operation(f"enterprises/{hostile}/devices/d/operations/1")
    assert not names.is_operation(f"enterprises/e/devices/{hostile}/operations/1")
    assert not names.is_operation(f"enterprises/e/devices/d/operations/{hostile}")
    with pytest.raises(ValueError, match="not an operation"):
        names.device_of_operation(f"enterprises/e/devices/{hostile}/operations/1")


@given(st.text())
def test_whatever_is_accepted_as_an_id_is_one_segment_of_plain_ascii(text: str) -> None:
    try:
        name = names.enterprise_name(text)
    except ValueError:
        assert not names.is_enterprise(f"enterprises/{text}")
        return
    assert name.isascii()
    assert name.count("/") == 1
    assert not set(name) & set(".:%\\?# \n")


@pytest.mark.parametrize("good", GOOD)
def test_good_ids_build_names_that_are_recognised(good: str) -> None:
    assert names.is_enterprise(names.enterprise_name(good))
    assert names.is_device(names.device_name(good, good))
    assert names.is_action(names.action_name(good, good))
    assert names.is_operation(f"{names.device_name(good, good)}/operations/{good}")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "enterprises",
        "enterprises/",
        "/enterprises/e",
        "enterprises/e/",
        f"{DEVICE}/",
        f"x{DEVICE}",
        f"{ACTION}\n",
    ],
)
def test_a_name_is_recognised_whole_or_not_at_all(name: str) -> None:
    for is_kind in (names.is_enterprise, names.is_device, names.is_action, names.is_operation):
        assert not is_kind(name)


def test_a_kind_is_not_taken_for_another() -> None:
    kinds = {
        names.is_enterprise: ENTERPRISE,
        names.is_device: DEVICE,
        names.is_action: ACTION,
        names.is_operation: OPERATION,
    }
    for is_kind, own in kinds.items():
        assert [name for name in kinds.values() if is_kind(name)] == [own]


@pytest.mark.parametrize("name", [ENTERPRISE, DEVICE, ACTION, OPERATION, f"{ACTION}/events/1"])
def test_each_name_knows_its_enterprise(name: str) -> None:
    assert names.enterprise_of(name) == ENTERPRISE


@pytest.mark.parametrize(
    "name", ["", "devices/d", "x/enterprises/e", "enterprises/", "enterprises//devices/d", "system/amapi"]
)
def test_a_name_outside_of_an_enterprise_has_none(name: str) -> None:
    with pytest.raises(ValueError, match="not under an enterprise"):
        names.enterprise_of(name)


def test_an_operation_knows_its_device() -> None:
    assert names.device_of_operation(OPERATION) == DEVICE


def test_the_last_segment_is_the_id() -> None:
    assert names.id_of(OPERATION) == "1731000000000"
    assert names.id_of(ACTION) == "01J9ZX-_"


def test_documents_lie_beside_what_they_belong_to() -> None:
    assert names.lock_name(DEVICE) == f"{ENTERPRISE}/locks/3a5f00c1d2e3f4a5"
    assert names.passcode_name(ACTION) == f"{ENTERPRISE}/passcodes/01J9ZX-_"
    assert names.request_name(ENTERPRISE, "ab12") == f"{ENTERPRISE}/requests/ab12"
    assert names.event_name(ACTION, "0001") == f"{ACTION}/events/0001"


def test_a_member_is_found_whatever_the_case_of_the_address() -> None:
    assert (
        names.member_name(ENTERPRISE, "Ann.O'Neil+x@Example.COM")
        == f"{ENTERPRISE}/members/ann.o'neil+x@example.com"
    )


@pytest.mark.parametrize("address", ["", "a/b@example.com", "../../e/members/x@example.com", "a" * 255])
def test_an_address_that_would_change_the_path_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        names.member_name(ENTERPRISE, address)
