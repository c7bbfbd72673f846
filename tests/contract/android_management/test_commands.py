"""A command reaches the phone as it was asked for, and its outcome is read in every shape AMAPI gives it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.domain.operation import Outcome
from tests.contract.android_management.commands import DEVICE, OPERATION, PASSCODE, done, issue


def test_a_reset_reaches_the_phone_with_its_passcode_duration_and_flags(simulator, client):
    operation = issue(client, duration_s=7123)
    assert operation.device_name == DEVICE
    assert operation.resets
    assert (operation.duration_s, operation.outcome) == (7123, None)
    assert done(client, operation).outcome is Outcome.OK
    phone = simulator.world.phones[DEVICE]
    assert (phone.passcode, phone.locked, phone.executed[0]["flags"]) == (PASSCODE, True, ["LOCK_NOW"])


@pytest.mark.parametrize(
    ("lock_now", "require_entry", "flags"),
    [
        (False, False, []),
        (True, False, ["LOCK_NOW"]),
        (False, True, ["REQUIRE_ENTRY"]),
        (True, True, ["LOCK_NOW", "REQUIRE_ENTRY"]),
    ],
)
def test_only_the_wanted_flags_are_sent(simulator, client, lock_now, require_entry, flags):
    issue(client, lock_now=lock_now, require_entry=require_entry)
    body = simulator.world.calls[0]["body"]
    assert body == {
        "type": "RESET_PASSWORD",
        "newPassword": PASSCODE,
        "duration": "3600s",
        "resetPasswordFlags": flags,
    }


def test_a_refusal_of_the_phone_is_read_from_the_metadata(client):
    found = done(client, issue(client, passcode="12"))
    assert (found.outcome, found.error_code) == (Outcome.ERROR, "INVALID_VALUE")


@pytest.mark.parametrize(
    ("completion", "outcome", "error_code"),
    [
        ("error_code_only", Outcome.ERROR, "INVALID_VALUE"),
        ("error_only", Outcome.ERROR, "RPC_9"),
        ("both", Outcome.ERROR, "INVALID_VALUE"),
        ("cancelled", Outcome.VOID, ""),
        ("expired", Outcome.VOID, ""),
    ],
)
def test_every_shape_of_a_failure_is_understood(simulator, client, completion, outcome, error_code):
    simulator.world.phones[DEVICE].completion = completion
    found = done(client, issue(client, passcode="12"))
    assert (found.outcome, found.error_code) == (outcome, error_code)


def test_an_operation_that_amapi_forgot_is_none(simulator, client):
    assert client.get_operation(OPERATION) is None


def test_cancelling_ends_a_command_that_has_not_run(simulator, client):
    simulator.world.phones[DEVICE].online = False
    operation = issue(client)
    client.cancel_operation(operation.name)
    assert client.get_operation(operation.name).outcome is Outcome.VOID
    assert simulator.world.phones[DEVICE].executed == []


@pytest.mark.parametrize("kind", ["http_400", "http_404", "http_409", "http_412", "http_501"])
def test_a_refused_cancellation_is_swallowed(simulator, client, kind):
    simulator.world.faults.add("operations.cancel", kind, 1)
    client.cancel_operation(OPERATION)
    assert [call["method"] for call in simulator.world.calls] == ["enterprises.devices.operations.cancel"]


def test_sixteen_threads_get_their_own_answers(simulator, client):
    devices = sorted(simulator.world.phones)[:16]
    start = threading.Barrier(16)

    def work(device):
        start.wait()
        names = [issue(client, device=device).name for _ in range(20)]
        found = [client.get_operation(name) for name in names]
        return all(operation.device_name == device for operation in found) and len(set(names)) == 20

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, devices))
    posts = [call for call in simulator.world.calls if call["method"].endswith("issueCommand")]
    assert len(posts) == 16 * 20
