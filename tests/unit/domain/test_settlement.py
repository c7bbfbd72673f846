"""``settle`` row by row: status, the effects of DONE, the lock, and late work."""

from dataclasses import replace

import pytest

from shared.domain.action import Cause, DeliveryStatus, Reason, Status
from shared.domain.lock import Uncertain
from shared.domain.operation import Outcome
from shared.domain.settlement import must_hold, settle, status_of
from shared.domain.timing import GRACE
from tests.unit.domain.facts import (
    ADMIN,
    DAY,
    EXPIRE,
    HOUR,
    MINUTE,
    NAME,
    NEWER,
    OLDER,
    OPERATION,
    OVER,
    SECOND,
    T0,
    action,
    attempt,
    ended,
    finished,
    issued,
    lock,
    mail_call,
)

SOON = T0 + 2 * MINUTE
GONE = issued(gone=True)
OK, ERROR, VOID = ended(Outcome.OK), ended(Outcome.ERROR), ended(Outcome.VOID)
OTHER = attempt("t2", duration_s=3400)

ROWS = [
    ("1: acknowledged", action(OK), SOON, False, Status.DONE),
    ("1: acknowledged while another attempt is open", action(OK, OTHER), SOON, False, Status.DONE),
    ("1: acknowledged beats an error", action(ERROR, ended(Outcome.OK, "t2")), SOON, True, Status.DONE),
    ("1: acknowledged beats cancel and expiry", action(OK, cancel_time=SOON), EXPIRE, True, Status.DONE),
    ("1: late, from EXPIRED", finished(Status.EXPIRED, OK), OVER + DAY, True, Status.DONE),
    ("1: late, from UNKNOWN", finished(Status.UNKNOWN, OK), OVER + DAY, True, Status.DONE),
    ("2: FAILED stays", finished(Status.FAILED, ERROR), OVER + DAY, True, Status.FAILED),
    ("2: CANCELLED stays", finished(Status.CANCELLED, VOID), OVER + DAY, True, Status.CANCELLED),
    ("2: EXPIRED stays", finished(Status.EXPIRED, GONE), OVER + DAY, True, Status.EXPIRED),
    ("2: UNKNOWN stays, though nothing is open", finished(Status.UNKNOWN, VOID), OVER + DAY, True, Status.UNKNOWN),
    ("2: DONE stays without its proof", finished(Status.DONE), OVER + DAY, True, Status.DONE),
    ("3: the call is on its way", action(attempt()), T0 + SECOND, True, Status.PENDING),
    ("3: a call without an answer", action(attempt()), SOON, True, Status.PENDING),
    ("3: a command that is not over", action(issued()), SOON, True, Status.ISSUED),
    ("3: over, but AMAPI was not asked", action(issued()), OVER, False, Status.ISSUED),
    ("3: over and unknown, but AMAPI was not asked", action(attempt()), OVER, False, Status.PENDING),
    ("3: an error ends nothing while another is open", action(ERROR, OTHER), SOON, True, Status.ISSUED),
    ("3: a refusal ends nothing while one is open", action(OTHER, refused=Reason("X")), SOON, True, Status.PENDING),
    ("3: cancel ends nothing while one is open", action(issued(), cancel_time=T0), SOON, True, Status.ISSUED),
    ("3: expiry ends nothing while one is open", action(issued()), EXPIRE, True, Status.ISSUED),
    ("3: 404 ends nothing before the command's time", action(GONE), OVER - SECOND, True, Status.ISSUED),
    ("4: over and never found", action(attempt()), OVER, True, Status.UNKNOWN),
    ("4: over and gone", action(GONE), OVER, True, Status.UNKNOWN),
    ("4: beats an error", action(ERROR, OTHER), OVER, True, Status.UNKNOWN),
    ("4: beats row 5", action(issued(), OTHER), OVER, True, Status.UNKNOWN),
    ("5: over and still not done", action(issued()), OVER, True, Status.EXPIRED),
    ("5: beats an error", action(issued(), ended(Outcome.ERROR, "t2")), OVER, True, Status.EXPIRED),
    ("5: beats cancel", action(issued(), cancel_time=SOON), OVER, True, Status.EXPIRED),
    ("6: the device refused", action(ERROR), SOON, True, Status.FAILED),
    ("6: AMAPI refused", action(refused=Reason("NOT_FOUND")), SOON, False, Status.FAILED),
    ("6: beats cancel", action(ERROR, cancel_time=SOON), SOON, True, Status.FAILED),
    ("6: beats expiry", action(VOID, ended(Outcome.ERROR, "t2")), EXPIRE, True, Status.FAILED),
    ("7: cancelled unsent", action(cancel_time=SOON), SOON, False, Status.CANCELLED),
    ("7: cancelled at AMAPI", action(VOID, cancel_time=SOON), SOON, True, Status.CANCELLED),
    ("7: beats expiry", action(cancel_time=SOON), EXPIRE, False, Status.CANCELLED),
    ("8: nothing sent in time", action(), EXPIRE, False, Status.EXPIRED),
    ("8: void at AMAPI", action(VOID), SOON, False, Status.EXPIRED),
    ("9: to be issued", action(), EXPIRE - SECOND, False, Status.PENDING),
]


@pytest.mark.parametrize(("before", "now", "looked", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_the_first_row_that_fits_decides_the_status(before, now, looked, expected):
    assert status_of(before, now, looked=looked) is expected


@pytest.mark.parametrize(("before", "now", "looked", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_settling_again_changes_nothing_but_wake_at(before, now, looked, expected):
    held = lock() if before.lock_held else lock(holder=None)

    once = settle(before, held, now, looked=looked)
    twice = settle(once.action, once.lock, now, looked=looked)

    assert replace(twice.action, wake_at=None) == replace(once.action, wake_at=None)
    assert (twice.lock, twice.superseded, twice.cause, twice.alerts) == (once.lock, (), None, ())


# -- what a new status brings ------------------------------------------------------------------------------------


def test_issued_tells_when_it_was_first_issued():
    done = settle(action(issued()), lock(), SOON)

    assert (done.action.issue_time, done.action.complete_time, done.cause) == (SOON, None, Cause.COMMAND_ACCEPTED)


def test_an_issue_time_that_is_known_stays():
    done = settle(action(issued(), issue_time=T0), lock(), SOON)

    assert done.action.issue_time == T0


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        (action(refused=Reason("DEVICE_GONE", "text")), SOON, Reason("DEVICE_GONE", "text")),
        (action(ended(Outcome.ERROR, error=Reason("INVALID_VALUE"))), SOON, Reason("INVALID_VALUE")),
        (action(ERROR), SOON, Reason("UNKNOWN")),
        (action(), EXPIRE, Reason("NOT_SENT_IN_TIME")),
        (action(ended(Outcome.VOID)), EXPIRE, Reason("NOT_ONLINE_IN_TIME")),
        (action(issued()), OVER, Reason("NO_ANSWER")),
        (action(attempt()), OVER, Reason("OUTCOME_UNKNOWN")),
        (action(cancel_time=SOON), SOON, None),
        (action(OK), SOON, None),
    ],
)
def test_an_end_tells_its_reason_and_time(before, now, reason):
    after = settle(before, lock(), now, looked=True).action

    assert (after.status_reason, after.complete_time, after.retry_at) == (reason, now, None)


def test_a_lost_track_is_an_alert():
    assert [a.code for a in settle(action(attempt()), lock(), OVER, looked=True).alerts] == ["OUTCOME_UNKNOWN"]


@pytest.mark.parametrize(
    ("before", "now"), [(action(ERROR), SOON), (action(), EXPIRE), (action(attempt()), OVER)], ids=str
)
def test_a_reset_that_was_not_done_is_told_to_who_asked(before, now):
    notice = settle(replace(before, admin_locale="de"), lock(), now, looked=True).action.notice

    assert notice is not None
    assert (notice.email, notice.locale, notice.pending) == ("admin@example.com", "de", True)


def test_a_cancelled_reset_is_told_to_nobody():
    assert settle(action(cancel_time=SOON), lock(), SOON).action.notice is None


def test_a_notice_that_waits_is_dropped_by_a_late_acknowledgement():
    after = settle(finished(Status.EXPIRED, OK, notice=ADMIN), lock(holder=None), OVER + DAY).action

    assert after.notice is not None
    assert (after.notice.status, after.notice.reason) == (DeliveryStatus.FAILED, "NOT_CURRENT")


def test_a_notice_that_was_sent_stays_sent():
    sent = replace(ADMIN, status=DeliveryStatus.SENT)

    assert settle(finished(Status.EXPIRED, OK, notice=sent), lock(holder=None), OVER + DAY).action.notice == sent


# -- DONE --------------------------------------------------------------------------------------------------------


def test_done_supersedes_every_action_before_this_one():
    assert settle(action(OK), lock("x", OLDER, NAME), SOON).superseded == ("x", OLDER)


def test_done_supersedes_no_action_after_this_one():
    late = settle(finished(Status.UNKNOWN, OK), lock(OLDER, NAME, NEWER, holder=NEWER), OVER + DAY)

    assert late.superseded == (OLDER,)


def test_done_supersedes_nothing_where_the_lock_forgot_the_action():
    late = settle(finished(Status.UNKNOWN, OK), lock(NEWER, holder=NEWER), OVER + DAY)

    assert late.superseded == ()


def test_done_clears_a_doubt_from_before_its_accept():
    doubt = Uncertain(OLDER, T0 - SECOND)

    assert settle(action(OK), lock(uncertain=doubt), SOON).lock.uncertain is None


@pytest.mark.parametrize("time", [T0, T0 + SECOND])
def test_done_keeps_a_doubt_from_after_its_accept(time):
    doubt = Uncertain(OLDER, time)

    assert settle(action(OK), lock(uncertain=doubt), SOON).lock.uncertain == doubt


# -- the lock ----------------------------------------------------------------------------------------------------

SENT = replace(ADMIN, status=DeliveryStatus.SENT)
CALLED = replace(SENT, calls=(mail_call(),))

HELD = [
    ("pending", action(), SOON, True),
    ("issued", action(issued(), status=Status.ISSUED), OVER + DAY, True),
    ("a mail is due", finished(Status.DONE, OK), OVER, True),
    ("a mail that is not to be sent yet does not count", finished(Status.EXPIRED, VOID), OVER, False),
    ("all mails sent", finished(Status.DONE, OK, deliveries=(SENT,)), OVER, False),
    ("another attempt is open", finished(Status.DONE, OK, OTHER, deliveries=(SENT,)), OVER - SECOND, True),
    ("another attempt is over", finished(Status.DONE, OK, OTHER, deliveries=(SENT,)), OVER, False),
    ("a mail may be on its way", finished(Status.DONE, deliveries=(CALLED,)), T0 + MINUTE + GRACE - SECOND, True),
    ("that mail has left", finished(Status.DONE, deliveries=(CALLED,)), T0 + MINUTE + GRACE, False),
]


@pytest.mark.parametrize(("before", "now", "held"), [r[1:] for r in HELD], ids=[r[0] for r in HELD])
def test_the_lock_is_held_while_anything_of_the_reset_may_still_happen(before, now, held):
    assert must_hold(before, now) is held


@pytest.mark.parametrize(("before", "now", "held"), [r[1:] for r in HELD], ids=[r[0] for r in HELD])
def test_settle_lets_go_of_the_lock_as_soon_as_it_may(before, now, held):
    after = settle(replace(before, lock_held=True, purge_at=None), lock(), now)

    assert after.action.lock_held is held
    assert after.lock.holder == (NAME if held else None)


def test_letting_go_sets_the_time_of_the_purge():
    after = settle(action(ERROR), lock(), SOON).action

    assert after.purge_at == SOON + 30 * DAY


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        (action(ERROR), SOON, False),
        (action(VOID, cancel_time=SOON), SOON, False),
        (action(), EXPIRE, False),
        (action(VOID), EXPIRE, True),
        (action(issued()), OVER, True),
        (action(attempt()), OVER, True),
        (action(OK, deliveries=()), SOON, True),
    ],
)
def test_the_lock_forgets_only_whose_passcode_never_reached_the_phone(before, now, kept):
    after = settle(before, lock(), now, looked=True)

    assert not after.action.lock_held
    assert (NAME in after.lock.actions) is kept


# -- late work ---------------------------------------------------------------------------------------------------

LATE = OVER + DAY
STRAY = issued(over_at=LATE + HOUR)


def test_a_late_acknowledgement_of_the_newest_takes_the_lock_back_and_mails():
    done = settle(finished(Status.UNKNOWN, OK), lock(OLDER, NAME, holder=None), LATE, looked=True)

    assert (done.cause, done.lock.holder, done.action.lock_held) == (Cause.LATE_ACKNOWLEDGEMENT, NAME, True)
    assert (done.action.purge_at, done.action.deliveries, done.alerts) == (None, (ADMIN,), ())
    assert done.lock.uncertain is None


def test_a_late_acknowledgement_that_is_not_newest_mails_nothing_and_marks_the_device():
    done = settle(finished(Status.EXPIRED, OK), lock(NAME, NEWER, holder=NEWER), LATE, looked=True)

    assert (done.action.status, done.lock.holder, done.action.lock_held) == (Status.DONE, NEWER, False)
    assert [(d.status, d.reason) for d in done.action.deliveries] == [(DeliveryStatus.FAILED, "NOT_CURRENT")]
    assert done.lock.uncertain == Uncertain(NAME, LATE, OPERATION)
    assert [a.code for a in done.alerts] == ["STRAY_COMMAND"]


def test_a_late_acknowledgement_counts_retention_from_now():
    done = settle(finished(Status.EXPIRED, OK), lock(NAME, NEWER, holder=NEWER), LATE)

    assert done.action.purge_at == LATE + 30 * DAY


def test_a_late_acknowledgement_after_the_purge_marks_the_device_for_nobody_knows_the_passcode():
    gone = replace(ADMIN, status=DeliveryStatus.FAILED)
    purged = finished(Status.UNKNOWN, OK, deliveries=(gone,), purge_time=OVER + HOUR)

    done = settle(purged, lock(NAME, holder=None), LATE)

    assert (done.action.lock_held, done.lock.uncertain) == (False, Uncertain(NAME, LATE, OPERATION))


def test_a_sent_mail_stays_sent_when_the_others_become_out_of_date():
    done = settle(finished(Status.EXPIRED, OK, deliveries=(SENT, ADMIN)), lock(NAME, NEWER, holder=NEWER), LATE)

    assert [d.status for d in done.action.deliveries] == [DeliveryStatus.SENT, DeliveryStatus.FAILED]


def test_a_stray_command_of_the_newest_takes_the_lock_back_until_it_is_over():
    back = settle(finished(Status.UNKNOWN, STRAY), lock(NAME, holder=None), LATE, looked=True)
    over = settle(back.action, back.lock, STRAY.over_at, looked=True)

    assert (back.action.lock_held, back.lock.holder, back.action.status) == (True, NAME, Status.UNKNOWN)
    assert back.action.stop_wanted(LATE)
    assert (over.action.lock_held, over.lock.holder) == (False, None)
    assert over.action.purge_at == OVER + 30 * DAY


def test_a_stray_command_that_is_not_newest_marks_the_device_once():
    before = finished(Status.UNKNOWN, STRAY)

    first = settle(before, lock(NAME, NEWER, holder=NEWER), LATE, looked=True)
    again = settle(first.action, first.lock, LATE + MINUTE, looked=True)

    assert first.lock.uncertain == Uncertain(NAME, LATE, OPERATION)
    assert [a.code for a in first.alerts] == ["STRAY_COMMAND"]
    assert (again.lock, again.alerts) == (first.lock, ())


COPY = replace(STRAY, id="copy", operation=f"{OPERATION}-copy", result=Outcome.OK)


@pytest.mark.parametrize("status", [Status.DONE, Status.CANCELLED])
def test_a_stray_copy_found_when_it_had_run_already_marks_the_device(status):
    before = finished(status, OK, COPY, deliveries=(SENT,))

    done = settle(before, lock(NAME, NEWER, holder=NEWER), LATE, ran=COPY.operation)

    assert (done.action.status, done.lock.uncertain) == (status, Uncertain(NAME, LATE, COPY.operation))
    assert [a.code for a in done.alerts] == ["STRAY_COMMAND"]


def test_a_stray_copy_of_the_newest_marks_nothing_for_its_passcode_is_the_one_that_is_shown():
    before = finished(Status.DONE, OK, COPY, deliveries=(SENT,))

    assert settle(before, lock(NAME, holder=None), LATE, ran=COPY.operation).lock.uncertain is None


def test_a_stray_command_that_ran_renews_its_mark_so_that_a_reset_accepted_since_does_not_clear_it():
    doubt = Uncertain(NAME, LATE - HOUR, OPERATION)
    before = finished(Status.DONE, OK, COPY, deliveries=(SENT,))

    done = settle(before, lock(NAME, NEWER, holder=NEWER, uncertain=doubt), LATE, ran=COPY.operation)

    assert done.lock.uncertain == Uncertain(NAME, LATE, COPY.operation)


def test_nothing_late_changes_nothing():
    before = finished(Status.UNKNOWN, attempt())

    assert settle(before, lock(NAME, NEWER, holder=NEWER), LATE).lock == lock(NAME, NEWER, holder=NEWER)
