"""What AMAPI's answers about operations mean."""

from datetime import timedelta

import pytest

from shared.domain.action import Reason
from shared.domain.looking import explains, matches, with_answers, with_found
from shared.domain.operation import Outcome
from shared.domain.timing import GRACE, MATCH_SLACK
from tests.unit.domain.facts import (
    DEVICE,
    DURATION_S,
    OPERATION,
    SECOND,
    T0,
    action,
    attempt,
    ended,
    issued,
    operation,
)


def test_an_operation_matches_by_device_command_duration_and_time():
    assert matches(operation(), attempt(), DEVICE)
    assert matches(operation(create_time=T0 - MATCH_SLACK), attempt(), DEVICE)


@pytest.mark.parametrize(
    "other",
    [
        operation(device_name="enterprises/e/devices/other"),
        operation(resets=False),
        operation(duration_s=3499),
        operation(duration_s=None),
        operation(create_time=None),
        operation(create_time=T0 - MATCH_SLACK - SECOND),
    ],
)
def test_an_operation_that_differs_in_one_of_these_does_not_match(other):
    assert not matches(other, attempt(), DEVICE)
    assert not explains(other, action(attempt()))


def test_only_an_attempt_without_operation_and_result_is_explained():
    assert explains(operation(), action(attempt()))
    assert not explains(operation(), action(issued()))
    assert not explains(operation(), action(attempt(result=Outcome.VOID)))


def test_a_found_operation_is_given_to_its_attempt():
    begun = T0 + 9 * SECOND

    after = with_found(action(attempt(), retry_at=T0), [operation(create_time=begun)], frozenset())

    assert after.attempts == (issued(over_at=begun + timedelta(seconds=DURATION_S) + GRACE),)
    assert after.retry_at is None


def test_an_operation_that_somebody_owns_is_not_given_away():
    assert with_found(action(attempt()), [operation()], {OPERATION}) == action(attempt())


def test_an_operation_explains_one_attempt_and_an_attempt_takes_one_operation():
    twice = operation(name=f"{DEVICE}/operations/2")

    owned = with_found(action(issued(), attempt("t2")), [operation()], frozenset())
    one = with_found(action(attempt()), [operation(), operation(), twice], frozenset())

    assert owned.attempts == (issued(), attempt("t2"))
    assert [a.operation for a in one.attempts] == [OPERATION]


def test_absence_from_the_list_frees_nothing():
    assert with_found(action(attempt()), [], frozenset()) == action(attempt())


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.VOID])
def test_an_answer_is_written_into_its_attempt(outcome):
    after = with_answers(action(issued(gone=True)), {OPERATION: operation(outcome=outcome)})

    assert after.attempts == (ended(outcome),)


def test_an_error_is_kept_with_its_words():
    told = operation(outcome=Outcome.ERROR, error_code="INVALID_VALUE", error_message="text")
    after = with_answers(action(issued()), {OPERATION: told})
    bare = with_answers(action(issued()), {OPERATION: operation(outcome=Outcome.ERROR)})

    assert after.attempts == (ended(Outcome.ERROR, error=Reason("INVALID_VALUE", "text")),)
    assert bare.attempts[0].error == Reason("UNKNOWN")


def test_404_is_remembered_until_the_operation_is_seen_again():
    gone = with_answers(action(issued()), {OPERATION: None})
    back = with_answers(gone, {OPERATION: operation()})

    assert gone.attempts == (issued(gone=True),)
    assert back.attempts == (issued(),)


def test_an_answer_about_another_operation_changes_nothing():
    other = f"{DEVICE}/operations/2"

    assert with_answers(action(issued(), attempt("t2")), {other: None}) == action(issued(), attempt("t2"))


def test_a_result_that_is_known_is_not_overwritten():
    assert with_answers(action(ended(Outcome.OK)), {OPERATION: None}) == action(ended(Outcome.OK))
