"""The worker against others: lost races, lost answers, and commands to be stopped."""

from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.action import DeliveryStatus, Status
from shared.domain.errors import (
    AmbiguousOutcomeError,
    ConflictError,
    NotSentError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from shared.domain.operation import Outcome
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE

MINUTE = timedelta(minutes=1)
AMBIGUOUS = AmbiguousOutcomeError("TIMEOUT", "no answer")
THROTTLED = ThrottledError("RESOURCE_EXHAUSTED", "quota", retry_after_s=60)


# -- races and lost answers --------------------------------------------------------------------------------------


def test_a_claim_whose_answer_was_lost_is_ours_and_sent_once(world):
    name = world.accepted()
    world.store.faults = ["lost"]

    world.issue(name)

    assert world.amapi.calls == ["issue"]
    assert (len(world.action(name).attempts), world.action(name).status) == (1, Status.ISSUED)


def test_a_claim_that_lost_to_another_worker_sends_nothing(world):
    name = world.accepted()
    world.store.faults = [lambda: world.issue(name)]

    world.issue(name)

    assert world.amapi.calls == ["issue"]


def test_a_claim_that_lost_to_a_cancel_sends_nothing(world):
    name = world.accepted()
    world.store.faults = [lambda: world.cancel(ADMIN, name)]

    world.issue(name)

    assert (world.amapi.calls, world.action(name).status) == ([], Status.CANCELLED)


def test_a_claim_that_lost_five_times_is_left_to_the_timer(world):
    name = world.accepted()
    world.store.faults = ["moved"] * 5

    world.issue(name)

    assert (world.amapi.calls, world.action(name).wake_at) == ([], world.clock.now() + MINUTE)


def test_an_action_that_vanishes_during_the_claim_sends_nothing(world):
    name = world.accepted()
    world.book.store.get_many = vanishing(world.store.get_many, name, after=2)

    world.issue(name)

    assert world.amapi.calls == []


def vanishing(get_many, name, after):
    seen = []

    def read(wanted):
        seen.append(wanted)
        found = get_many(wanted)
        return {key: value for key, value in found.items() if key != name} if len(seen) > after else found

    return read


def test_a_claim_that_landed_is_struck_out_where_it_is_refused_before_it_was_sent(world):
    """Regression: the attempt stayed, so a reset that was surely never sent was unexplained until its expiry."""
    name = world.accepted()

    def revoke():
        world.store.on_commit.clear()
        world.set(ADMIN.member_name(ENTERPRISE), roles=["viewer"])

    world.store.on_commit = [lambda _writes: revoke()]
    world.store.faults = ["lost"]

    assert world.ended_unsent(name) == "ACTOR_NOT_AUTHORISED"


@pytest.mark.parametrize(
    ("error", "status", "attempts"),
    [
        (None, Status.ISSUED, 1),
        (PermanentError("NOT_FOUND", "no"), Status.FAILED, 0),
        (THROTTLED, Status.PENDING, 0),
        (NotSentError("DNS", "no"), Status.PENDING, 0),
        (AMBIGUOUS, Status.PENDING, 1),
    ],
    ids=["accepted", "refused", "held back", "not sent", "ambiguous"],
)
def test_a_record_whose_answer_was_lost_is_recorded_once(world, error, status, attempts):
    name = world.accepted()
    world.set(
        names.QUIET_NAME, quiet_until=world.clock.now() + MINUTE - timedelta(minutes=1), reason="", revision=1
    )
    quiet_writes = 1 if isinstance(error, ThrottledError) else 0
    world.store.faults = ["none"] + ["none"] * quiet_writes + ["lost"]
    world.amapi.fail("issue", error)

    world.issue(name)

    action = world.action(name)
    assert (action.status, len(action.attempts), world.amapi.calls) == (status, attempts, ["issue"])


@pytest.mark.parametrize("error", [None, AMBIGUOUS])
def test_a_record_must_not_give_up_its_fact(world, error):
    name = world.accepted()
    world.store.faults = ["none"] + ["moved"] * 5
    world.amapi.fail("issue", error)

    with pytest.raises(ConflictError):
        world.issue(name)
    assert len(world.action(name).attempts) == 1


def test_a_record_of_an_action_that_vanished_is_no_error(world):
    name = world.accepted()
    world.amapi.during["issue"] = lambda: setattr(
        world.book.store, "get_many", vanishing(world.store.get_many, name, after=0)
    )

    world.issue(name)

    assert world.amapi.calls == ["issue"]


def test_an_operation_that_a_notification_recorded_first_is_not_overwritten(world):
    name = world.accepted()
    operation = f"{DEVICE}/operations/1"

    def notify_early():
        world.amapi.operations[operation] = world.operation_for(name, operation)
        world.amapi.finish()
        world.notification("COMMAND", {"operation": operation})

    world.amapi.during["issue"] = notify_early
    world.amapi.fail("issue", AMBIGUOUS)

    world.issue(name)

    action = world.action(name)
    assert (action.status, [a.operation for a in action.attempts]) == (Status.DONE, [operation])
    assert action.attempts[0].result is Outcome.OK


# -- stop --------------------------------------------------------------------------------------------------------


def test_a_cancelled_command_is_cancelled_at_amapi_once(world):
    name = world.issued()
    world.cancel(ADMIN, name)

    world.issue(name)
    world.issue(name)

    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]
    action = world.action(name)
    assert (action.status, action.attempts[0].cancel_sent) == (Status.ISSUED, world.clock.now())
    assert action.wake_at == world.clock.now() + timedelta(seconds=10)
    assert world.told(name)[-1] == "CANCEL_SENT"


def test_an_expired_command_is_cancelled_at_amapi(world):
    name = world.issued()
    world.clock.time = world.action(name).expire_time

    world.issue(name)

    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]


def test_a_cancel_during_the_call_is_carried_out_when_the_answer_is_there(world):
    name = world.accepted()
    world.amapi.during["issue"] = lambda: world.cancel(ADMIN, name)

    world.issue(name)

    assert world.amapi.calls == ["issue", "cancel"]
    assert world.action(name).status is Status.ISSUED


def test_a_cancel_that_did_not_work_is_asked_again(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.amapi.fail("cancel", TransientError("HTTP_503", "down"))

    world.issue(name)

    assert world.action(name).attempts[0].cancel_sent is None
    assert world.action(name).wake_at == world.clock.now()
    world.issue(name)
    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]


def test_a_throttled_cancel_waits_out_the_quiet_time(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.amapi.fail("cancel", THROTTLED)

    world.issue(name)
    world.issue(name)
    assert world.amapi.calls == ["issue", "cancel"]

    world.clock.forward(seconds=60)
    world.issue(name)
    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]


def test_a_cancel_whose_record_was_lost_is_noted_once(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.store.faults = ["lost"]

    world.issue(name)

    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]
    assert world.told(name).count("CANCEL_SENT") == 1


def test_mails_wait_while_a_command_is_stopped(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.issue(name)

    assert [d.status for d in world.action(name).deliveries] == [DeliveryStatus.PENDING]
