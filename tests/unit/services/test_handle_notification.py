"""AMAPI's notifications: hints, early, late, repeated, foreign."""

import pytest

from shared.domain import resource_names as names
from shared.domain.action import Status
from shared.domain.errors import AmbiguousOutcomeError, ThrottledError, TransientError
from shared.domain.operation import Outcome
from tests.unit.services.world import DEVICE, ENTERPRISE, EVENTS, phone

FIRST = f"{DEVICE}/operations/1"
AMBIGUOUS = AmbiguousOutcomeError("TIMEOUT", "no answer")


def command(world, operation=FIRST):
    world.notification("COMMAND", {"operation": operation})


def test_a_command_that_ended_ends_its_reset(world):
    name = world.issued()
    world.amapi.finish()
    world.bus.take()

    command(world)
    command(world)

    assert world.action(name).status is Status.DONE
    assert world.told(name).count("DONE") == 1
    assert set(world.bus.take()) == {(EVENTS, name)}


def test_nothing_ends_because_a_notification_says_so(world):
    name = world.issued()

    command(world)

    assert world.action(name).status is Status.ISSUED


def test_a_command_whose_answer_was_lost_is_found_by_its_notification(world):
    name = world.accepted()
    world.amapi.takes_it = True
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.amapi.finish()

    command(world)

    assert world.action(name).status is Status.DONE
    assert world.amapi.calls == ["issue", "get"]


def test_an_early_notification_finds_the_call_that_is_still_on_its_way(world):
    name = world.accepted()

    def early():
        world.amapi.operations[FIRST] = world.operation_for(name, FIRST)
        world.amapi.finish(Outcome.OK)
        command(world)
        del world.amapi.operations[FIRST]

    world.amapi.during["issue"] = early
    world.issue(name)

    action = world.action(name)
    assert (action.status, len(action.attempts), action.attempts[0].operation) == (Status.DONE, 1, FIRST)


@pytest.mark.parametrize("there", [True, False])
def test_a_command_that_matches_no_attempt_is_acknowledged(world, there):
    """Regression: it was raised for as long as any call was on its way, so Pub/Sub brought it again and again."""
    name = world.accepted()
    other = f"{DEVICE}/operations/9"

    def another_command():
        if there:
            world.amapi.operations[other] = world.other_operation(other)
        command(world, other)

    world.amapi.during["issue"] = another_command
    world.issue(name)

    assert world.action(name).attempts[0].operation != other


def test_a_command_that_nobody_waits_for_costs_no_call(world):
    world.issued()
    world.amapi.calls.clear()

    command(world, f"{DEVICE}/operations/9")
    command(world, f"{ENTERPRISE}/devices/other/operations/9")

    assert world.amapi.calls == []


def test_a_late_notification_is_looked_for_among_all_actions_of_the_device(world):
    first = world.done("r1")
    world.mail(first)
    world.issued_again("r2")

    command(world, FIRST)

    assert world.action(first).status is Status.DONE


def test_a_lock_may_remember_actions_that_the_store_does_not_have(world):
    name = world.issued()
    world.amapi.finish()
    world.set(names.lock_name(DEVICE), actions=["enterprises/e/actions/x", name])

    command(world)

    assert world.action(name).status is Status.DONE


def test_a_lock_without_actions_has_no_owner(world):
    world.set(names.lock_name(DEVICE), actions=[], revision=1)

    command(world)

    assert world.amapi.calls == []


@pytest.mark.parametrize("error", [TransientError("HTTP_503", "down"), ThrottledError("QUOTA", "x")])
def test_no_answer_of_amapi_is_left_to_the_timer(world, error):
    name = world.accepted()
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.amapi.fail("get", error)

    command(world)

    assert (world.document(names.QUIET_NAME) is not None) is isinstance(error, ThrottledError)
    assert world.action(name).status is Status.PENDING


def test_a_stray_notification_honours_the_quiet_time(world):
    """Regression: the look for an unexplained command called AMAPI although it wanted quiet."""
    name = world.accepted()
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.quiet(minutes=1)
    world.amapi.calls.clear()

    command(world)
    assert world.amapi.calls == []

    world.clock.forward(minutes=1)
    command(world)
    assert world.amapi.calls == ["get"]


@pytest.mark.parametrize("kind", ["STATUS_REPORT", "ENROLLMENT"])
def test_a_device_updates_the_mirror(world, kind):
    new = f"{ENTERPRISE}/devices/new"

    world.notification(kind, {"device": phone(world.clock.now(), new)})

    assert world.record(new).device.model == "Pixel 9"


def test_a_deleted_device_drops_out_of_the_lists(world):
    now = world.clock.forward(minutes=1)

    world.notification("STATUS_REPORT", {"device": phone(now, applied_state="DELETED")})

    record = world.record()
    assert (record.gone_time, record.search, record.user_key) == (now, None, None)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("STATUS_REPORT", {"device": phone(None, "enterprises/foreign/devices/d")}),
        ("COMMAND", {"operation": "enterprises/foreign/devices/d/operations/1"}),
        ("STATUS_REPORT", {}),
        ("COMMAND", {}),
        ("USAGE_LOGS", {"device": phone(None)}),
        ("test", {}),
        ("", {}),
        ("x" * 1000, {}),
    ],
)
def test_anything_else_is_acknowledged_and_changes_nothing(world, kind, body):
    world.notification(kind, body)

    assert world.store.trips()[1] == 0
    assert world.amapi.calls == []


def test_a_store_that_does_not_answer_is_a_reason_to_come_again(world):
    world.store.down = True

    with pytest.raises(TransientError):
        command(world)


def test_a_late_report_does_not_overwrite_a_newer_one(world):
    """Regression: Pub/Sub delivers late and in any order; an old report made the mirror older, and look fresh."""
    old = phone(world.clock.now(), model="Old")
    now = world.clock.forward(minutes=1)
    world.notification("STATUS_REPORT", {"device": phone(now, model="New")})
    world.clock.forward(minutes=1)

    world.notification("STATUS_REPORT", {"device": old})

    assert (world.record().device.model, world.record().mirror_time) == ("New", now)
