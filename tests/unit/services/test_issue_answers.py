"""The worker records: what each answer of AMAPI proves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.action import Reason, Status
from shared.domain.errors import (
    AmbiguousOutcomeError,
    NotSentError,
    PasscodeResetError,
    PermanentError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from shared.domain.operation import Outcome
from shared.domain.timing import MAX_ATTEMPTS
from tests.unit.services.world import DEVICE, EVENTS

MINUTE = timedelta(minutes=1)
AMBIGUOUS = AmbiguousOutcomeError("TIMEOUT", "no answer")
THROTTLED = ThrottledError("RESOURCE_EXHAUSTED", "quota", retry_after_s=60)
UNAUTHORISED = UnauthorisedError("PERMISSION_DENIED", "account")


def quiet_until(world):
    document = world.document(names.QUIET_NAME)
    return document.fields["quiet_until"] if document else None


def test_an_operation_that_is_done_already_ends_nothing_but_is_looked_at_at_once(world):
    name = world.accepted()
    world.amapi.issue_reset = done_at_once(world.amapi.issue_reset)

    world.issue(name)

    action = world.action(name)
    assert (action.status, action.wake_at) == (Status.ISSUED, world.clock.now())


def done_at_once(issue_reset):
    return lambda *args, **more: replace(issue_reset(*args, **more), outcome=Outcome.OK)


@pytest.mark.parametrize("word", ["INVALID_ARGUMENT", "NOT_FOUND"])
def test_a_refusal_ends_the_reset_and_tells_its_admin(world, word):
    name = world.accepted()
    world.amapi.fail("issue", PermanentError(word, "text"))

    world.issue(name)

    action = world.action(name)
    assert (action.status, action.attempts, action.status_reason) == (Status.FAILED, (), Reason(word, "text"))
    assert action.notice.pending
    assert (EVENTS, name) in world.bus.take()


def test_429_is_not_counted_and_waits_out_the_quiet_time_with_a_spread(world):
    name = world.accepted()
    world.amapi.fail("issue", THROTTLED)

    world.issue(name)

    action = world.action(name)
    quiet = world.clock.now() + MINUTE
    assert (action.attempts, action.issue_tries, quiet_until(world)) == ((), 0, quiet)
    assert quiet <= action.retry_at <= quiet + MINUTE
    assert world.told(name)[-1] == "NOT_SENT"


def test_a_longer_quiet_time_that_amapi_asks_for_is_kept(world):
    name = world.accepted()
    world.amapi.fail("issue", ThrottledError("RESOURCE_EXHAUSTED", "quota", retry_after_s=600))

    world.issue(name)

    assert quiet_until(world) == world.clock.now() + 10 * MINUTE


def test_401_waits_five_minutes_and_pages_a_person(world, caplog):
    name = world.accepted()
    world.amapi.fail("issue", UNAUTHORISED)

    world.issue(name)

    assert quiet_until(world) == world.clock.now() + 5 * MINUTE
    assert world.action(name).attempts == ()
    assert "AMAPI_UNAUTHORISED" in [getattr(record, "alert", "") for record in caplog.records]


def test_nothing_is_sent_in_the_quiet_time_and_everything_after_it(world):
    name = world.accepted()
    world.amapi.fail("issue", THROTTLED)
    world.issue(name)

    world.clock.forward(seconds=59)
    world.issue(name)
    assert world.amapi.calls == ["issue"]

    world.clock.forward(seconds=62)
    world.issue(name)
    assert world.amapi.calls == ["issue", "issue"]


def test_a_call_that_never_left_is_struck_out_and_tried_again(world):
    name = world.accepted()
    world.amapi.fail("issue", NotSentError("REFUSED", "no connection"))

    world.issue(name)

    action = world.action(name)
    assert (action.attempts, action.issue_tries) == ((), 1)
    assert action.retry_at == action.wake_at == world.clock.now() + MINUTE


def test_a_worker_that_slept_past_its_lease_sends_nothing(world):
    name = world.accepted()
    world.clock.frozen_s = 61

    world.issue(name)

    world.clock.frozen_s = 0
    assert (world.amapi.calls, world.action(name).attempts) == ([], ())


@pytest.mark.parametrize(
    "error", [AMBIGUOUS, TransientError("HTTP_503", "?"), PasscodeResetError("ODD", "?")], ids=lambda e: e.reason
)
def test_whatever_proves_nothing_keeps_the_attempt(world, error):
    """Regression: an answer of an unforeseen kind was taken for a proof that nothing was sent."""
    name = world.accepted()
    world.amapi.takes_it = True
    world.amapi.fail("issue", error)

    world.issue(name)

    action = world.action(name)
    assert (len(action.attempts), action.attempts[0].call_by) == (1, world.clock.now())
    assert (action.status, action.lock_held, world.told(name)[-1]) == (Status.PENDING, True, "ANSWER_LOST")


def test_a_lost_answer_is_found_in_the_list_before_anything_is_sent_again(world):
    name = world.accepted()
    world.amapi.takes_it = True
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.clock.forward(minutes=1)

    world.issue(name)

    assert world.amapi.calls == ["issue", "list", "get"]
    assert world.action(name).attempts[0].operation == f"{DEVICE}/operations/1"
    assert len(world.amapi.passcodes) == 1


def test_a_call_that_is_not_in_the_list_is_repeated_with_the_same_passcode(world):
    name = world.accepted()
    world.amapi.takes_it = True
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.amapi.hides.add(f"{DEVICE}/operations/1")
    world.clock.forward(minutes=1)

    world.issue(name)

    action = world.action(name)
    assert [a.operation for a in action.attempts] == [None, f"{DEVICE}/operations/2"]
    assert action.attempts[1].duration_s < action.attempts[0].duration_s
    assert world.amapi.passcodes[0] == world.amapi.passcodes[1]


def test_nothing_is_sent_again_before_the_list_was_read(world):
    name = world.accepted()
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.clock.forward(minutes=1)
    world.amapi.fail("list", TransientError("HTTP_503", "down"))

    world.issue(name)

    assert world.amapi.calls == ["issue", "list"]


def test_a_dead_workers_attempt_is_looked_for_when_its_lease_is_over(world):
    name = world.accepted()
    world.amapi.fail("issue", RuntimeError("killed"))
    with pytest.raises(RuntimeError):
        world.issue(name)

    world.issue(name)
    assert world.amapi.calls == ["issue"]

    world.clock.forward(seconds=60)
    world.issue(name)
    assert world.amapi.calls == ["issue", "list", "issue"]


def test_after_ten_calls_without_an_answer_there_are_only_looks(world):
    name = world.accepted()
    world.amapi.fail("issue", *[AMBIGUOUS] * 50)
    for _ in range(MAX_ATTEMPTS + 5):
        world.clock.forward(minutes=11)
        world.issue(name)

    assert world.amapi.calls.count("issue") == MAX_ATTEMPTS
    assert len(world.action(name).attempts) == MAX_ATTEMPTS
    assert world.action(name).wake_at > world.clock.now()


def test_a_refusal_of_the_second_call_ends_nothing_while_the_first_may_run(world):
    name = world.accepted()
    world.amapi.fail("issue", AMBIGUOUS, PermanentError("INVALID_ARGUMENT", "no"))
    world.issue(name)
    world.clock.forward(minutes=1)

    world.issue(name)

    action = world.action(name)
    assert (action.status, len(action.attempts), action.refused.code) == (Status.PENDING, 1, "INVALID_ARGUMENT")
    assert action.lock_held
