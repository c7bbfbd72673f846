"""The decisions around issueCommand."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain import issuing
from shared.domain.action import Reason
from shared.domain.operation import Outcome
from shared.domain.timing import CALL_LEASE, DURATION_JITTER_MAX_S, GRACE
from tests.unit.domain.facts import (
    DAY,
    EXPIRE,
    HOUR,
    MINUTE,
    OPERATION,
    SECOND,
    T0,
    action,
    attempt,
    ended,
    issued,
    operation,
)

LATER = T0 + 5 * MINUTE


class Highest(random.Random):
    """Always draws the largest value."""

    def uniform(self, _low, high):
        return high


def test_a_fresh_reset_may_be_claimed():
    assert issuing.may_claim(action(), T0, None)


@pytest.mark.parametrize(
    ("subject", "now", "quiet_until"),
    [
        (action(cancel_time=T0), T0, None),
        (action(attempt()), T0 + SECOND, None),
        (action(retry_at=T0 + SECOND), T0, None),
        (action(), T0, T0 + SECOND),
    ],
)
def test_nothing_is_claimed_that_is_unwanted_on_its_way_waiting_or_in_quiet(subject, now, quiet_until):
    assert not issuing.may_claim(subject, now, quiet_until)


def test_a_claim_is_possible_from_the_very_moment():
    assert issuing.may_claim(action(attempt(), retry_at=LATER), LATER, LATER)


def test_an_unanswered_call_is_looked_for_before_the_next_one():
    assert issuing.must_look_first(action(attempt()), LATER)
    assert not issuing.must_look_first(action(attempt()), T0 + SECOND)
    assert not issuing.must_look_first(action(issued()), LATER)
    assert not issuing.must_look_first(action(ended(Outcome.VOID)), LATER)


def test_an_attempt_fits_into_the_validity_of_its_reset():
    made = issuing.new_attempt(action(), LATER, "t", random.Random(1))

    assert made is not None
    left_s = (EXPIRE - LATER).total_seconds()
    assert left_s * 0.95 - 1 <= made.duration_s <= left_s
    assert (made.claim_time, made.call_by) == (LATER, LATER + CALL_LEASE)
    assert made.over_at == LATER + CALL_LEASE + timedelta(seconds=made.duration_s) + GRACE


def test_a_long_validity_is_shortened_by_five_minutes_at_most():
    made = issuing.new_attempt(action(expire_time=T0 + 30 * DAY), T0, "t", Highest())

    assert made is not None
    assert made.duration_s == 30 * 86_400 - DURATION_JITTER_MAX_S


def test_each_attempt_has_a_shorter_duration_than_all_before():
    before = action(attempt("t1", duration_s=700), attempt("t2", duration_s=600))

    made = issuing.new_attempt(before, LATER, "t3", random.Random(1))

    assert made is not None
    assert made.duration_s == 599


def test_no_attempt_is_made_where_nothing_of_the_validity_is_left():
    assert issuing.new_attempt(action(), EXPIRE - SECOND / 2, "t", random.Random(1)) is None
    assert issuing.new_attempt(action(attempt(duration_s=1)), LATER, "t", random.Random(1)) is None


def test_a_claim_is_added_to_the_attempts():
    assert issuing.claimed(action(attempt()), attempt("t2")).attempts == (attempt(), attempt("t2"))


def test_an_accepted_command_is_bounded_by_its_own_create_time():
    late = operation(create_time=T0 + HOUR)

    after = issuing.accepted(action(attempt(), retry_at=T0, issue_tries=3), attempt(), late)

    assert after.attempts == (issued(over_at=T0 + HOUR + timedelta(seconds=3500) + GRACE),)
    assert (after.retry_at, after.issue_tries) == (None, 0)


def test_an_accepted_command_without_create_time_is_bounded_by_the_call():
    known = issuing.with_operation(attempt(), operation(create_time=None))

    assert (known.operation, known.over_at) == (OPERATION, attempt().over_at)


def test_an_operation_that_is_done_already_ends_nothing_by_itself():
    after = issuing.accepted(action(attempt()), attempt(), operation(outcome=Outcome.OK))

    assert after.attempts[0].result is None


def test_a_refusal_strikes_out_its_attempt_and_keeps_the_others():
    after = issuing.refused(action(attempt(), attempt("t2"), retry_at=T0), Reason("NO"), attempt("t2"))

    assert (after.attempts, after.refused, after.retry_at) == ((attempt(),), Reason("NO"), None)


def test_a_refusal_before_any_call_strikes_out_nothing():
    assert issuing.refused(action(attempt()), Reason("NO")).attempts == (attempt(),)


def test_a_call_that_never_left_is_struck_out_and_tried_later_and_later():
    once = issuing.not_sent(action(attempt()), attempt(), LATER)
    twice = issuing.not_sent(replace(once, attempts=(attempt(),)), attempt(), LATER)

    assert (once.attempts, once.issue_tries, once.retry_at) == ((), 1, LATER + MINUTE)
    assert (twice.issue_tries, twice.retry_at) == (2, LATER + 2 * MINUTE)


def test_a_call_that_was_held_back_is_not_counted():
    after = issuing.held_back(action(attempt(), issue_tries=2), attempt(), LATER)

    assert (after.attempts, after.issue_tries, after.retry_at) == ((), 2, LATER)


def test_an_ambiguous_call_stays_and_its_lease_is_over():
    after = issuing.ambiguous(action(attempt()), attempt(), T0 + 25 * SECOND)

    assert after.attempts == (attempt(call_by=T0 + 25 * SECOND),)
    assert (after.issue_tries, after.retry_at) == (1, T0 + 25 * SECOND + MINUTE)
    assert issuing.must_look_first(after, T0 + 25 * SECOND)


def test_an_attempt_is_found_by_its_id_until_it_is_struck_out():
    both = action(attempt("t1"), attempt("t2"))

    assert both.attempt("t2") == attempt("t2")
    assert both.without_attempt("t2").attempt("t2") is None


def test_a_stop_is_noted_on_each_attempt_it_was_asked_for():
    both = action(issued("t1"), issued("t2"))

    after = issuing.stop_sent(both, (both.attempts[1],), LATER)

    assert [a.cancel_sent for a in after.attempts] == [None, LATER]
    assert issuing.stop_sent(both, (), LATER) == both
