"""The simulator keeps to AMAPI's discovery document: methods, refusals, pages and masks."""

import time
from datetime import datetime

import pytest

from local.simulator import fleet
from tests.contract.simulator.amapi_client import DEVICE, ENTERPRISE, wait_until


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
