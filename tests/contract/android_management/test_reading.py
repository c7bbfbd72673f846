"""Devices and operations are read over all pages, and only those that were asked for."""

import json

import pytest

from shared.adapters.android_management import client as client_module
from shared.domain.errors import (
    PermanentError,
    TransientError,
)
from tests.contract.android_management.commands import (
    DEVICE,
    ENTERPRISE,
    OPERATION,
    issue,
)
from tests.contract.raw_server import answering, http


def test_all_operations_are_read_over_all_pages(simulator, client):
    simulator.world.phones[DEVICE].online = False
    names = [issue(client).name for _ in range(205)]
    assert [operation.name for operation in client.list_operations(DEVICE)] == names
    pages = [call for call in simulator.world.calls if call["method"].endswith("operations.list")]
    assert [call["query"]["pageSize"] for call in pages] == ["100"] * 3


def test_pages_without_end_are_left_at_some_point(make_client):
    page = json.dumps({"operations": [{"name": OPERATION}], "nextPageToken": "again"}).encode()
    with answering(http("200 OK", page)) as server:
        assert len(make_client(server.url).list_operations(DEVICE)) == len(server.requests) == 20


def test_pages_that_come_slowly_are_no_answer(make_client, monkeypatch):
    """Regression: a list of 20 slow pages took minutes of whoever asked, and the timer was killed over it."""
    times = iter([0.0, 12.4, 12.6])
    monkeypatch.setattr(client_module, "monotonic", lambda: next(times))
    page = json.dumps({"operations": [{"name": OPERATION}], "nextPageToken": "again"}).encode()
    with answering(http("200 OK", page)) as server:
        with pytest.raises(TransientError, match="SLOW_PAGES"):
            make_client(server.url).list_operations(DEVICE)
        assert len(server.requests) == 2


def test_operations_of_another_device_are_left_out(make_client):
    foreign = OPERATION.replace("5db9", "0000")
    page = json.dumps({"operations": [{"name": OPERATION}, {"name": foreign}, {}, 7]}).encode()
    with answering(http("200 OK", page)) as server:
        assert [found.name for found in make_client(server.url).list_operations(DEVICE)] == [OPERATION]


def test_a_device_that_amapi_does_not_know_is_none_and_has_no_operations(client):
    unknown = f"{ENTERPRISE}/devices/0000000000000000"
    assert client.get_device(unknown) is None
    assert client.list_operations(unknown) == []
    with pytest.raises(PermanentError, match="NOT_FOUND"):
        issue(client, device=unknown)


def test_the_whole_fleet_is_listed(simulator, client):
    devices, next_token = client.list_devices(ENTERPRISE, "")
    assert {device.name for device in devices} == set(simulator.world.phones)
    assert next_token == ""
    assert client.get_device(devices[0].name) == devices[0]


def test_devices_are_listed_page_by_page(make_client):
    first = {
        "devices": [{"name": DEVICE}, {"name": "enterprises/LC00other/devices/d"}, 3],
        "nextPageToken": "p/2 =",
    }
    with answering(http("200 OK", json.dumps(first).encode())) as server:
        client = make_client(server.url)
        devices, token = client.list_devices(ENTERPRISE, "")
        assert ([device.name for device in devices], token) == ([DEVICE], "p/2 =")
        client.list_devices(ENTERPRISE, token)
        assert b"pageToken=p%2F2+%3D" in server.requests[1]


def test_an_unknown_page_token_and_an_unknown_enterprise_say_so(client):
    with pytest.raises(TransientError) as caught:
        client.list_devices(ENTERPRISE, "bm9wZQ==")
    assert caught.value.reason == "INVALID_ARGUMENT"
    with pytest.raises(TransientError) as caught:
        client.list_devices("enterprises/LC00other", "")
    assert caught.value.reason == "NOT_FOUND"
