"""The timer: what is due, oldest first, bounded; one poisoned document holds up nobody."""

import itertools
from datetime import timedelta

import pytest

from shared.adapters.android_management.client import ANSWER_TIMEOUT_S
from shared.domain.action import Status
from shared.domain.errors import TransientError
from shared.services import poll_status
from shared.services.poll_status import MAX_RUN_S, PollReport, PollStatus
from tests.unit.services.world import EVENTS, REQUESTS

MINUTE = timedelta(minutes=1)
POISONED = "enterprises/e/actions/poisoned"


def test_nothing_due_is_nothing_done(world):
    world.accepted()

    assert world.poll() == PollReport(0, 0, 0)


def test_a_lost_message_only_delays(world):
    name = world.accepted()
    world.bus.take()

    assert world.tick(minutes=1) == PollReport(1, 0, 0)
    assert world.bus.take() == [(REQUESTS, name)]
    assert world.action(name).wake_at > world.clock.now()


def test_an_answer_of_amapi_is_found_without_any_notification(world):
    name = world.issued()
    world.amapi.finish()
    world.bus.take()

    world.tick(minutes=1)

    assert world.action(name).status is Status.DONE
    assert world.bus.take() == [(EVENTS, name)]


def test_the_timer_alone_brings_a_reset_to_its_end(world):
    name = world.issued()
    world.amapi.finish()
    for _ in range(5):
        world.tick(minutes=2)
        for topic, action in world.bus.take():
            (world.mail if topic == EVENTS else world.issue)(action)
    assert (len(world.first.box), world.lock().holder) == (1, None)

    world.tick(days=31)

    assert world.action(name).wake_at is None
    assert world.tick(days=1) == PollReport(0, 0, 0)


def test_a_step_that_loses_is_dropped(world):
    world.accepted()
    world.store.faults = ["moved"]

    assert world.tick(minutes=1) == PollReport(0, 1, 0)
    assert world.clock.slept == []


def test_a_poisoned_action_is_pushed_back_and_the_others_advance(world, caplog):
    name = world.accepted()
    world.set(POISONED, wake_at=world.clock.now(), revision=3, status="NONSENSE")

    assert world.tick(minutes=1) == PollReport(1, 0, 1)

    poisoned = world.document(POISONED).fields
    assert poisoned == {"wake_at": world.clock.now() + MINUTE, "revision": 4, "status": "NONSENSE"}
    assert world.bus.take()[-1] == (REQUESTS, name)
    assert "ADVANCE_FAILED" in [getattr(record, "alert", "") for record in caplog.records]


@pytest.mark.parametrize("revision", ["three", None, 2.5])
def test_a_document_that_is_no_action_at_all_is_pushed_back_too(world, revision):
    """Regression: a revision that is no number stopped the whole run, at each run."""
    world.set(POISONED, wake_at=world.clock.now(), revision=revision)

    assert world.tick(minutes=1) == PollReport(0, 0, 1)
    assert world.document(POISONED).fields == {"wake_at": world.clock.now() + MINUTE, "revision": 1}


def test_a_push_back_that_does_not_work_is_no_error_of_the_run(world):
    world.set(POISONED, wake_at=world.clock.now())
    world.store.faults = ["moved"]

    assert world.tick(minutes=1) == PollReport(0, 0, 1)
    assert world.document(POISONED).fields == {"wake_at": world.clock.now() - MINUTE}


def test_an_action_whose_step_raises_is_pushed_back(world):
    name = world.accepted()
    world.store.faults = ["down"]

    assert world.tick(minutes=1) == PollReport(0, 0, 1)
    assert world.action(name).wake_at == world.clock.now() + MINUTE


def test_a_store_that_does_not_answer_is_told_to_the_scheduler(world):
    world.store.down = True

    with pytest.raises(TransientError):
        world.poll()


def test_a_run_takes_a_bounded_number_oldest_first(world, monkeypatch):
    monkeypatch.setattr(poll_status, "MAX_DUE", 2)
    for number in range(3):
        world.set(f"{POISONED}{number}", wake_at=world.clock.now() - number * MINUTE)

    assert world.poll() == PollReport(0, 0, 2)
    assert world.document(f"{POISONED}0").fields == {"wake_at": world.clock.now()}


@pytest.mark.parametrize(
    ("step_s", "steps"), [(MAX_RUN_S / 2, 2), (MAX_RUN_S / 4, 4), (ANSWER_TIMEOUT_S, 1), (MAX_RUN_S * 2, 1)]
)
def test_a_run_ends_in_time_and_leaves_the_rest_due(world, step_s, steps):
    """Regression: while AMAPI hung, each run outlasted the function, and the timer passed for silent."""
    for number in range(5):
        world.set(f"{POISONED}{number}", wake_at=world.clock.now())
    times = itertools.chain([0.0], itertools.count(0.0, step_s))

    assert PollStatus(world.book, world.advance, lambda: next(times))() == PollReport(0, 0, steps)
