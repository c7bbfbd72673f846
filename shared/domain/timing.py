"""The constants of the reset protocol, each with its reason (domain layer)."""

from datetime import datetime, timedelta

CALL_LEASE = timedelta(seconds=60)
"""How long a written-down call may still be on its way: all client timeouts of one call sum to at most 45 s."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far any of our clocks may be from true time."""

GRACE = 2 * CLOCK_SKEW + timedelta(minutes=5)
"""Two clocks, and five minutes for a frozen process or a packet on its way."""

RETRY_MINUTES = (1, 2, 4, 8, 10)
"""Minutes until the next attempt or mail; the last one repeats."""

LOOK_MIN, LOOK_MAX = timedelta(seconds=30), timedelta(minutes=30)
"""Bounds of the time to the next look at AMAPI, which names no polling interval: a half of the age."""

LATE_LOOK_MIN, LATE_LOOK_MAX = timedelta(hours=1), timedelta(hours=24)
"""Bounds of the time to the next look after the action has ended."""

LATE_LOOK_UNTIL = timedelta(days=7)
"""How long after its end an unexplained command is looked for: Pub/Sub keeps a notification no longer."""

MAX_ATTEMPTS = 10
"""Attempts without an answer; bounds the copies of a command on the phone. From then on only looks."""

DELIVERY_LIMIT = timedelta(hours=6)
"""How long mails are tried after the end. The lock is held meanwhile; the page shows the passcode at once."""

QUIET_THROTTLED = timedelta(seconds=60)
"""Silence after a 429: AMAPI counts its quota in windows of 100 s and wants at least 60 s."""

QUIET_UNAUTHORISED = timedelta(minutes=5)
"""Silence after 401 or 403: a revoked account needs a person, not more calls."""

QUIET_JITTER_S = 60.0
"""Spread after a quiet time, so that the flood does not return at once."""

QUIET_STEP = timedelta(seconds=30)
"""A quiet time is written only if it moves by more than this: at most one write per 30 s."""

REPUBLISH_MIN, REPUBLISH_MAX = timedelta(minutes=1), timedelta(minutes=10)
"""Bounds of the time until a message that had no effect is published again: a half of the age."""

COUNT_DELAY = timedelta(minutes=1)
"""An end is counted this much later, when its mails have left: counting is never in a mail's way."""

CANCEL_LOOK = timedelta(seconds=10)
"""An answered cancellation usually settles the command within seconds."""

MATCH_SLACK = CLOCK_SKEW
"""A matching operation may bear a time this much before the claim, which is of another clock."""

DURATION_JITTER_MAX_S = 300
DURATION_JITTER_SHARE = 0.05
"""A command's duration is shortened at random by at most 5 % and 300 s: it is the attempt's fingerprint."""

MIRROR_FRESH = timedelta(hours=24)
"""A mirrored device older than this is read afresh before its command is issued."""

MAX_LOCK_ACTIONS = 20
"""Actions a lock remembers; far more than can have a passcode that may still come on the phone."""


def clamp(value: timedelta, low: timedelta, high: timedelta) -> timedelta:
    """Return ``value`` moved into ``low``…``high``."""
    return max(low, min(value, high))


def retry_delay(tries: int) -> timedelta:
    """Return the wait after ``tries`` tries that did not work (1 = after the first)."""
    return timedelta(minutes=RETRY_MINUTES[min(max(tries, 1), len(RETRY_MINUTES)) - 1])


def next_look(since: datetime, now: datetime) -> datetime:
    """Return when to look at AMAPI next for something that began at ``since``."""
    return now + clamp((now - since) / 2, LOOK_MIN, LOOK_MAX)


def next_late_look(ended: datetime, now: datetime) -> datetime:
    """Return when to look next for a command that outlived its action: 1 h, doubling to 24 h."""
    return now + clamp(now - ended, LATE_LOOK_MIN, LATE_LOOK_MAX)
