"""The decisions around ``issueCommand``: may it be called, and what does its answer mean (domain layer).

A call is written down before it is made and struck out only when its answer proves that nothing was sent or taken.
"""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.action import Action, Attempt, Reason
from shared.domain.operation import Operation
from shared.domain.timing import (
    CALL_LEASE,
    DURATION_JITTER_MAX_S,
    DURATION_JITTER_SHARE,
    GRACE,
    retry_delay,
)
from shared.domain.wakeup import may_ever_claim


def may_claim(action: Action, now: datetime, quiet_until: datetime | None) -> bool:
    """Tell whether an attempt may be written down right now (rights and passcode are judged elsewhere)."""
    return (
        may_ever_claim(action, now)
        and not any(attempt.is_live(now) for attempt in action.attempts)
        and (action.retry_at is None or now >= action.retry_at)
        and (quiet_until is None or now >= quiet_until)
    )


def must_look_first(action: Action, now: datetime) -> bool:
    """Tell whether an earlier call is unexplained: AMAPI's list is read before anything is sent again."""
    return any(a.operation is None and not a.is_live(now) for a in action.open_attempts)


def new_attempt(action: Action, now: datetime, attempt_id: str, rng: random.Random) -> Attempt | None:
    """Return the attempt to write down, None where too little of the validity is left for a command.

    Its duration keeps every command inside the action's one validity and differs from all before it.
    """
    left_s = (action.expire_time - now).total_seconds()
    duration_s = int(left_s - rng.uniform(0, min(DURATION_JITTER_MAX_S, left_s * DURATION_JITTER_SHARE)))
    if action.attempts:
        duration_s = min(duration_s, min(attempt.duration_s for attempt in action.attempts) - 1)
    if duration_s < 1:
        return None
    call_by = now + CALL_LEASE
    over_at = call_by + timedelta(seconds=duration_s) + GRACE
    return Attempt(attempt_id, now, call_by, duration_s, over_at)


def claimed(action: Action, attempt: Attempt) -> Action:
    """Return the action with an attempt written down, before its call is made."""
    return replace(action, attempts=(*action.attempts, attempt))


def with_operation(attempt: Attempt, operation: Operation) -> Attempt:
    """Return the attempt with its operation known; AMAPI's own create time then bounds its life."""
    begun = operation.create_time or attempt.call_by
    over_at = begun + timedelta(seconds=attempt.duration_s) + GRACE
    return replace(attempt, operation=operation.name, over_at=over_at)


def accepted(action: Action, attempt: Attempt, operation: Operation) -> Action:
    """AMAPI answered with an operation; whether it is done is left to ``operations.get``."""
    return replace(action.with_attempt(with_operation(attempt, operation)), retry_at=None, issue_tries=0)


def refused(action: Action, reason: Reason, attempt: Attempt | None = None) -> Action:
    """AMAPI, or our own check, said no for good."""
    kept = action.without_attempt(attempt.id) if attempt else action
    return replace(kept, refused=reason, retry_at=None)


def not_sent(action: Action, attempt: Attempt, now: datetime) -> Action:
    """The call provably never left: struck out, tried again later."""
    tries = action.issue_tries + 1
    kept = action.without_attempt(attempt.id)
    return replace(kept, issue_tries=tries, retry_at=now + retry_delay(tries))


def held_back(action: Action, attempt: Attempt, retry_at: datetime) -> Action:
    """AMAPI wants quiet (429, 401, 403): struck out and not counted."""
    return replace(action.without_attempt(attempt.id), retry_at=retry_at)


def ambiguous(action: Action, attempt: Attempt, now: datetime) -> Action:
    """The call may have been taken: the attempt stays, its lease is over, AMAPI's list is read next."""
    tries = action.issue_tries + 1
    kept = action.with_attempt(replace(attempt, call_by=now))
    return replace(kept, issue_tries=tries, retry_at=now + retry_delay(tries))


def stop_sent(action: Action, attempts: tuple[Attempt, ...], now: datetime) -> Action:
    """AMAPI was asked to cancel these attempts' commands."""
    for attempt in attempts:
        action = action.with_attempt(replace(attempt, cancel_sent=now))
    return action
