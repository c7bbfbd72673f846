"""Cancelling: before anything was sent, while a call is in flight, after the end."""

import pytest

from shared.domain.action import Status
from shared.domain.errors import ConflictError, RejectedError
from shared.domain.operation import Outcome
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, REQUESTS, RESETTER, STRANGER, VIEWER


def refusal(world, caller, name):
    with pytest.raises(RejectedError) as refused:
        world.cancel(caller, name)
    return refused.value.reason


def test_a_reset_that_was_never_sent_ends_at_once(world):
    name = world.accepted()
    world.bus.take()

    action = world.cancel(RESETTER, name)

    assert (action.status, action.lock_held, action.notice) == (Status.CANCELLED, False, None)
    assert (world.lock().holder, world.lock().actions) == (None, ())
    assert world.record().open_action is None
    assert world.bus.take() == []
    assert (world.events(name)[-1].type.value, world.events(name)[-1].who) == ("CANCELLED", RESETTER.email)


def test_a_sent_reset_is_only_wished_away(world):
    name = world.issued()
    world.bus.take()

    action = world.cancel(ADMIN, name)

    assert (action.status, action.cancel_time) == (Status.ISSUED, world.clock.now())
    assert action.wake_at == world.clock.now()
    assert world.bus.take() == [(REQUESTS, name)]
    assert world.told(name)[-1] == "CANCEL_REQUESTED"
    assert world.events(name)[-1].address == "192.0.2.1"


def test_what_the_phone_did_before_stands(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.amapi.finish(Outcome.OK)

    world.advance(name)

    assert world.action(name).status is Status.DONE


def test_a_second_cancel_changes_nothing(world):
    name = world.issued()
    first = world.cancel(ADMIN, name)
    world.store.trips()

    assert world.cancel(ADMIN, name) == first
    assert world.store.trips()[1] == 0


def test_what_has_ended_stays_as_it_is(world):
    name = world.done()

    assert world.cancel(ADMIN, name).cancel_time is None


def test_who_may_not_is_refused(world):
    name = world.accepted()

    assert refusal(world, VIEWER, name) == "ROLE_REQUIRED"
    assert refusal(world, STRANGER, name) == "NOT_FOUND"
    assert refusal(world, ADMIN, f"{ENTERPRISE}/actions/unknown") == "NOT_FOUND"
    assert world.action(name).cancel_time is None


def test_a_cancel_whose_answer_was_lost_is_done_once(world):
    name = world.issued()
    world.store.faults = ["lost"]

    assert world.cancel(ADMIN, name).cancel_time == world.clock.now()
    assert world.told(name).count("CANCEL_REQUESTED") == 1


def test_a_cancel_that_races_the_claim_is_decided_again(world):
    name = world.accepted()
    world.store.faults = [lambda: world.issue(name)]

    assert world.cancel(ADMIN, name).status is Status.ISSUED
    world.issue(name)
    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]


def test_a_cancel_that_lost_five_times_may_be_tried_again(world):
    name = world.accepted()
    world.store.faults = ["moved"] * 5

    with pytest.raises(ConflictError):
        world.cancel(ADMIN, name)


def test_cancelling_takes_three_reads_and_one_commit(world):
    name = world.accepted()
    world.store.trips()

    world.cancel(ADMIN, name)

    assert world.store.trips() == (3, 1)
