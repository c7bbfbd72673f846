"""What resets amount to, a day at a time: how each is counted, and the figures that come out (domain layer).

An action is counted under its UTC day of creation. It remembers, as a short code, how it was counted last; so the
same action is never counted twice, and one whose outcome changes is moved. Nothing of the protocol depends on this.
"""

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from enum import StrEnum

from shared.domain.action import Action, Delivery, DeliveryStatus, Status
from shared.domain.mailing import letters
from shared.domain.resource_names import enterprise_of, id_of


class Bucket(StrEnum):
    """Where a reset is counted; both statuses before the end are ``OPEN``."""

    OPEN = "OPEN"
    DONE = "DONE"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


NOT_DONE = (Bucket.FAILED, Bucket.EXPIRED, Bucket.CANCELLED, Bucket.UNKNOWN)
"""Ends at which the device has not confirmed."""


class Need(StrEnum):
    """Why somebody should look at a reset, the most urgent first."""

    UNKNOWN = "UNKNOWN"
    MAIL = "MAIL"
    WAITING = "WAITING"


POINTLESS = "NOT_CURRENT"
"""The one failure of a mail that leaves nobody untold: a newer reset replaced the passcode."""

MAX_NAMED = 200
"""Actions a day's document names as needing a look: 10 kB at most, and far more than the five that are shown."""

BAR_EDGES_S = (5.0, 30.0, 300.0, 3600.0, 86_400.0)
"""Where the six bars of the time to confirmation meet: a phone at hand, in a pocket, asleep, away, switched off."""

_FINEST_S, _LONGEST_S = 0.1, 3_456_000.0
"""0.1 s to 40 days: a reset is tried for 30 days at most, and told within a week after that at the latest."""

_RATIO = 1.15
"""Upper to lower edge of a time bin at most: any value in a bin is within 8 % of its geometric middle."""


def _edges() -> tuple[float, ...]:
    """Return the upper edges of the time bins, log-spaced between each two edges of bars."""
    found = [_FINEST_S]
    for low, high in zip((_FINEST_S, *BAR_EDGES_S), (*BAR_EDGES_S, _LONGEST_S), strict=True):
        steps = math.ceil(math.log(high / low) / math.log(_RATIO))
        found += [low * (high / low) ** (step / steps) for step in range(1, steps)] + [high]
    return tuple(found)


TIME_EDGES_S = _edges()
"""Upper edge of each time bin in seconds, inclusive; one more bin holds all above.

Documents name bins by their place in this tuple: it must never change.
"""

_CODE = re.compile(r"[A-Z0-9_]{1,60}")


@dataclass(frozen=True, slots=True)
class Tally:
    """How an action is counted.

    Attributes:
        detail: the time bin of a reset that is done, else the code of its reason, "" where there is none.
        need: why somebody should look at it, None where nobody need.
    """

    bucket: Bucket
    detail: str = ""
    need: Need | None = None

    @property
    def code(self) -> str:
        """The tally as text, for the action to remember."""
        return f"{self.bucket.value}:{self.detail}:{self.need.value if self.need else ''}"

    @classmethod
    def parse(cls, code: str) -> "Tally":
        """Return the tally of a code; ValueError for text that is none."""
        bucket, detail, need = code.split(":")
        return cls(Bucket(bucket), detail, Need(need) if need else None)


def tally_of(action: Action) -> Tally:
    """Return how an action counts as it stands."""
    if action.complete_time is None:
        return Tally(Bucket.OPEN, need=Need.WAITING)
    if action.status is Status.UNKNOWN:
        return Tally(Bucket.UNKNOWN, _reason(action), Need.UNKNOWN)
    need = Need.MAIL if undelivered(action) else None
    if action.status is Status.DONE:
        took_s = (action.complete_time - action.create_time).total_seconds()
        return Tally(Bucket.DONE, str(time_bin(took_s)), need)
    return Tally(Bucket(action.status.value), _reason(action), need)


def undelivered(action: Action) -> tuple[Delivery, ...]:
    """Return the mails that failed in a way that leaves somebody untold."""
    failed = (letter for letter in letters(action) if letter.status is DeliveryStatus.FAILED)
    return tuple(letter for letter in failed if letter.reason != POINTLESS)


def is_counted(action: Action) -> bool:
    """Tell whether an action was last counted as it stands now."""
    return action.counted == tally_of(action).code


def day_of(action: Action) -> date:
    """Return the UTC day under which an action is counted."""
    return action.create_time.astimezone(UTC).date()


def _reason(action: Action) -> str:
    """Return the code of the reason; one that AMAPI worded in some other way counts as ``OTHER``."""
    if action.status_reason is None:
        return ""
    return action.status_reason.code if _CODE.fullmatch(action.status_reason.code) else "OTHER"


def time_bin(seconds: float) -> int:
    """Return the place of a time in the histogram."""
    return bisect_left(TIME_EDGES_S, seconds)


@dataclass(frozen=True, slots=True)
class Figures:
    """The document ``enterprises/{e}/days/{YYYY-MM-DD}``, and the sum of several.

    Attributes:
        counts: resets by bucket.
        reasons: those not done, by ``{bucket}:{code}``.
        times: those done, by the place of their time bin (see ``TIME_EDGES_S``).
        needing: by action id, why somebody should look at it.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    needing: Mapping[str, str] = field(default_factory=dict)
    revision: int = 1

    def of(self, *buckets: Bucket) -> int:
        """Return how many resets are in these buckets."""
        return sum(self.counts.get(bucket, 0) for bucket in buckets)

    @property
    def total(self) -> int:
        """All resets."""
        return self.of(*Bucket)

    def moved(self, action_name: str, before: Tally | None, after: Tally) -> "Figures":
        """Return the figures after an action that counted as ``before`` (None = not at all) counts as ``after``."""
        figures = _added(self, before, -1) if before else self
        return replace(_added(figures, after, 1), needing=_noted(self.needing, id_of(action_name), after.need))


def _added(figures: Figures, tally: Tally, step: int) -> Figures:
    counts = _stepped(figures.counts, tally.bucket.value, step)
    if tally.bucket is Bucket.DONE:
        return replace(figures, counts=counts, times=_stepped(figures.times, tally.detail, step))
    if tally.bucket is Bucket.OPEN:
        return replace(figures, counts=counts)
    key = f"{tally.bucket.value}:{tally.detail}"
    return replace(figures, counts=counts, reasons=_stepped(figures.reasons, key, step))


def _stepped(counts: Mapping[str, int], key: str, step: int) -> dict[str, int]:
    moved = {**counts, key: counts.get(key, 0) + step}
    return {name: count for name, count in moved.items() if count > 0}


def _noted(needing: Mapping[str, str], action_id: str, need: Need | None) -> dict[str, str]:
    others = {name: known for name, known in needing.items() if name != action_id}
    if need is None or len(others) >= MAX_NAMED:
        return others
    return {**others, action_id: need.value}


def total_of(days: Iterable[Figures]) -> Figures:
    """Return the sum of several days; who needs a look is left to the days themselves."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for day in days:
        counts.update(day.counts)
        reasons.update(day.reasons)
        times.update(day.times)
    return Figures(dict(counts), dict(reasons), dict(times))


def percentile_s(times: Mapping[str, int], share: float) -> float | None:
    """Return the time in seconds within which ``share`` (0…1) of the resets were confirmed, None for no resets.

    Right to within one bin, so to 15 %, and to 8 % as a rule: inside a bin the times are taken as log-even.
    """
    rank = share * sum(times.values())
    below = 0
    for place, count in sorted((int(place), count) for place, count in times.items()):
        if below + count >= rank:
            return _inside(place, (rank - below) / count)
        below += count
    return None


def _inside(place: int, share: float) -> float:
    if place >= len(TIME_EDGES_S):
        return TIME_EDGES_S[-1]
    if place == 0:
        return TIME_EDGES_S[0] * share
    low, high = TIME_EDGES_S[place - 1], TIME_EDGES_S[place]
    return low * math.pow(high / low, share)


def bars_of(times: Mapping[str, int]) -> tuple[int, ...]:
    """Return how many resets fall into each of the six bars (see ``BAR_EDGES_S``)."""
    counts = [0] * (len(BAR_EDGES_S) + 1)
    for place, count in times.items():
        counts[bisect_left(_BAR_PLACES, int(place))] += count
    return tuple(counts)


_BAR_PLACES = tuple(TIME_EDGES_S.index(edge) for edge in BAR_EDGES_S)
"""The last time bin of each bar but the last."""


def place_of(action: Action) -> tuple[str, date]:
    """Return enterprise name and UTC day: which document counts an action."""
    return enterprise_of(action.name), day_of(action)
