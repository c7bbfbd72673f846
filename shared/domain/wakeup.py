"""When the timer has to look at an action again (domain layer).

The earliest of all reasons wins. Messages and notifications only make things happen sooner: an action with work
left always has a ``wake_at``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.action import Action, Attempt, Delivery, Status
from shared.domain.statistics import is_counted
from shared.domain.timing import (
    CANCEL_LOOK,
    COUNT_DELAY,
    DELIVERY_LIMIT,
    GRACE,
    LATE_LOOK_UNTIL,
    MAX_ATTEMPTS,
    REPUBLISH_MAX,
    REPUBLISH_MIN,
    clamp,
    next_late_look,
    next_look,
)


@dataclass(frozen=True, slots=True)
class Quiet:
    """AMAPI's quiet time: no call before ``until``; this action's own comes ``spread`` later.

    Attributes:
        kept: a look was due and not made for it: it is made then, and not only after the next interval.
    """

    until: datetime
    spread: timedelta = timedelta(0)
    kept: bool = False


def may_ever_claim(action: Action, now: datetime) -> bool:
    """Tell whether another attempt is possible, now or later."""
    return (
        action.status is Status.PENDING
        and action.cancel_time is None
        and action.refused is None
        and now < action.expire_time
        and len(action.attempts) < MAX_ATTEMPTS
        and not any(attempt.operation for attempt in action.attempts)
    )


def next_wake(action: Action, now: datetime, quiet: Quiet | None) -> datetime | None:
    """Return when there is something to do next, None when nothing is left."""
    own = list(_own_times(action, now))
    amapi = list(_amapi_times(action, now))
    if quiet and quiet.until > now:
        after = quiet.until + quiet.spread
        amapi = [after if quiet.kept else max(time, after) for time in amapi]
    return min(own + amapi, default=None)


def _amapi_times(action: Action, now: datetime) -> Iterator[datetime]:
    """Yield the times at which AMAPI is asked something."""
    if may_ever_claim(action, now) and not any(attempt.is_live(now) for attempt in action.attempts):
        yield _later(action.retry_at or action.create_time + REPUBLISH_MIN, action.create_time, now)
    if action.stop_wanted(now):
        yield now
    for attempt in action.open_attempts:
        if not attempt.is_live(now):
            yield from _look_times(action, attempt, now)


def _look_times(action: Action, attempt: Attempt, now: datetime) -> Iterator[datetime]:
    if action.ended and attempt.is_over(now):
        look = next_late_look(action.complete_time or attempt.over_at, now)
        if look < attempt.over_at + LATE_LOOK_UNTIL:
            yield look
        return
    if attempt.cancel_sent and attempt.cancel_sent + CANCEL_LOOK > now:
        yield attempt.cancel_sent + CANCEL_LOOK
    if attempt.operation is None and action.retry_at and action.retry_at > now:
        yield action.retry_at
    else:
        yield next_look(attempt.cancel_sent or attempt.claim_time, now)
    if attempt.over_at > now:
        yield attempt.over_at


def _own_times(action: Action, now: datetime) -> Iterator[datetime]:
    """Yield the times at which only our own documents are concerned."""
    if not action.ended and action.expire_time > now:
        yield action.expire_time
    yield from (attempt.call_by for attempt in action.open_attempts if attempt.is_live(now))
    for delivery in action.deliveries:
        if action.status is Status.DONE and delivery.pending:
            yield _mail_time(action, delivery, now)
        yield from (call.call_by + GRACE for call in delivery.calls)
    if action.notice and action.notice.pending:
        yield _mail_time(action, action.notice, now)
    if not action.lock_held and action.purge_at and action.purge_time is None:
        yield action.purge_at
    if action.complete_time and not is_counted(action):
        yield _later(action.complete_time + COUNT_DELAY, action.complete_time, now)


def _mail_time(action: Action, delivery: Delivery, now: datetime) -> datetime:
    assert action.complete_time is not None, "mails are due only after the end"
    waits = [call.call_by for call in delivery.calls]
    if delivery.retry_at:
        waits.append(delivery.retry_at)
    due = max(waits, default=action.complete_time + REPUBLISH_MIN)
    return min(_later(due, action.complete_time, now), max(action.complete_time + DELIVERY_LIMIT, now))


def _later(due: datetime, since: datetime, now: datetime) -> datetime:
    """Return ``due``, or, where that has passed without effect, a time that lies further off each time."""
    return due if due > now else now + clamp((now - since) / 2, REPUBLISH_MIN, REPUBLISH_MAX)
