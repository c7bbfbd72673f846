"""Whose operation it is, and what comes after the end."""

from datetime import timedelta

from shared.domain import resource_names as names
from shared.domain.action import Status
from shared.domain.errors import AmbiguousOutcomeError
from tests.unit.services.world import DEVICE, REQUESTS

HOUR = timedelta(hours=1)
AMBIGUOUS = AmbiguousOutcomeError("TIMEOUT", "no answer")
FIRST = f"{DEVICE}/operations/1"


def over_at(world, name):
    return world.action(name).attempts[0].over_at


def unknown_then_newer(world):
    """An older reset ended UNKNOWN with a lost call, a newer one holds the lock; both attempts look alike."""
    older = world.accepted("r1", valid_for=HOUR)
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(older)
    world.clock.time = over_at(world, older)
    world.advance(older)
    assert world.action(older).status is Status.UNKNOWN
    newer = world.accepted("r2")
    return older, newer


def test_an_operation_of_the_newer_reset_is_not_taken_for_the_older_ones(world):
    """Regression: between its call and its record, a late look of the older reset took the newer one's command."""
    older, newer = unknown_then_newer(world)

    def look_meanwhile():
        duration_s = world.action(newer).attempts[0].duration_s
        before = world.action(older)
        lost = before.attempts[0]
        world.set_action(
            older, attempts=(type(lost)(lost.id, lost.claim_time, lost.call_by, duration_s, lost.over_at),)
        )
        world.amapi.operations[FIRST] = world.operation_for(newer, FIRST)
        world.amapi.finish()
        world.advance(older)

    world.amapi.during["issue"] = look_meanwhile
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(newer)

    assert world.action(older).status is Status.UNKNOWN
    assert world.lock().uncertain is None


def test_a_command_that_another_reset_owns_is_not_taken(world):
    older, newer = unknown_then_newer(world)
    world.issue(newer)
    operation = world.amapi.operations[FIRST]
    lost = world.action(older).attempts[0]
    same = type(lost)(lost.id, lost.claim_time, lost.call_by, operation.duration_s, lost.over_at)
    world.set_action(older, attempts=(same,))

    world.advance(older)

    assert world.action(older).attempts[0].operation is None


def test_a_stray_command_of_an_older_reset_marks_the_device_and_is_stopped(world, caplog):
    older, newer = unknown_then_newer(world)
    world.amapi.operations[FIRST] = world.operation_for(older, FIRST)
    world.bus.take()

    world.advance(older)

    assert world.lock().uncertain.action == older
    assert world.lock().holder == newer
    assert "STRAY_COMMAND" in [getattr(record, "alert", "") for record in caplog.records]
    assert (REQUESTS, older) in world.bus.take()
    world.issue(older)
    assert world.amapi.cancelled == [FIRST]


def test_a_late_acknowledgement_of_the_newest_takes_the_lock_back_and_mails(world):
    name = world.issued(valid_for=HOUR)
    world.clock.time = over_at(world, name)
    world.advance(name)
    world.amapi.finish()
    world.clock.forward(hours=2)

    world.advance(name)

    assert (world.action(name).status, world.lock().holder) == (Status.DONE, name)
    assert world.record().open_action.name == name
    world.mail(name)
    assert len(world.first.box) == 1
    assert world.lock().holder is None


def test_a_late_acknowledgement_that_is_not_newest_mails_nothing(world):
    older, newer = unknown_then_newer(world)
    world.amapi.operations[FIRST] = world.operation_for(older, FIRST)
    world.amapi.finish()

    world.advance(older)
    world.mail(older)

    assert world.action(older).status is Status.DONE
    assert [d.reason for d in world.action(older).deliveries] == ["NOT_CURRENT"]
    assert world.first.box == []
    assert world.lock().holder == newer


def test_a_looked_up_lock_may_have_forgotten_the_action(world):
    older, newer = unknown_then_newer(world)
    world.set(names.lock_name(DEVICE), actions=[newer])

    assert world.advance(older)
