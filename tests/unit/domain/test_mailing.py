"""The decisions around mails."""

from dataclasses import replace

import pytest

from shared.domain import mailing
from shared.domain.action import Delivery, DeliveryStatus, Recipient, Status
from shared.domain.timing import CALL_LEASE, DELIVERY_LIMIT, GRACE
from tests.unit.domain.facts import ADMIN, MINUTE, OVER, SECOND, T0, action, finished, mail_call

USER = Delivery(Recipient.USER, "user@example.com", "de")
CALLED = replace(ADMIN, calls=(mail_call("c1"), mail_call("c2")), tries=2)
SENT = replace(ADMIN, status=DeliveryStatus.SENT)


def done(*deliveries, **changes):
    return action(status=Status.DONE, complete_time=T0, deliveries=deliveries or (ADMIN,), **changes)


def test_the_letters_are_the_deliveries_and_then_the_notice():
    assert mailing.letters(done(ADMIN, USER)) == (ADMIN, USER)
    assert mailing.letters(finished(Status.FAILED, notice=USER)) == (ADMIN, USER)


def test_a_mail_is_due_once_the_device_has_acknowledged():
    assert mailing.any_due(done(), T0)


@pytest.mark.parametrize(
    "subject",
    [
        action(),
        done(lock_held=False),
        finished(Status.EXPIRED),
        done(SENT),
        done(replace(ADMIN, retry_at=T0 + SECOND)),
        done(replace(ADMIN, calls=(mail_call(call_by=T0 + SECOND),))),
    ],
    ids=["not done", "without the lock", "expired", "sent", "waiting", "on its way"],
)
def test_a_mail_with_the_passcode_is_not_due(subject):
    assert not mailing.any_due(subject, T0)


@pytest.mark.parametrize("status", sorted(mailing.NOTICE_STATUSES))
def test_a_notice_is_due_without_the_lock(status):
    assert mailing.any_due(finished(status, notice=ADMIN), OVER)


@pytest.mark.parametrize("status", [Status.DONE, Status.CANCELLED])
def test_a_notice_of_a_reset_that_was_done_after_all_is_not_due(status):
    assert not mailing.any_due(finished(status, notice=ADMIN), OVER)


def test_one_letter_is_replaced_and_the_others_stay():
    told = replace(done(ADMIN, USER), notice=SENT)

    assert mailing.with_letter(told, told.deliveries[1], SENT).deliveries == (ADMIN, SENT)
    assert mailing.with_letter(told, told.notice, ADMIN).notice == ADMIN


def test_a_call_leads_to_its_letter():
    assert mailing.holder_of(done(USER, CALLED), "c2") is CALLED
    assert mailing.holder_of(done(CALLED), "c3") is None


def test_a_claim_writes_the_call_down_and_counts_it():
    claimed = mailing.claimed(CALLED, "c3", "second", T0)

    assert claimed.calls[-1] == mail_call("c3", call_by=T0 + CALL_LEASE, provider="second")
    assert (len(claimed.calls), claimed.tries) == (3, 3)


def test_a_mail_that_was_taken_is_sent():
    after = mailing.sent(replace(CALLED, retry_at=T0), "c1", "first", T0)

    assert (after.status, after.provider, after.send_time, after.retry_at) == (
        DeliveryStatus.SENT,
        "first",
        T0,
        None,
    )
    assert [call.id for call in after.calls] == ["c2"]


def test_a_late_answer_does_not_change_what_has_ended():
    over = replace(CALLED, status=DeliveryStatus.FAILED, reason="GAVE_UP")

    assert mailing.sent(over, "c1", "first", T0) == replace(over, calls=over.calls[1:])
    assert mailing.rejected(over, "c1") == replace(over, calls=over.calls[1:])


def test_a_refused_address_ends_the_mail():
    after = mailing.rejected(CALLED, "c1")

    assert (after.status, after.reason, len(after.calls)) == (DeliveryStatus.FAILED, "REJECTED", 1)


def test_a_mail_that_did_not_work_waits():
    after = mailing.postponed(CALLED, "c1", T0)

    assert (after.pending, after.retry_at, len(after.calls)) == (True, T0 + 2 * MINUTE, 1)


def test_a_mail_without_an_answer_waits_and_its_call_stays_written_down():
    after = mailing.unanswered(CALLED, "c1", T0)

    assert (after.pending, after.retry_at, len(after.calls)) == (True, T0 + 2 * MINUTE, 2)
    assert after.calls[0].call_by == T0


def test_a_mail_that_nobody_took_is_free_at_once():
    after = mailing.given_back(CALLED, "c1")

    assert (after.pending, after.retry_at, len(after.calls)) == (True, None, 1)


def test_mails_are_given_up_at_the_limit():
    old = done(ADMIN, SENT)

    assert mailing.aged(old, T0 + DELIVERY_LIMIT - SECOND) == old
    after = mailing.aged(old, T0 + DELIVERY_LIMIT)
    assert [(d.status, d.reason) for d in after.deliveries] == [
        (DeliveryStatus.FAILED, "GAVE_UP"),
        (DeliveryStatus.SENT, None),
    ]


def test_a_mail_that_waits_for_a_late_acknowledgement_is_not_given_up_with_its_notice():
    after = mailing.aged(finished(Status.EXPIRED, notice=ADMIN), OVER + DELIVERY_LIMIT)

    assert after.deliveries == (ADMIN,)
    assert after.notice is not None
    assert after.notice.reason == "GAVE_UP"


def test_calls_are_dropped_when_they_cannot_be_on_their_way():
    old = done(replace(SENT, calls=(mail_call(),)))

    assert mailing.aged(old, T0 + CALL_LEASE + GRACE - SECOND) == old
    assert mailing.aged(old, T0 + CALL_LEASE + GRACE).deliveries == (SENT,)


def test_a_reset_that_runs_has_no_mail_to_give_up():
    assert mailing.aged(action(), T0 + 2 * DELIVERY_LIMIT) == action()
