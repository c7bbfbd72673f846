"""The decisions around mails: which is due, and what a provider's answer means (domain layer)."""

from dataclasses import replace
from datetime import datetime

from shared.domain.action import Action, Delivery, DeliveryStatus, MailCall, Status
from shared.domain.timing import CALL_LEASE, DELIVERY_LIMIT, GRACE, retry_delay

NOTICE_STATUSES = frozenset({Status.FAILED, Status.EXPIRED, Status.UNKNOWN})
"""Ends that the admin is told of by a mail without a passcode."""


def letters(action: Action) -> tuple[Delivery, ...]:
    """Return the mails of this action: those with the passcode, and the notice where there is one."""
    return (*action.deliveries, action.notice) if action.notice else action.deliveries


def may_leave(action: Action, delivery: Delivery) -> bool:
    """Tell whether this mail is still to be sent, now or later.

    A mail with the passcode leaves only under the lock, for then no other reset can have a command; a notice
    holds no passcode and needs no lock.
    """
    allowed = action.status in NOTICE_STATUSES if delivery is action.notice else _under_lock(action)
    return allowed and delivery.pending


def is_due(action: Action, delivery: Delivery, now: datetime) -> bool:
    """Tell whether this mail may be sent right now: nobody is sending it, and no wait is on."""
    waiting = delivery.retry_at is not None and now < delivery.retry_at
    return may_leave(action, delivery) and not waiting and not any(now < call.call_by for call in delivery.calls)


def _under_lock(action: Action) -> bool:
    return action.status is Status.DONE and action.lock_held


def any_due(action: Action, now: datetime) -> bool:
    """Tell whether ``notify`` has something to do."""
    return any(is_due(action, delivery, now) for delivery in letters(action))


def with_letter(action: Action, before: Delivery, after: Delivery) -> Action:
    """Return the action with one mail replaced."""
    if before is action.notice:
        return replace(action, notice=after)
    return replace(action, deliveries=tuple(after if d is before else d for d in action.deliveries))


def holder_of(action: Action, call_id: str) -> Delivery | None:
    """Return the mail that this call was written down for, None where it was struck out."""
    return next((d for d in letters(action) if any(call.id == call_id for call in d.calls)), None)


def claimed(delivery: Delivery, call_id: str, provider: str, now: datetime) -> Delivery:
    """Return the mail with a call written down; ``tries`` counts the calls."""
    call = MailCall(call_id, now + CALL_LEASE, provider)
    return replace(delivery, calls=(*delivery.calls, call), tries=delivery.tries + 1)


def _without(delivery: Delivery, call_id: str) -> Delivery:
    return replace(delivery, calls=tuple(call for call in delivery.calls if call.id != call_id))


def sent(delivery: Delivery, call_id: str, provider: str, now: datetime) -> Delivery:
    """A provider took it."""
    kept = _without(delivery, call_id)
    if not delivery.pending:
        return kept
    return replace(kept, status=DeliveryStatus.SENT, reason=None, provider=provider, send_time=now, retry_at=None)


def rejected(delivery: Delivery, call_id: str) -> Delivery:
    """The address was refused: final, whichever provider is asked."""
    kept = _without(delivery, call_id)
    return kept.failed("REJECTED") if delivery.pending else kept


def postponed(delivery: Delivery, call_id: str, now: datetime) -> Delivery:
    """It did not work, and the call took no effect: tried again later."""
    return replace(_without(delivery, call_id), retry_at=now + retry_delay(delivery.tries))


def unanswered(delivery: Delivery, call_id: str, now: datetime) -> Delivery:
    """Nobody knows: tried again later (then a second copy is possible, and counted).

    The call stays written down, with its lease over: what was handed to the network may still arrive, so the lock
    waits for it as for a call whose worker died.
    """
    calls = tuple(replace(c, call_by=min(c.call_by, now)) if c.id == call_id else c for c in delivery.calls)
    return replace(delivery, calls=calls, retry_at=now + retry_delay(delivery.tries))


def given_back(delivery: Delivery, call_id: str) -> Delivery:
    """The provider took nothing: the other one is tried at once."""
    return _without(delivery, call_id)


def aged(action: Action, now: datetime) -> Action:
    """End the mails that were tried for too long, and drop calls that can no longer be on their way."""
    for delivery in letters(action):
        kept = replace(delivery, calls=tuple(c for c in delivery.calls if now < c.call_by + GRACE))
        if kept.pending and _given_up(action, delivery, now):
            kept = kept.failed("GAVE_UP")
        if kept != delivery:
            action = with_letter(action, delivery, kept)
    return action


def _given_up(action: Action, delivery: Delivery, now: datetime) -> bool:
    # A mail with the passcode of an action that expired still waits for a late acknowledgement.
    mailing = action.status in NOTICE_STATUSES if delivery is action.notice else action.status is Status.DONE
    return mailing and action.complete_time is not None and now >= action.complete_time + DELIVERY_LIMIT
