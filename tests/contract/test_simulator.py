"""The simulator keeps to AMAPI's discovery document, and does the things that phones and networks do."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from local.simulator import fleet, schemas
from local.simulator.__main__ import publisher
from local.simulator.password_rules import weaknesses
from local.simulator.server import running
from local.simulator.timers import Timers
from shared.adapters.android_management import device_from_json
from shared.domain.messages import Message
from shared.domain.passcode_generator import generate
from shared.domain.passcode_rule import UnsatisfiablePolicyError, rule_for

ENTERPRISE = "enterprises/LC00demo"
DEVICE = f"{ENTERPRISE}/devices/5db9013678962373"  # a managed phone of Android 16
RESET = {"type": "RESET_PASSWORD", "newPassword": "Kx7#mP2qaa", "resetPasswordFlags": ["LOCK_NOW"]}


class Http:
    """A bare HTTP client on one kept connection."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)

    def __call__(self, method, path, body=None):
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, path, content)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def issue(self, command=None, device=DEVICE):
        status, body = self("POST", f"/v1/{device}:issueCommand", RESET if command is None else command)
        assert status == 200, body
        return body["name"]

    def done(self, name):
        found = {}

        def is_done():
            found.update(self("GET", f"/v1/{name}")[1])
            return found.get("done")

        wait_until(is_done)
        return found

    def knob(self, device=DEVICE, **knobs):
        status, body = self("PATCH", f"/_sim/devices/{device}", knobs)
        assert status == 200, body
        return body

    def phone(self, device=DEVICE):
        return self("GET", f"/_sim/devices/{device}")[1]


class FakeBus:
    """Keeps what is published; fails while ``is_down``."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.is_down = False

    def __call__(self, message: Message) -> None:
        if self.is_down:
            raise ConnectionError("Kx7#mP2qaa")
        self.messages.append(message)

    def of(self, kind):
        return [message.data for message in self.messages if message.attributes == {"notificationType": kind}]


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.005)


@pytest.fixture
def bus():
    return FakeBus()


@pytest.fixture
def simulator(bus):
    with running(publish=bus) as simulator:
        yield simulator


@pytest.fixture
def api(simulator):
    client = Http(simulator.url)
    yield client
    client.connection.close()


def with_policy(simulator, quality, device=DEVICE, api_level=36, scope="SCOPE_DEVICE", **minima):
    policy = {"passwordScope": scope, "passwordQuality": quality, **minima}
    simulator.world.phones[device].device.update(apiLevel=api_level, appliedPasswordPolicies=[policy])


def work_profile(simulator):
    phones = simulator.world.phones.items()
    return next(name for name, phone in phones if phone.device["ownership"] == "PERSONALLY_OWNED" and phone.online)


# The fleet


def test_every_record_of_the_fleet_fits_the_discovery_document():
    found = fleet.demo_fleet(datetime.now(UTC))
    assert [schemas.flaws("Device", phone.device) for phone in found.phones] == [[]] * fleet.FLEET_SIZE
    assert [schemas.flaws("Policy", policy) for policy in found.policies] == [[]] * len(found.policies)
    assert schemas.flaws("Enterprise", found.enterprise) == []


def test_the_fleet_is_the_same_at_each_start_and_another_one_elsewhere():
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert fleet.demo_fleet(now) == fleet.demo_fleet(now)
    ids = [{phone.id for phone in fleet.demo_fleet(now, enterprise=f"enterprises/{e}").phones} for e in ("A", "B")]
    assert ids[0].isdisjoint(ids[1])
    assert len(ids[0]) == fleet.FLEET_SIZE >= 40


def test_the_fleet_knows_every_mode_android_policy_and_trouble():
    devices = [phone.device for phone in fleet.demo_fleet(datetime.now(UTC)).phones]
    assert {(device["managementMode"], device["ownership"]) for device in devices} == {
        ("DEVICE_OWNER", "COMPANY_OWNED"),
        ("PROFILE_OWNER", "COMPANY_OWNED"),
        ("PROFILE_OWNER", "PERSONALLY_OWNED"),
    }
    assert {device["apiLevel"] for device in devices} == set(range(24, 37))
    assert {device["policyName"].rpartition("/")[2] for device in devices} == set(fleet.POLICIES)
    assert {"ACTIVE", "PROVISIONING", "LOST", "DISABLED"} == {device["appliedState"] for device in devices}
    reasons = {
        detail["specificNonComplianceReason"]
        for device in devices
        for detail in device.get("nonComplianceDetails", [])
    }
    assert reasons == {
        "USER_NOT_UNLOCKED",
        "PASSWORD_POLICIES_USER_CREDENTIALS_CONFIRMATION_REQUIRED",
        "PASSWORD_POLICIES_PASSWORD_NOT_SUFFICIENT",
    }


def test_most_enrolment_tokens_name_a_user():
    devices = [phone.device for phone in fleet.demo_fleet(datetime.now(UTC)).phones]
    tokens = [device["enrollmentTokenData"] for device in devices]
    users = [json.loads(token)["user"] for token in tokens if token.startswith("{")]
    assert len(users) > 40
    assert all(set(user) == {"displayName", "email", "locale"} for user in users)
    assert any(not user["displayName"].isascii() for user in users)
    assert "" in tokens
    assert "Warehouse 7, dock B" in tokens


def test_every_phone_of_the_fleet_takes_what_the_product_makes_for_it():
    unfit = []
    for phone in fleet.demo_fleet(datetime.now(UTC)).phones:
        device = device_from_json(phone.device)
        try:
            rule = rule_for(device)
        except UnsatisfiablePolicyError:
            unfit.append(device.policy_name.rpartition("/")[2])
            continue
        codes = [generate(rule).reveal() for _ in range(20)]
        policies = phone.device["appliedPasswordPolicies"]
        assert [weaknesses(code, policies, phone.lock, device.api_level) for code in codes] == [[]] * 20
    assert unfit == ["impossible"]


# AMAPI


def test_health_is_told(api):
    assert api("GET", "/health") == (200, {"status": "ok"})


def test_a_command_becomes_an_operation_with_the_fields_that_the_server_fills(simulator, api):
    api.knob(online=False)
    before_ms = int(time.time() * 1000)
    status, operation = api("POST", f"/v1/{DEVICE}:issueCommand", {"type": "LOCK"})
    assert status == 200
    assert set(operation) == {"name", "metadata"}
    metadata = operation["metadata"]
    assert metadata["@type"] == "type.googleapis.com/google.android.devicemanagement.v1.Command"
    assert (metadata["type"], metadata["duration"]) == ("LOCK", "600s")
    assert metadata["userName"] == simulator.world.phones[DEVICE].device["userName"]
    created = datetime.fromisoformat(metadata["createTime"])
    assert int(operation["name"].rpartition("/")[2]) == round(created.timestamp() * 1000) >= before_ms
    assert len({api.issue() for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "command",
    [
        {},
        {"newPassword": "123456"},
        {"type": "COMMAND_TYPE_UNSPECIFIED"},
        {"type": "RESET_PASSCODE"},
        {"type": "RESET_PASSWORD", "passcode": "123456"},
        {"type": "RESET_PASSWORD", "duration": "10m"},
        {"type": "RESET_PASSWORD", "duration": 600},
        {"type": "RESET_PASSWORD", "duration": "0s"},
        {"type": "RESET_PASSWORD", "resetPasswordFlags": ["LOCK"]},
        {"type": "RESET_PASSWORD", "resetPasswordFlags": "LOCK_NOW"},
        {"type": "RESET_PASSWORD", "newPassword": 123456},
        {"type": "RESET_PASSWORD", "createTime": "2026-01-01T00:00:00Z"},
        {"type": "RESET_PASSWORD", "wipeParams": {}},
        [],
        b"{",
        b"",
    ],
)
def test_a_command_that_amapi_would_refuse_is_refused(simulator, api, command):
    status, body = api("POST", f"/v1/{DEVICE}:issueCommand", command)
    assert (status, body["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert api("GET", f"/v1/{DEVICE}/operations") == (200, {})


def test_parameters_of_a_wipe_are_a_wipe(simulator, api):
    name = api.issue({"wipeParams": {}})
    wait_until(lambda: simulator.world.phones[DEVICE].deleted)
    assert simulator.world.phones[DEVICE].executed[0]["type"] == "WIPE"
    assert api("GET", f"/v1/{DEVICE}")[0] == api("GET", f"/v1/{name}")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/v1/{ENTERPRISE}/devices/0000000000000000", 404),
        ("GET", "/v1/enterprises/LC00other", 404),
        ("GET", "/v1/enterprises/LC00other/devices", 404),
        ("GET", "/v1/enterprises/LC00other/policies", 404),
        ("GET", f"/v1/{DEVICE}/operations/1", 404),
        ("POST", f"/v1/{DEVICE}/operations/1:cancel", 404),
        ("GET", f"/v1/{ENTERPRISE}/policies/unknown", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/elsewhere", 404),
        ("DELETE", f"/v1/{DEVICE}", 501),
        ("GET", f"/v1/{DEVICE}/operations?returnPartialSuccess=true", 501),
        ("GET", f"/v1/{ENTERPRISE}/devices?query=x", 400),
        ("GET", f"/v1/{ENTERPRISE}/devices?pageSize=many", 400),
        ("GET", f"/v1/{ENTERPRISE}/devices?pageSize=-1", 400),
        ("GET", f"/v1/{ENTERPRISE}/devices?pageToken=x", 400),
        ("GET", f"/v1/{ENTERPRISE}/devices?pageToken=bm9wZSM1", 400),
        ("GET", f"/v1/{ENTERPRISE}/devices?$.xgafv=7", 400),
        ("GET", f"/v1/{DEVICE}/operations?returnPartialSuccess=maybe", 400),
    ],
)
def test_what_amapi_does_not_know_is_refused(api, method, path, status):
    found, body = api(method, path)
    assert found == status
    assert body["error"]["code"] == status


def test_a_cancellation_carries_no_body(api):
    assert api("POST", f"/v1/{DEVICE}/operations/1:cancel", {})[0] == 400


def test_pages_are_ten_devices_unless_asked_and_a_hundred_at_most(api):
    seen = []
    token = ""
    while True:
        _, page = api("GET", f"/v1/{ENTERPRISE}/devices" + (f"?pageToken={token}" if token else ""))
        assert len(page["devices"]) <= 10
        seen += [device["name"] for device in page["devices"]]
        token = page.get("nextPageToken")
        if not token:
            break
    _, whole = api("GET", f"/v1/{ENTERPRISE}/devices?pageSize=5000&alt=json")
    assert seen == [device["name"] for device in whole["devices"]]
    assert len(seen) == fleet.FLEET_SIZE


def test_operations_come_oldest_first_in_pages_of_a_hundred(api):
    api.knob(online=False)
    names = [api.issue() for _ in range(101)]
    _, page = api("GET", f"/v1/{DEVICE}/operations?pageSize=500")
    _, rest = api("GET", f"/v1/{DEVICE}/operations?pageSize=500&pageToken={page['nextPageToken']}")
    assert [operation["name"] for operation in page["operations"] + rest["operations"]] == names
    assert len(page["operations"]) == 100


def test_policies_and_the_enterprise_can_be_read(api):
    _, page = api("GET", f"/v1/{ENTERPRISE}/policies?pageSize=100")
    assert {policy["name"].rpartition("/")[2] for policy in page["policies"]} == set(fleet.POLICIES)
    _, policy = api("GET", f"/v1/{ENTERPRISE}/policies/pin")
    assert policy["passwordPolicies"][0]["passwordMinimumLength"] == 6
    assert api("GET", f"/v1/{ENTERPRISE}")[1]["name"] == ENTERPRISE


def test_setting_the_topic_of_an_enterprise_sends_a_test_notification(api, bus):
    body = {"pubsubTopic": "projects/p/topics/t", "enterpriseDisplayName": "Other"}
    _, found = api("PATCH", f"/v1/{ENTERPRISE}?updateMask=pubsubTopic,primaryColor", body)
    assert found["pubsubTopic"] == "projects/p/topics/t"
    assert found["enterpriseDisplayName"] == "Demo Logistics"
    wait_until(lambda: bus.of("test") == [{}])
    assert api("PATCH", f"/v1/{ENTERPRISE}", {"enterpriseDisplayName": "New"})[1]["enterpriseDisplayName"] == "New"


def test_a_device_can_be_disabled_and_nothing_else(api, bus):
    _, found = api("PATCH", f"/v1/{DEVICE}?updateMask=state", {"state": "DISABLED", "apiLevel": 1})
    assert (found["state"], found["appliedState"], found["apiLevel"]) == ("DISABLED", "DISABLED", 36)
    wait_until(lambda: [device["state"] for device in bus.of("STATUS_REPORT")] == ["DISABLED"])
    assert api("PATCH", f"/v1/{DEVICE}", {"state": "LOST"})[0] == 400


def test_an_answer_that_breaks_the_schema_is_an_error_of_the_simulator(simulator, api):
    simulator.world.phones[DEVICE].device["colour"] = "red"
    status, body = api("GET", f"/v1/{DEVICE}")
    assert (status, body["error"]["message"]) == (500, "the simulator broke Device: ['body: additionalProperties']")


# Phones


@pytest.mark.parametrize(
    ("completion", "passcode", "expected"),
    [
        ("normal", "Kx7#mP2qaa", {}),
        ("response", "Kx7#mP2qaa", {"response": {"@type": schemas.TYPE_PREFIX + "IssueCommandResponse"}}),
        ("no_effect", "Kx7#mP2qaa", {}),
        ("error_code_only", "12", {"errorCode": "INVALID_VALUE"}),
        ("error_only", "12", {"error": 9}),
        ("both", "12", {"errorCode": "INVALID_VALUE", "error": 9}),
        ("cancelled", "Kx7#mP2qaa", {"error": 1}),
        ("expired", "Kx7#mP2qaa", {"error": 4}),
    ],
)
def test_a_command_ends_in_the_wanted_shape(api, completion, passcode, expected):
    api.knob(completion=completion)
    before = api.phone()["passcode"]
    found = api.done(api.issue({**RESET, "newPassword": passcode}))
    shape = {key: found[key] for key in ("response",) if key in found}
    if "errorCode" in found["metadata"]:
        shape["errorCode"] = found["metadata"]["errorCode"]
    if "error" in found:
        shape["error"] = found["error"]["code"]
    assert shape == expected
    has_effect = completion in {"normal", "response"}
    assert api.phone()["passcode"] == (passcode if has_effect else before)
    assert schemas.flaws("Operation", found) == []


def test_an_operation_can_vanish_after_it_took_effect(simulator, api):
    api.knob(completion="not_found")
    name = api.issue()
    wait_until(lambda: api.phone()["passcode"] == RESET["newPassword"])
    assert api("GET", f"/v1/{name}")[0] == 404
    assert api("GET", f"/v1/{DEVICE}/operations") == (200, {})


@pytest.mark.parametrize("outcome", ["INVALID_VALUE", "API_LEVEL", "MANAGEMENT_MODE", "UNSUPPORTED", "UNKNOWN"])
def test_an_ordered_failure_changes_nothing(api, outcome):
    before = api.knob(outcome=outcome)["passcode"]
    assert api.done(api.issue())["metadata"]["errorCode"] == outcome
    phone = api.phone()
    assert phone["passcode"] == before
    assert [entry["outcome"] for entry in phone["executed"]] == [outcome]


def test_an_offline_phone_runs_what_waited_when_it_is_back(api, bus):
    api.knob(online=False)
    first, second = api.issue(), api.issue({**RESET, "newPassword": "Second#77x"})
    assert "done" not in api("GET", f"/v1/{first}")[1]
    api.knob(online=True)
    api.done(second)
    phone = api.phone()
    assert [entry["operation"] for entry in phone["executed"]] == [first, second]
    assert (phone["passcode"], phone["locked"]) == ("Second#77x", True)
    wait_until(lambda: [found["name"] for found in bus.of("COMMAND")] == [first, second])


def test_a_phone_takes_its_time_and_may_go_away_meanwhile(api):
    api.knob(ackDelay="0.2s")
    name = api.issue()
    assert "done" not in api("GET", f"/v1/{name}")[1]
    api.knob(online=False)
    late = api.issue({**RESET, "newPassword": "Other#8811", "duration": "0.4s"})
    api.done(late)
    assert api.phone()["executed"] == []
    api.knob(online=True)
    api.done(name)
    assert [entry["operation"] for entry in api.phone()["executed"]] == [name]


def test_a_command_past_its_time_is_dropped(api, bus):
    api.knob(online=False)
    found = api.done(api.issue({**RESET, "duration": "0.05s"}))
    assert found["error"]["code"] == 4
    wait_until(lambda: len(bus.of("COMMAND")) == 1)
    api.knob(online=True)
    assert api.phone()["executed"] == []


def test_a_cancelled_command_does_not_run_and_a_finished_one_stays_as_it_is(api, bus):
    finished = api.issue()
    api.done(finished)
    assert api("POST", f"/v1/{finished}:cancel") == (200, {})
    assert "error" not in api("GET", f"/v1/{finished}")[1]
    api.knob(online=False)
    waiting = api.issue()
    assert api("POST", f"/v1/{waiting}:cancel") == (200, {})
    api.knob(online=True)
    assert api("GET", f"/v1/{waiting}")[1]["error"]["code"] == 1
    assert len(api.phone()["executed"]) == 1
    wait_until(lambda: waiting in [found["name"] for found in bus.of("COMMAND")])


@pytest.mark.parametrize("echo", ["off", "answers", "all"])
def test_the_passcode_comes_back_where_the_knob_says(api, bus, echo):
    api.knob(echo=echo)
    found = api.done(api.issue())
    assert ("newPassword" in found["metadata"]) == (echo != "off")
    wait_until(lambda: len(bus.of("COMMAND")) == 1)
    assert ("newPassword" in bus.of("COMMAND")[0]["metadata"]) == (echo == "all")


RULES = [
    ("PASSWORD_QUALITY_UNSPECIFIED", {}, ["Abcd", "123456"], ["123", "12345", "a" * 17, "päss", "tab\there"]),
    ("SOMETHING", {}, ["111111", "aaaa"], ["aaa"]),
    ("BIOMETRIC_WEAK", {}, ["111111"], []),
    ("NUMERIC", {"passwordMinimumLength": 8}, ["11111111", "abcdefgh"], ["1234567"]),
    ("NUMERIC_COMPLEX", {}, ["482917", "112233"], ["481234", "864200", "444417", "036917"]),
    ("ALPHABETIC", {}, ["abcd", "####"], ["482917"]),
    ("ALPHANUMERIC", {}, ["abc1", "#### 1"], ["abcd", "482917"]),
    ("COMPLEX", {}, ["ab1#"], ["abc1", "ab##", "482917"]),
    ("COMPLEX", {"passwordMinimumLowerCase": 2, "passwordMinimumUpperCase": 1}, ["abC1#"], ["aBC1#", "abc1#"]),
    ("COMPLEX", {"passwordMinimumNumeric": 2, "passwordMinimumSymbols": 2}, ["a12#!"], ["a1b#!", "a12#b"]),
    ("COMPLEX", {"passwordMinimumLetters": 3, "passwordMinimumNonLetter": 3}, ["abC1#2"], ["ab11##", "abcd1#"]),
    ("COMPLEXITY_LOW", {}, ["111111"], []),
    ("COMPLEXITY_MEDIUM", {}, ["482917", "axbyc"], ["123417", "abcdxy", "####a"]),
    ("COMPLEXITY_HIGH", {}, ["48291736", "axbycz"], ["482917", "axbyc", "12348291", "abcdxyz"]),
    ("NUMERIC", {"passwordMinimumLength": 17}, [], ["1" * 16, "1" * 17]),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule[0])
def test_a_phone_takes_only_what_its_policy_allows(simulator, api, rule):
    quality, minima, taken, refused = rule
    with_policy(simulator, quality, **minima)
    for passcode in taken + refused:
        api.issue({**RESET, "newPassword": passcode})
    wait_until(lambda: len(api.phone()["executed"]) == len(taken + refused))
    outcomes = {entry["passcode"]: entry["outcome"] for entry in api.phone()["executed"]}
    assert {code for code, outcome in outcomes.items() if outcome == "OK"} == set(taken)
    assert {code for code, outcome in outcomes.items() if outcome == "INVALID_VALUE"} == set(refused)


@pytest.mark.parametrize(("api_level", "passcode", "outcome"), [(33, "1357", "OK"), (34, "13570", "INVALID_VALUE")])
def test_six_digits_are_asked_from_android_14_on(simulator, api, api_level, passcode, outcome):
    with_policy(simulator, "NUMERIC", api_level=api_level)
    api.done(api.issue({**RESET, "newPassword": passcode}))
    assert api.phone()["executed"][0]["outcome"] == outcome


def test_on_a_work_profile_the_entries_of_the_device_do_not_bind(simulator, api):
    device = work_profile(simulator)
    simulator.world.phones[device].device["appliedPasswordPolicies"] = [
        {"passwordScope": "SCOPE_DEVICE", "passwordQuality": "COMPLEX"},
        {"passwordScope": "SCOPE_PROFILE", "passwordQuality": "NUMERIC"},
    ]
    api.done(api.issue({**RESET, "newPassword": "482917"}, device))
    phone = api.phone(device)
    assert (phone["lock"], phone["executed"][0]["outcome"]) == ("WORK_PROFILE", "OK")


@pytest.mark.parametrize("command", [{"type": "RESET_PASSWORD"}, {"type": "RESET_PASSWORD", "newPassword": ""}])
def test_an_empty_passcode_clears_the_lock_unless_a_policy_demands_one(simulator, api, command):
    with_policy(simulator, "SOMETHING")
    api.done(api.issue(command))
    assert api.phone()["executed"][0]["outcome"] == "INVALID_VALUE"
    with_policy(simulator, "PASSWORD_QUALITY_UNSPECIFIED")
    api.done(api.issue(command))
    assert (api.phone()["passcode"], api.phone()["locked"]) == (None, False)
    assert api("GET", f"/v1/{DEVICE}")[1]["deviceSettings"]["isDeviceSecure"] is False


def test_without_lock_now_the_screen_stays_as_it_is(api):
    api("POST", f"/_sim/devices/{DEVICE}:unlock")
    api.done(api.issue({**RESET, "resetPasswordFlags": []}))
    assert api.phone()["locked"] is False
    api.done(api.issue())
    assert api.phone()["locked"] is True


@pytest.mark.parametrize(
    ("knobs", "api_level", "outcome"),
    [
        ({"tokenActive": False}, 26, "UNKNOWN"),
        ({"tokenActive": False}, 25, "OK"),
        ({"unlockedSinceBoot": False}, 25, "UNKNOWN"),
        ({"unlockedSinceBoot": False}, 26, "OK"),
        ({"entryRequired": True}, 36, "UNKNOWN"),
        ({}, 23, "API_LEVEL"),
    ],
)
def test_android_must_let_the_agent_in(simulator, api, knobs, api_level, outcome):
    with_policy(simulator, "SOMETHING", api_level=api_level)
    api.knob(**knobs)
    api.done(api.issue())
    assert api.phone()["executed"][0]["outcome"] == outcome


def test_a_user_who_unlocks_makes_the_next_reset_possible(simulator, api, bus):
    pending = next(phone for phone in simulator.world.phones.values() if not phone.token_active)
    device = pending.device["name"]
    pending.device["appliedPasswordPolicies"] = []
    api.done(api.issue(device=device))
    api("POST", f"/_sim/devices/{pending.id}:unlock")
    api.done(api.issue({**RESET, "resetPasswordFlags": ["REQUIRE_ENTRY"]}, device=device))
    api.done(api.issue(device=device))
    assert [entry["outcome"] for entry in api.phone(device)["executed"]] == ["UNKNOWN", "OK", "UNKNOWN"]
    assert "nonComplianceDetails" not in api("GET", f"/v1/{device}")[1]


def test_a_paused_work_profile_does_nothing_until_it_is_on_again(simulator, api):
    device = work_profile(simulator)
    api.knob(device, paused=True)
    name = api.issue(device=device)
    assert "done" not in api("GET", f"/v1/{name}")[1]
    api.knob(device, paused=False)
    api.done(name)


def test_other_commands_do_what_they_do(simulator, api):
    api("POST", f"/_sim/devices/{DEVICE}:unlock")
    api.done(api.issue({"type": "LOCK"}))
    assert api.phone()["locked"] is True
    api.done(api.issue({"type": "REBOOT"}))
    assert api.phone()["unlockedSinceBoot"] is False
    assert api.done(api.issue({"type": "RELINQUISH_OWNERSHIP"}))["metadata"]["errorCode"] == "UNSUPPORTED"
    device = work_profile(simulator)
    api.done(api.issue({"type": "REBOOT"}, device))
    entry = api.phone(device)["executed"][0]
    assert (entry["outcome"], entry["effect"]) == ("OK", False)


# Faults


@pytest.mark.parametrize(
    ("kind", "is_accepted"),
    [
        ("http_429", False),
        ("http_503", False),
        ("http_400_echo", False),
        ("redirect", False),
        ("malformed", True),
        ("wrong_name", True),
        ("http_503_after_accept", True),
    ],
)
def test_a_fault_hits_as_often_as_ordered(api, kind, is_accepted):
    api.knob(online=False)
    assert api("POST", "/_sim/faults", {"method": "devices.issueCommand", "kind": kind, "count": 2})[0] == 200
    statuses = []
    for _ in range(3):
        api.connection.request("POST", f"/v1/{DEVICE}:issueCommand", json.dumps(RESET).encode())
        answer = api.connection.getresponse()
        content = answer.read()
        statuses.append((answer.status, content))
    assert statuses[2][0] == 200
    assert statuses[0] != statuses[2]
    found = api("GET", f"/v1/{DEVICE}/operations")[1].get("operations", [])
    assert len(found) == (3 if is_accepted else 1)


def test_the_quota_answer_reads_like_the_real_one(api):
    api("POST", "/_sim/faults", {"method": "androidmanagement.enterprises.devices.get", "kind": "http_429"})
    status, body = api("GET", f"/v1/{DEVICE}")
    assert (status, body["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert body["error"]["message"].startswith("Quota exceeded for quota metric 'Requests'")


@pytest.mark.parametrize(
    ("kind", "is_accepted"),
    [("drop_after_accept", True), ("reset_after_accept", True), ("drop_before_accept", False)],
)
def test_a_dropped_call_ends_the_connection_without_a_byte(simulator, api, kind, is_accepted):
    api.knob(online=False)
    api("POST", "/_sim/faults", {"method": "*", "kind": kind, "count": 1})
    content = json.dumps(RESET).encode()
    head = f"POST /v1/{DEVICE}:issueCommand HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", urlsplit(simulator.url).port), timeout=10) as connection:
        connection.sendall(head + content)
        if kind == "reset_after_accept":
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
        else:
            assert connection.recv(1) == b""
    assert len(api("GET", f"/v1/{DEVICE}/operations")[1].get("operations", [])) == is_accepted
    assert api("GET", "/_sim/calls")[1][0]["status"] == 0


def test_a_call_that_hangs_ends_when_the_client_leaves_or_the_simulator_stops():
    start = time.monotonic()
    with running() as simulator:
        simulator.world.faults.add("*", "timeout", 2)
        address = ("127.0.0.1", urlsplit(simulator.url).port)
        head = f"GET /v1/{DEVICE} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        with socket.create_connection(address) as leaving:
            leaving.sendall(head)
            wait_until(lambda: len(simulator.world.calls) == 1)
        wait_until(lambda: simulator.connections() == [])
        staying = socket.create_connection(address)
        staying.sendall(head)
        wait_until(lambda: len(simulator.world.calls) == 2)
    assert staying.recv(1) == b""
    staying.close()
    assert time.monotonic() - start < 10


def test_faults_of_a_method_can_be_taken_back(api):
    api("POST", "/_sim/faults", {"method": "devices.get", "kind": "http_503", "count": 5})
    assert api("GET", f"/v1/{DEVICE}")[0] == 503
    api("POST", "/_sim/faults", {"method": "devices.get", "kind": "http_503", "count": 0})
    assert api("GET", f"/v1/{DEVICE}")[0] == 200


# Control


def test_every_call_is_shown_in_order_with_its_body(api):
    name = api.issue()
    api.done(name)
    api("POST", f"/v1/{DEVICE}:issueCommand", b"not json")
    calls = api("GET", "/_sim/calls")[1]
    assert calls[0]["method"] == "enterprises.devices.issueCommand"
    assert calls[0]["body"] == RESET
    assert calls[0]["path"] == f"/v1/{DEVICE}:issueCommand"
    assert (calls[0]["httpMethod"], calls[0]["status"]) == ("POST", 200)
    assert calls[1]["method"] == "enterprises.devices.operations.get"
    assert (calls[-1]["body"], calls[-1]["status"]) == ("not json", 400)


def test_phones_are_shown_by_id_and_by_name(api):
    phones = api("GET", "/_sim/devices")[1]
    assert len(phones) == fleet.FLEET_SIZE
    assert api.phone(DEVICE) == api.phone(DEVICE.rpartition("/")[2])
    assert {"name", "passcode", "locked", "online", "executed"} <= set(phones[0])


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", f"/_sim/devices/{DEVICE}", {"colour": "red"}, 400),
        ("PATCH", f"/_sim/devices/{DEVICE}", {"online": "yes"}, 400),
        ("PATCH", f"/_sim/devices/{DEVICE}", {"ackDelay": 3}, 400),
        ("PATCH", f"/_sim/devices/{DEVICE}", {"outcome": "FINE"}, 400),
        ("PATCH", f"/_sim/devices/{DEVICE}", [], 400),
        ("PATCH", f"/_sim/devices/{DEVICE}", b"{", 400),
        ("PATCH", "/_sim/devices/unknown", {}, 404),
        ("GET", "/_sim/devices/unknown", None, 404),
        ("GET", "/_sim/nothing", None, 404),
        ("POST", "/_sim/faults", {"method": "issueCommand"}, 400),
        ("POST", "/_sim/faults", {"method": "issueCommand", "kind": "plague"}, 400),
        ("POST", "/_sim/faults", {"method": "fly", "kind": "http_503"}, 400),
        ("POST", "/_sim/faults", {"method": "issueCommand", "kind": "http_503", "count": -1}, 400),
        ("POST", "/_sim/notifications", {"mode": "loud"}, 400),
        ("POST", "/_sim/notify", {"type": "STATUS_REPORT"}, 400),
        ("POST", "/_sim/notify", {"type": "ODD"}, 400),
    ],
)
def test_a_wrong_control_call_is_refused_and_changes_nothing(api, method, path, body, status):
    before = api.phone()
    assert api(method, path, body)[0] == status
    assert api.phone() == before


def test_a_body_beyond_measure_is_refused(simulator):
    client = Http(simulator.url)
    client.connection.putrequest("POST", f"/v1/{DEVICE}:issueCommand")
    client.connection.putheader("Content-Length", str(10**9))
    client.connection.endheaders()
    assert client.connection.getresponse().status == 413
    client.connection.close()


# Notifications


def test_a_finished_command_is_notified_once_and_the_phone_reports(api, bus):
    name = api.issue()
    wait_until(lambda: bus.of("COMMAND") and bus.of("STATUS_REPORT"))
    assert [(found["name"], found["done"]) for found in bus.of("COMMAND")] == [(name, True)]
    assert [found["name"] for found in bus.of("STATUS_REPORT")] == [DEVICE]
    assert schemas.flaws("Device", bus.of("STATUS_REPORT")[0]) == []


def test_duplicates_are_sent_twice(api, bus):
    assert api("POST", "/_sim/notifications", {"mode": "duplicate"}) == (200, {"mode": "duplicate"})
    name = api.issue()
    wait_until(lambda: [found["name"] for found in bus.of("COMMAND")] == [name, name])


def test_no_notification_is_sent_when_they_are_off(api, bus):
    api("POST", "/_sim/notifications", {"mode": "off"})
    api.done(api.issue())
    api("POST", "/_sim/notifications", {"mode": "normal"})
    second = api.issue()
    wait_until(lambda: [found["name"] for found in bus.of("COMMAND")] == [second])


def test_early_notifications_come_before_the_answer(api, bus):
    api("POST", "/_sim/notifications", {"mode": "early"})
    status, answer = api("POST", f"/v1/{DEVICE}:issueCommand", RESET)
    assert [found["name"] for found in bus.of("COMMAND")] == [answer["name"]]
    assert status == 200
    assert "done" not in answer


def test_late_notifications_wait(api, bus):
    api("POST", "/_sim/notifications", {"mode": "late", "delay": "0.3s"})
    start = time.monotonic()
    api.done(api.issue())
    assert bus.messages == []
    wait_until(lambda: bus.of("COMMAND"))
    assert time.monotonic() - start >= 0.3


def test_a_bus_that_is_down_loses_notifications_and_tells_no_passcode(api, bus, caplog):
    bus.is_down = True
    api.knob(echo="all")
    api.done(api.issue())
    wait_until(lambda: "was lost: ConnectionError" in caplog.text)
    assert RESET["newPassword"] not in caplog.text
    assert api.phone()["passcode"] == RESET["newPassword"]


def test_a_device_that_is_deleted_says_so_and_may_enrol_again(api, bus):
    api.knob(deleted=True)
    wait_until(lambda: [found["appliedState"] for found in bus.of("STATUS_REPORT")] == ["DELETED"])
    assert api("GET", f"/v1/{DEVICE}")[0] == 404
    api.knob(deleted=False)
    wait_until(lambda: [found["name"] for found in bus.of("ENROLLMENT")] == [DEVICE])
    assert api("GET", f"/v1/{DEVICE}")[0] == 200


def test_single_notifications_can_be_ordered(api, bus):
    api("POST", "/_sim/notify", {"type": "ENROLLMENT", "device": DEVICE})
    api("POST", "/_sim/notify", {"type": "test"})
    api("POST", "/_sim/notify", {"type": "USAGE_LOGS"})
    assert [message.attributes["notificationType"] for message in bus.messages] == [
        "ENROLLMENT",
        "test",
        "USAGE_LOGS",
    ]
    assert bus.of("ENROLLMENT")[0]["name"] == DEVICE


def test_without_a_bus_the_phones_work_all_the_same():
    with running() as simulator:
        client = Http(simulator.url)
        client.done(client.issue())
        client("POST", "/_sim/notify", {"type": "test"})
        client.connection.close()


# The process


def test_threads_and_port_are_gone_after_the_block():
    before = set(threading.enumerate())
    with running(ack_delay_s=5.0) as simulator:
        client = Http(simulator.url)
        client.issue()
        port = urlsplit(simulator.url).port
    client.connection.close()
    assert set(threading.enumerate()) <= before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port))


def test_one_broken_timer_does_not_stop_the_others_and_tells_no_passcode(caplog):
    def break_down():
        raise ValueError(RESET["newPassword"])

    timers = Timers("test")
    was_run = threading.Event()
    timers.after(0.05, was_run.set)
    timers.after(0, break_down)
    timers.after(30 * 86400, break_down)
    assert was_run.wait(10)
    timers.stop()
    assert "a timer's work failed: ValueError" in caplog.text
    assert RESET["newPassword"] not in caplog.text


def test_timers_can_be_stopped_by_their_own_work():
    timers = Timers("test")
    timers.after(0, timers.stop)
    timers._thread.join(10)
    assert not timers._thread.is_alive()


def test_a_port_that_is_taken_leaves_no_thread_behind():
    with running() as simulator:
        before = set(threading.enumerate())
        with pytest.raises(OSError, match="in use"), running(port=urlsplit(simulator.url).port):
            pass
        assert set(threading.enumerate()) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_serves_until_it_is_asked_to_stop(number):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "SIMULATOR_PORT": str(port), "SIMULATOR_ACK_DELAY": "0s"}
    program = [sys.executable, "-m", "local.simulator"]
    with subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        line = process.stdout.readline().decode()
        assert line == f"AMAPI simulator on http://127.0.0.1:{port}\n"
        client = Http(f"http://127.0.0.1:{port}")
        client.done(client.issue())
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
        client.connection.close()
    assert (process.returncode, output, errors) == (0, b"", b"")


def test_without_topic_or_bus_the_program_notifies_nobody():
    assert publisher({}) is None
    assert publisher({"NOTIFICATION_TOPIC": "projects/p/topics/t"}) is None
    assert publisher({"BUS_URL": "http://127.0.0.1:1"}) is None


@pytest.mark.parametrize("bus", [{"BUS_URL": "http://127.0.0.1:1"}, {"PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}])
def test_the_program_finds_the_way_to_its_bus(bus, monkeypatch):
    for name, value in bus.items():
        monkeypatch.setenv(name, value)
    assert callable(publisher({"NOTIFICATION_TOPIC": "projects/p/topics/t", **bus}))
