"""How often people may reset and read: exact sliding windows (domain layer).

A window is a document with the moments that count. Whoever adds one commits it together with what it allows, on the
version read, so that any number of requests at once cannot pass together.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

PERSON_WINDOW = timedelta(minutes=10)
"""Long enough that a script notices, short enough that a person on the phone with somebody can wait."""

ENTERPRISE_WINDOW = timedelta(hours=1)
"""The breaker of a mass reset: it leaves time to notice before a whole fleet is locked."""

MAX_MOMENTS = 1_000
"""Most moments that a window remembers, whatever the limit says: 20 kB in a document of at most 1 MiB."""


@dataclass(frozen=True, slots=True)
class Window:
    """What counts within one window, oldest first (UTC)."""

    moments: tuple[datetime, ...] = ()
    revision: int = 0

    def wait(self, most: int, span: timedelta, now: datetime) -> timedelta | None:
        """Return how long one more has to wait, None where it may be now.

        Args:
            most: how many fit; 0 or less sets no limit.
            span: length of the window.
            now: UTC.
        """
        recent = self._recent(span, now)
        limit = min(most, MAX_MOMENTS)
        if limit <= 0 or len(recent) < limit:
            return None
        return max(recent[-limit] + span - now, timedelta(seconds=1))

    def with_one(self, span: timedelta, now: datetime) -> "Window":
        """Return the window with one more; what has left it is forgotten."""
        recent = tuple(sorted((*self._recent(span, now), now)))[-MAX_MOMENTS:]
        return replace(self, moments=recent, revision=self.revision + 1)

    def _recent(self, span: timedelta, now: datetime) -> tuple[datetime, ...]:
        """Return what counts at ``now``, in order; clocks that disagree may have written it in another.

        A moment more than a whole window ahead is of a clock that was wrong: it must not bar people until it comes.
        """
        return tuple(sorted(moment for moment in self.moments if now - span < moment <= now + span))
