"""Mails against dead workers, lost races and lost answers."""

import pytest

from shared.domain.action import DeliveryStatus
from shared.domain.errors import (
    AmbiguousOutcomeError,
    ConflictError,
    RejectedError,
)
from shared.domain.timing import GRACE
from tests.unit.services.world import ENTERPRISE

AMBIGUOUS = AmbiguousOutcomeError("TIMEOUT", "no answer")
REFUSED = RejectedError("ADDRESS_REFUSED", "no such mailbox")


def states(world, name):
    return [(d.status.value, d.reason, d.provider) for d in world.action(name).deliveries]


# -- leases and dead workers -------------------------------------------------------------------------------------


def test_a_worker_that_slept_past_its_lease_mails_nothing(world):
    name = world.done()
    world.clock.frozen_s = 61

    world.mail(name)

    world.clock.frozen_s = 0
    assert world.first.asked == 0
    assert world.action(name).deliveries[0].calls == ()


def test_a_dead_workers_call_is_waited_for_and_then_tried_again_under_the_lock(world):
    name = world.done()
    world.first.faults = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        world.mail(name)

    world.mail(name)
    assert world.first.asked == 1

    world.tick(seconds=60)
    world.mail(name)
    action = world.action(name)
    assert [call.provider for call in action.deliveries[0].calls] == ["first"]
    assert (action.deliveries[0].status, world.lock().holder) == (DeliveryStatus.SENT, name)

    world.clock.time = action.deliveries[0].calls[0].call_by + GRACE
    world.poll()
    assert (world.lock().holder, world.action(name).deliveries[0].calls) == (None, ())


# -- races and lost answers --------------------------------------------------------------------------------------


def test_a_claim_whose_answer_was_lost_is_ours_and_sent_once(world):
    name = world.done()
    world.store.faults = ["lost"]

    world.mail(name)

    assert (world.first.asked, states(world, name)) == (1, [("SENT", None, "first")])
    assert world.action(name).deliveries[0].tries == 1


def test_of_two_workers_one_mails(world):
    name = world.done()
    world.store.faults = [lambda: world.mail(name)]

    world.mail(name)

    assert len(world.first.box) == 1


def test_a_claim_that_lost_five_times_is_left_to_the_timer(world):
    name = world.done()
    world.store.faults = ["moved"] * 5

    world.mail(name)

    assert (world.first.asked, world.action(name).wake_at > world.clock.now()) == (0, True)


@pytest.mark.parametrize(
    ("error", "state"),
    [(None, "SENT"), (REFUSED, "FAILED"), (AMBIGUOUS, "PENDING")],
    ids=["taken", "refused", "ambiguous"],
)
def test_a_record_whose_answer_was_lost_is_recorded_once(world, error, state):
    name = world.done()
    world.first.faults = [error]
    world.store.faults = ["none", "lost"]

    world.mail(name)

    assert world.action(name).deliveries[0].status == state
    assert (world.first.asked, world.second.asked) == (1, 0)


def test_a_record_that_lost_a_turn_is_written_in_the_next(world):
    name = world.done()
    world.store.faults = ["none", "moved"]

    world.mail(name)

    assert states(world, name) == [("SENT", None, "first")]


def test_a_record_must_not_give_up_its_fact(world):
    name = world.done()
    world.store.faults = ["none"] + ["moved"] * 5

    with pytest.raises(ConflictError):
        world.mail(name)
    assert len(world.first.box) == 1
    assert len(world.action(name).deliveries[0].calls) == 1


def test_an_action_that_vanishes_is_mailed_no_further(world):
    name = world.done()
    world.first.during = lambda: world.delete(world.document(name))

    world.mail(name)
    world.mail(name)

    assert (world.first.asked, world.document(name)) == (1, None)


def test_a_letter_that_is_not_there_is_no_letter(world):
    name = world.done()

    assert world.mail._claim(name, 7, "first") is None
    assert world.mail._claim(f"{ENTERPRISE}/actions/unknown", 0, "first") is None
