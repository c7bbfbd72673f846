"""The control calls show what happened, and refuse what they do not understand."""

import pytest

from local.simulator import fleet
from tests.contract.simulator.amapi_client import DEVICE, RESET, Http


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
