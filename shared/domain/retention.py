"""The end of a passcode: when its age destroys it, and who may still read it (domain layer)."""

from dataclasses import replace
from datetime import datetime

from shared.domain.action import NOTHING_RAN, Action


def purge_due(action: Action, now: datetime) -> bool:
    """Tell whether the passcode is to be destroyed now: the lock is free and the time of keeping is over."""
    return (
        not action.lock_held
        and action.purge_time is None
        and action.purge_at is not None
        and now >= action.purge_at
    )


def purged(action: Action, now: datetime) -> Action:
    """Return the action without a passcode; mails that still waited for it end."""
    deliveries = tuple(d.failed("NOT_CURRENT") if d.pending else d for d in action.deliveries)
    return replace(action, purge_time=now, deliveries=deliveries)


def may_be_on_phone(action: Action, now: datetime) -> bool:
    """Tell whether the passcode may be shown, as far as the action knows.

    It was sent at least once, is not known to have been refused, and its time of keeping is not over. Whether it
    was replaced since is told by its own document.
    """
    kept = action.purge_time is None and (action.purge_at is None or now < action.purge_at)
    return kept and bool(action.attempts) and action.status not in NOTHING_RAN
