"""When the timer looks again: each row of the timer's table, and that nothing with work left is forgotten."""

from dataclasses import replace

import pytest

from shared.domain.action import DeliveryStatus, Reason, Status
from shared.domain.operation import Outcome
from shared.domain.statistics import tally_of
from shared.domain.timing import (
    CANCEL_LOOK,
    COUNT_DELAY,
    DELIVERY_LIMIT,
    GRACE,
    LATE_LOOK_UNTIL,
    LOOK_MAX,
    MAX_ATTEMPTS,
)
from shared.domain.wakeup import Quiet, may_ever_claim, next_wake
from tests.unit.domain.facts import (
    ADMIN,
    DAY,
    EXPIRE,
    HOUR,
    MINUTE,
    OVER,
    SECOND,
    T0,
    action,
    attempt,
    ended,
    finished,
    issued,
    mail_call,
)

OK = ended(Outcome.OK)
SENT = replace(ADMIN, status=DeliveryStatus.SENT)
MANY = tuple(attempt(f"t{n}") for n in range(MAX_ATTEMPTS))


def wake(subject, now, quiet=None):
    """When the timer wakes for a reset that the statistics count as it stands."""
    return next_wake(replace(subject, counted=tally_of(subject).code), now, quiet)


# -- to be issued ------------------------------------------------------------------------------------------------


def test_an_accepted_reset_is_published_again_after_a_minute():
    assert wake(action(), T0) == T0 + MINUTE


def test_a_publish_without_effect_is_repeated_ever_later_but_within_ten_minutes():
    assert wake(action(), T0 + MINUTE) == T0 + 2 * MINUTE
    assert wake(action(), T0 + 10 * MINUTE) == T0 + 15 * MINUTE
    assert wake(action(), T0 + 40 * MINUTE) == T0 + 50 * MINUTE


def test_the_next_attempt_waits_for_its_retry():
    assert wake(action(retry_at=T0 + 4 * MINUTE), T0 + SECOND) == T0 + 4 * MINUTE


def test_an_unsent_reset_wakes_at_its_expiry_at_the_latest():
    assert wake(action(), EXPIRE - SECOND) == EXPIRE


# -- sent --------------------------------------------------------------------------------------------------------


def test_a_live_attempt_wakes_when_its_call_is_over():
    assert wake(action(attempt()), T0 + SECOND) == T0 + MINUTE


def test_an_attempt_without_operation_is_looked_for_at_its_retry():
    assert wake(action(attempt(), retry_at=T0 + 3 * MINUTE), T0 + 2 * MINUTE) == T0 + 3 * MINUTE


def test_an_attempt_without_operation_is_looked_for_at_half_its_age():
    assert wake(action(*MANY), T0 + 10 * MINUTE) == T0 + 15 * MINUTE


def test_an_operation_is_looked_at_within_half_a_minute_at_first():
    assert wake(action(issued(), status=Status.ISSUED), T0 + SECOND) == T0 + 31 * SECOND


def test_an_operation_is_looked_at_each_half_hour_at_the_latest():
    long = action(issued(over_at=T0 + 9 * DAY), expire_time=T0 + 8 * DAY, status=Status.ISSUED)

    assert wake(long, T0 + DAY) == T0 + DAY + LOOK_MAX


def test_a_retry_does_not_hold_up_the_look_at_a_known_operation():
    assert wake(action(issued(), retry_at=T0 + 9 * MINUTE), T0 + SECOND) == T0 + 31 * SECOND


def test_an_attempt_wakes_when_its_command_is_over():
    assert wake(action(issued(), status=Status.ISSUED, cancel_time=T0), OVER - SECOND) < OVER
    assert wake(action(issued(cancel_sent=EXPIRE), status=Status.ISSUED), OVER - SECOND) == OVER


def test_an_end_that_waits_for_an_answer_is_looked_for_again():
    assert wake(action(issued(cancel_sent=EXPIRE), status=Status.ISSUED), OVER + HOUR) == OVER + HOUR + LOOK_MAX


# -- stop --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [T0 + 2 * MINUTE, EXPIRE + MINUTE])
def test_a_command_to_stop_wakes_at_once(now):
    cancelled = action(issued(), status=Status.ISSUED, cancel_time=T0 + MINUTE)

    assert wake(cancelled, now) == now


def test_a_command_to_stop_at_expiry_wakes_at_expiry_and_then_at_once():
    expiring = action(issued(), status=Status.ISSUED)

    assert wake(expiring, EXPIRE - SECOND) == EXPIRE
    assert wake(expiring, EXPIRE) == EXPIRE


def test_a_cancelled_command_is_looked_at_ten_seconds_later():
    asked = action(issued(cancel_sent=EXPIRE), status=Status.ISSUED)

    assert wake(asked, EXPIRE) == EXPIRE + CANCEL_LOOK
    assert wake(asked, EXPIRE + CANCEL_LOOK) == EXPIRE + CANCEL_LOOK + 30 * SECOND


# -- mails -------------------------------------------------------------------------------------------------------


def mailing(*deliveries, **changes):
    return action(OK, status=Status.DONE, complete_time=T0, deliveries=deliveries, **changes)


def test_a_mail_is_published_again_after_a_minute():
    assert wake(mailing(ADMIN), T0) == T0 + MINUTE


def test_a_mail_waits_for_its_retry_and_for_its_last_call():
    called = replace(ADMIN, retry_at=T0 + 2 * MINUTE, calls=(mail_call(call_by=T0 + 3 * MINUTE),))

    assert wake(mailing(replace(ADMIN, retry_at=T0 + 2 * MINUTE)), T0) == T0 + 2 * MINUTE
    assert wake(mailing(called), T0) == T0 + 3 * MINUTE


def test_a_mail_is_given_up_at_the_limit():
    assert wake(mailing(ADMIN), T0 + DELIVERY_LIMIT - SECOND) == T0 + DELIVERY_LIMIT
    assert wake(mailing(ADMIN), T0 + DELIVERY_LIMIT + HOUR) == T0 + DELIVERY_LIMIT + HOUR


def test_the_earliest_mail_counts():
    later = replace(ADMIN, retry_at=T0 + 2 * MINUTE)

    assert wake(mailing(later, ADMIN), T0) == T0 + MINUTE


def test_an_unanswered_mail_call_is_dropped_when_it_cannot_be_on_its_way():
    called = replace(SENT, calls=(mail_call(),))

    assert wake(mailing(called), T0 + 2 * MINUTE) == T0 + MINUTE + GRACE


def test_a_mail_of_a_reset_that_is_not_done_wakes_nobody():
    assert wake(finished(Status.CANCELLED, purge_at=OVER + DAY), OVER) == OVER + DAY


def test_a_notice_wakes_until_it_is_sent():
    told = finished(Status.FAILED, notice=ADMIN)

    assert wake(told, OVER) == OVER + MINUTE
    assert wake(replace(told, notice=SENT), OVER) == OVER + 30 * DAY


# -- after the end -----------------------------------------------------------------------------------------------


def test_an_unexplained_command_is_looked_for_after_the_end_ever_more_rarely():
    lost = finished(Status.UNKNOWN, attempt())

    assert wake(lost, OVER) == OVER + HOUR
    assert wake(lost, OVER + 2 * HOUR) == OVER + 4 * HOUR
    assert wake(lost, OVER + 3 * DAY) == OVER + 4 * DAY


def test_an_unexplained_command_is_not_looked_for_after_a_week():
    lost = finished(Status.UNKNOWN, attempt())

    assert wake(lost, OVER + LATE_LOOK_UNTIL - DAY - SECOND) == OVER + LATE_LOOK_UNTIL - SECOND
    assert wake(lost, OVER + LATE_LOOK_UNTIL - DAY) == OVER + 30 * DAY


def test_another_attempt_is_followed_to_its_end_though_the_reset_is_done():
    done = mailing(SENT, attempts=(OK, attempt("t2", over_at=T0 + 2 * HOUR)), expire_time=T0 + DAY)

    assert wake(done, T0 + 2 * MINUTE) == T0 + 3 * MINUTE
    assert wake(done, T0 + 119 * MINUTE) == T0 + 2 * HOUR


def test_a_settled_reset_wakes_for_its_purge_and_then_never():
    settled = finished(Status.DONE, OK, deliveries=(SENT,))

    assert wake(settled, OVER) == OVER + 30 * DAY
    assert wake(replace(settled, purge_time=OVER + 30 * DAY), OVER + 30 * DAY) is None


def test_looks_go_on_after_an_early_purge():
    purged = finished(Status.UNKNOWN, attempt(), purge_time=OVER + DAY)

    assert wake(purged, OVER + DAY) == OVER + 2 * DAY


# -- counted ------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.UNKNOWN])
def test_an_end_that_is_not_counted_wakes_soon_whatever_else_waits(status):
    uncounted = finished(status)

    assert next_wake(uncounted, OVER, None) == OVER + COUNT_DELAY
    assert next_wake(replace(uncounted, counted="OPEN::WAITING"), OVER, Quiet(OVER + DAY)) == OVER + COUNT_DELAY


def test_a_count_that_does_not_land_is_tried_ever_later_but_within_ten_minutes():
    purged = finished(Status.DONE, OK, deliveries=(SENT,), purge_time=OVER)

    assert next_wake(purged, OVER + 4 * MINUTE, None) == OVER + 6 * MINUTE
    assert next_wake(purged, OVER + DAY, None) == OVER + DAY + 10 * MINUTE


def test_an_open_reset_wakes_nobody_to_be_counted():
    open_reset = action(attempt())

    assert next_wake(open_reset, T0 + SECOND, None) == wake(open_reset, T0 + SECOND)


# -- quiet -------------------------------------------------------------------------------------------------------


def test_quiet_holds_up_everything_that_asks_amapi():
    quiet = Quiet(T0 + 5 * MINUTE, 7 * SECOND)

    assert wake(action(), T0, quiet) == T0 + 5 * MINUTE + 7 * SECOND
    assert wake(action(issued(), cancel_time=T0), T0, quiet) == T0 + 5 * MINUTE + 7 * SECOND
    assert wake(action(retry_at=T0 + 9 * MINUTE), T0, quiet) == T0 + 9 * MINUTE


def test_a_look_that_was_not_made_for_quiet_is_made_after_it():
    quiet = Quiet(T0 + HOUR + MINUTE, 7 * SECOND, kept=True)
    subject = action(issued(), status=Status.ISSUED, expire_time=T0 + DAY)

    assert wake(subject, T0 + HOUR, replace(quiet, kept=False)) > T0 + HOUR + 10 * MINUTE
    assert wake(subject, T0 + HOUR, quiet) == T0 + HOUR + MINUTE + 7 * SECOND


def test_quiet_does_not_hold_up_our_own_documents():
    quiet = Quiet(T0 + DAY)

    assert wake(mailing(ADMIN), T0, quiet) == T0 + MINUTE
    assert wake(action(attempt()), T0 + SECOND, quiet) == T0 + MINUTE
    assert wake(action(), T0, quiet) == EXPIRE


def test_a_quiet_time_that_is_over_holds_up_nothing():
    assert wake(action(), T0, Quiet(T0)) == T0 + MINUTE


# -- may it ever be sent again -----------------------------------------------------------------------------------

NEVER = [
    ("issued", action(status=Status.ISSUED)),
    ("cancelled", action(cancel_time=T0)),
    ("refused", action(refused=Reason("X"))),
    ("expired", action(expire_time=T0)),
    ("too often", action(*MANY)),
    ("accepted by AMAPI", action(issued())),
]


@pytest.mark.parametrize("subject", [row[1] for row in NEVER], ids=[row[0] for row in NEVER])
def test_nothing_is_sent_again_that(subject):
    assert not may_ever_claim(subject, T0)


def test_a_call_without_an_answer_may_be_followed_by_another():
    assert may_ever_claim(action(*MANY[1:]), T0)
