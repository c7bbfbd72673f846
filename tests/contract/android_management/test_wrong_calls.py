"""A call with a name, a duration or a time limit that cannot be right reaches nobody."""

import pytest

from shared.adapters.android_management import AndroidManagement
from tests.contract.android_management.commands import DEVICE, ENTERPRISE, OPERATION, issue

HOSTILE = [
    "",
    f"{DEVICE}:wipe",
    f"{DEVICE}\n",
    f"{DEVICE}/",
    f"{DEVICE}%2F..",
    f"{DEVICE}?x=y",
    f"{DEVICE}#",
    f"{ENTERPRISE}/devices/..",
    f"{ENTERPRISE}/devices/",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_hostile_name_gets_into_a_url(simulator, client, name):
    calls = [
        lambda: issue(client, device=name),
        lambda: client.get_device(name),
        lambda: client.list_operations(name),
        lambda: client.get_operation(f"{name}/operations/1" if name else name),
        lambda: client.cancel_operation(f"{name}/operations/1" if name else name),
        lambda: client.get_operation(f"{OPERATION}:cancel"),
        lambda: client.list_devices(name, ""),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="not a"):
            call()
    assert simulator.world.calls == []


@pytest.mark.parametrize("duration_s", [0, -1])
def test_a_command_without_validity_is_not_sent(simulator, client, duration_s):
    with pytest.raises(ValueError, match="duration"):
        issue(client, duration_s=duration_s)
    assert simulator.world.calls == []


@pytest.mark.parametrize("timeout_s", [0, -1, 26])
def test_a_call_outlives_no_lease(timeout_s):
    with pytest.raises(ValueError, match="timeout_s"):
        AndroidManagement(timeout_s=timeout_s)
