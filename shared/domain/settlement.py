"""``settle``: the one function that derives status, lock and ``wake_at`` from the facts (domain layer).

No step of the protocol sets these three by itself, so no two steps can disagree. Everything here is pure.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.action import ENDS, NOTHING_RAN, TRANSITIONS, Action, Cause, Delivery, Reason, Recipient, Status
from shared.domain.lock import DeviceLock, Uncertain
from shared.domain.mailing import NOTICE_STATUSES
from shared.domain.operation import Outcome
from shared.domain.timing import GRACE
from shared.domain.wakeup import Quiet, next_wake


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person has to look at; logged with its code after the commit."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one commit makes true.

    Attributes:
        superseded: actions whose passcode this commit destroys.
        cause: what moved the status, None where it stayed.
    """

    action: Action
    lock: DeviceLock
    superseded: tuple[str, ...] = ()
    cause: Cause | None = None
    alerts: tuple[Alert, ...] = ()


def status_of(action: Action, now: datetime, *, looked: bool) -> Status:  # noqa: PLR0911  # a table of rules, one a line
    """Return the status that the facts amount to; the first rule that fits decides.

    Args:
        action: with all facts known so far.
        now: UTC.
        looked: AMAPI has just answered about every attempt without a result.
    """
    if action.status in NOTHING_RAN:
        return action.status
    if any(attempt.result is Outcome.OK for attempt in action.attempts):
        return Status.DONE
    if action.status in ENDS:
        return action.status
    unexplained = action.open_attempts
    if (unexplained and not looked) or not all(attempt.is_over(now) for attempt in unexplained):
        return Status.ISSUED if any(attempt.operation for attempt in action.attempts) else Status.PENDING
    if any(attempt.operation is None or attempt.gone for attempt in unexplained):
        return Status.UNKNOWN
    if unexplained:
        return Status.EXPIRED
    if action.refused or any(attempt.result is Outcome.ERROR for attempt in action.attempts):
        return Status.FAILED
    if action.cancel_time:
        return Status.CANCELLED
    if now >= action.expire_time or action.attempts:  # what is left of the attempts is void
        return Status.EXPIRED
    return Status.PENDING


def settle(
    action: Action,
    lock: DeviceLock,
    now: datetime,
    *,
    looked: bool = False,
    quiet: Quiet | None = None,
    ran: str | None = None,
) -> Settlement:
    """Derive status, lock and ``wake_at``.

    Safe to repeat: settling what is settled changes nothing but ``wake_at``.

    Args:
        action: the action with the facts of this step written in.
        lock: the lock of its device.
        now: UTC.
        looked: see ``status_of``.
        quiet: AMAPI's quiet time and how far this action's own look is spread behind it.
        ran: the operation that this step found to have been carried out, None where it found none.
    """
    status = status_of(action, now, looked=looked)
    cause = TRANSITIONS[action.status, status] if status is not action.status else None
    superseded: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()
    if cause:
        action = _enter(action, status, now)
    if cause and status is Status.DONE:
        superseded = lock.before(action.name)
        if lock.uncertain and lock.uncertain.time < action.create_time:
            lock = replace(lock, uncertain=None)
    if cause and status is Status.UNKNOWN:
        alerts += (Alert("OUTCOME_UNKNOWN", "it cannot be established whether the device changed its passcode"),)
    if action.lock_held:
        action, lock = _release(action, lock, now)
    else:
        # A copy of the newest reset sets the passcode that is shown anyway; one of an older reset replaced it.
        stray = cause is Cause.LATE_ACKNOWLEDGEMENT or (ran is not None and not lock.is_newest(action.name))
        action, lock, late = _late_work(action, lock, now, ran=ran, acknowledged=stray)
        alerts += late
    action = replace(action, wake_at=next_wake(action, now, quiet))
    return Settlement(action, lock, superseded, cause, alerts)


def _enter(action: Action, status: Status, now: datetime) -> Action:
    if status is Status.ISSUED:
        return replace(action, status=status, issue_time=action.issue_time or now)
    return replace(
        action,
        status=status,
        status_reason=_reason(action, status),
        complete_time=now,
        retry_at=None,
        notice=_notice(action, status),
        purge_at=_purge_at(action, now) if not action.lock_held else action.purge_at,
    )


def _reason(action: Action, status: Status) -> Reason | None:
    if status is Status.FAILED:
        errors = (attempt.error for attempt in action.attempts if attempt.error)
        return action.refused or next(errors, Reason("UNKNOWN"))
    if status is Status.EXPIRED:
        return Reason(_why_expired(action))
    if status is Status.UNKNOWN:
        return Reason("OUTCOME_UNKNOWN")
    return None


def _why_expired(action: Action) -> str:
    """Return whether AMAPI never said more, took a command that never ran, or never took one."""
    if action.open_attempts:
        return "NO_ANSWER"
    return "NOT_ONLINE_IN_TIME" if any(attempt.operation for attempt in action.attempts) else "NOT_SENT_IN_TIME"


def _notice(action: Action, status: Status) -> Delivery | None:
    """A reset that was not done is told to who asked for it; one that was cancelled was cancelled by a person."""
    if status in NOTICE_STATUSES:
        return Delivery(Recipient.ADMIN, action.actor, action.admin_locale)
    if action.notice and action.notice.pending:
        return action.notice.failed("NOT_CURRENT")
    return action.notice


def _purge_at(action: Action, complete_time: datetime) -> datetime:
    return complete_time + action.retention


def must_hold(action: Action, now: datetime) -> bool:
    """Tell whether another reset of the device must wait for this one."""
    return (
        not action.ended
        or deliveries_due(action)
        or not all(attempt.is_over(now) for attempt in action.attempts)
        or any(now < call.call_by + GRACE for delivery in action.deliveries for call in delivery.calls)
    )


def deliveries_due(action: Action) -> bool:
    """Tell whether a mail with the passcode is still to be sent."""
    return action.status is Status.DONE and any(delivery.pending for delivery in action.deliveries)


def _release(action: Action, lock: DeviceLock, now: datetime) -> tuple[Action, DeviceLock]:
    if must_hold(action, now):
        return action, lock
    assert action.complete_time is not None, "an action lets go only after it has ended"
    action = replace(action, lock_held=False, purge_at=_purge_at(action, action.complete_time))
    lock = replace(lock, holder=None)
    if action.status in NOTHING_RAN or (action.status is Status.EXPIRED and not action.attempts):
        lock = lock.without(action.name)  # its passcode surely never reached the phone
    return action, lock


def _late_work(
    action: Action, lock: DeviceLock, now: datetime, *, ran: str | None, acknowledged: bool
) -> tuple[Action, DeviceLock, tuple[Alert, ...]]:
    """Handle an action that has let go of the lock and turns out not to be over."""
    running = [attempt for attempt in action.attempts if not attempt.is_over(now)]
    due = deliveries_due(action)
    if not (running or due or acknowledged):
        return action, lock, ()
    if lock.is_newest(action.name) and (running or due):
        return replace(action, lock_held=True, purge_at=None), replace(lock, holder=action.name), ()
    action = replace(
        action,
        deliveries=tuple(d.failed("NOT_CURRENT") if due and d.pending else d for d in action.deliveries),
    )
    if lock.uncertain and lock.uncertain.action == action.name and not acknowledged:
        return action, lock, ()  # known to be running; when it has run, the mark has to outlive what began since
    told = [*running, *(attempt for attempt in action.attempts if attempt.result is Outcome.OK)]
    mark = Uncertain(action.name, now, ran or told[0].operation)
    alert = Alert("STRAY_COMMAND", "a command ran after its reset had been given up; the passcode is in doubt")
    return action, replace(lock, uncertain=mark), (alert,)
