"""The audit row of a commit."""

from dataclasses import replace

import pytest

from shared.domain.action import DeliveryStatus, Reason, Status
from shared.domain.history import EventType, change_of, event_id
from shared.domain.operation import Outcome
from tests.unit.domain.facts import ADMIN, OPERATION, OVER, SECOND, T0, action, attempt, ended, finished, issued

SENT = replace(ADMIN, status=DeliveryStatus.SENT, provider="first")
FAILED = replace(ADMIN, status=DeliveryStatus.FAILED, reason="REJECTED")
DONE = finished(Status.DONE, ended(Outcome.OK))
NOTIFYING = finished(Status.FAILED, notice=ADMIN)


@pytest.mark.parametrize(
    ("before", "after", "kind", "details"),
    [
        (action(), replace(DONE, status=Status.DONE), EventType.DONE, {}),
        (action(), action(status=Status.FAILED, status_reason=Reason("X", "text")), EventType.FAILED, None),
        (action(), action(status=Status.EXPIRED, status_reason=Reason("NO_ANSWER")), EventType.EXPIRED, None),
        (action(), action(issued(), status=Status.ISSUED), EventType.ISSUED, {}),
        (action(), action(cancel_time=T0), EventType.CANCEL_REQUESTED, {}),
        (action(), action(attempt()), EventType.ISSUING, {"attempt": "1"}),
        (action(attempt()), action(), EventType.NOT_SENT, {}),
        (action(attempt()), action(attempt(call_by=T0)), EventType.ANSWER_LOST, {}),
        (action(attempt()), action(issued()), EventType.ISSUED, {"operation": OPERATION}),
        (action(issued()), action(issued(cancel_sent=T0)), EventType.CANCEL_SENT, {}),
        (DONE, replace(DONE, purge_time=OVER), EventType.PASSCODE_DESTROYED, {}),
    ],
)
def test_a_commit_tells_its_most_important_fact(before, after, kind, details):
    told = change_of(before, after)

    assert told is not None
    assert told[0] is kind
    if details is not None:
        assert told[1] == details


def test_an_end_tells_its_code_and_where_there_is_one_its_sentence():
    bare = change_of(action(), action(status=Status.EXPIRED, status_reason=Reason("NO_ANSWER")))
    full = change_of(action(), action(status=Status.FAILED, status_reason=Reason("X", "text")))

    assert bare == (EventType.EXPIRED, {"code": "NO_ANSWER"})
    assert full == (EventType.FAILED, {"code": "X", "message": "text"})


def test_a_mail_tells_its_recipient_and_never_its_address():
    assert change_of(DONE, replace(DONE, deliveries=(SENT,))) == (
        EventType.MAIL_SENT,
        {"recipient": "ADMIN", "provider": "first"},
    )
    assert change_of(DONE, replace(DONE, deliveries=(FAILED,))) == (
        EventType.MAIL_FAILED,
        {"recipient": "ADMIN", "code": "REJECTED"},
    )


def test_a_mail_without_provider_or_reason_is_told_all_the_same():
    silent = replace(SENT, provider=None)

    assert change_of(DONE, replace(DONE, deliveries=(silent,))) == (
        EventType.MAIL_SENT,
        {"recipient": "ADMIN", "provider": ""},
    )
    assert change_of(DONE, replace(DONE, deliveries=(replace(FAILED, reason=None),))) == (
        EventType.MAIL_FAILED,
        {"recipient": "ADMIN", "code": ""},
    )


def test_a_notice_is_not_taken_for_the_mail_to_the_same_person():
    told = change_of(NOTIFYING, replace(NOTIFYING, notice=SENT))

    assert told is not None
    assert told[0] is EventType.MAIL_SENT


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (action(), action(wake_at=T0)),
        (action(issued()), action(issued(gone=True))),
        (action(attempt()), action(attempt(call_by=T0 + 90 * SECOND))),
        (action(cancel_time=T0), action(cancel_time=T0, revision=7)),
        (DONE, replace(DONE, deliveries=(replace(ADMIN, tries=1),))),
        (NOTIFYING, replace(NOTIFYING, wake_at=T0)),
    ],
)
def test_a_commit_that_means_nothing_has_no_row(before, after):
    assert change_of(before, after) is None


def test_rows_sort_in_the_order_of_the_commits():
    ids = [event_id(1), event_id(2), event_id(2, "x"), event_id(10), event_id(99_999_999)]

    assert sorted(ids) == ids
