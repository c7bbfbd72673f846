"""Faults that a test orders hit the calls of AMAPI that it names, as often as it says."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from local.simulator.server import running
from tests.contract.simulator.amapi_client import (
    DEVICE,
    RESET,
    WITHIN_S,
    wait_until,
)


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
    with socket.create_connection(("127.0.0.1", urlsplit(simulator.url).port), timeout=WITHIN_S) as connection:
        connection.sendall(head + content)
        if kind == "reset_after_accept":
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
        else:
            assert connection.recv(1) == b""
    assert len(api("GET", f"/v1/{DEVICE}/operations")[1].get("operations", [])) == is_accepted
    assert api("GET", "/_sim/calls")[1][0]["status"] == 0


def test_a_call_that_hangs_ends_when_the_client_leaves_or_the_simulator_stops():
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


def test_faults_of_a_method_can_be_taken_back(api):
    api("POST", "/_sim/faults", {"method": "devices.get", "kind": "http_503", "count": 5})
    assert api("GET", f"/v1/{DEVICE}")[0] == 503
    api("POST", "/_sim/faults", {"method": "devices.get", "kind": "http_503", "count": 0})
    assert api("GET", f"/v1/{DEVICE}")[0] == 200
