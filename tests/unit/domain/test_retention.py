"""When a passcode is destroyed for its age, and whether it may be shown."""

from dataclasses import replace

import pytest

from shared.domain.action import DeliveryStatus, Status
from shared.domain.retention import may_be_on_phone, purge_due, purged
from tests.unit.domain.facts import ADMIN, DAY, OVER, SECOND, action, attempt, finished

KEPT = OVER + 30 * DAY
SENT = replace(ADMIN, status=DeliveryStatus.SENT)


def test_a_purge_is_due_when_the_time_of_keeping_is_over():
    settled = finished(Status.DONE)

    assert not purge_due(settled, KEPT - SECOND)
    assert purge_due(settled, KEPT)


@pytest.mark.parametrize("changes", [{"lock_held": True}, {"purge_time": OVER}, {"purge_at": None}])
def test_no_purge_is_due_under_the_lock_a_second_time_or_without_a_time(changes):
    assert not purge_due(finished(Status.DONE, **changes), KEPT)


def test_a_purge_ends_the_mails_that_waited_for_the_passcode():
    after = purged(finished(Status.UNKNOWN, deliveries=(SENT, ADMIN)), KEPT)

    assert after.purge_time == KEPT
    assert [(d.status, d.reason) for d in after.deliveries] == [
        (DeliveryStatus.SENT, None),
        (DeliveryStatus.FAILED, "NOT_CURRENT"),
    ]


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        (action(attempt()), True),
        (action(attempt(), status=Status.ISSUED), True),
        (action(attempt(), status=Status.UNKNOWN), True),
        (finished(Status.DONE, attempt()), True),
        (action(), False),
        (finished(Status.EXPIRED), False),
        (finished(Status.FAILED, attempt()), False),
        (finished(Status.CANCELLED, attempt()), False),
        (finished(Status.DONE, attempt(), purge_time=OVER), False),
        (finished(Status.DONE, attempt(), purge_at=OVER), False),
    ],
)
def test_a_passcode_is_shown_while_it_may_be_on_the_phone(subject, shown):
    assert may_be_on_phone(subject, OVER) is shown
