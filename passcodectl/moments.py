"""Times and durations as people read and write them."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PART = re.compile(r"(\d{1,9})([smhd])")
_WHOLE = re.compile(r"(?:\d{1,9}[smhd])+")

THIS_YEAR = timedelta(days=300)
"""A moment nearer than this is told without its year, which nobody could take for another."""

ZONE_LENGTH = 5
"""Longer zone names (Windows spells them out) are told as an offset."""


def parse_duration(text: str) -> int:
    """Return the seconds of ``90s``, ``10m``, ``1h30m``, ``7d``, or of a bare number of seconds.

    Raises:
        ValueError: it is none of these.
    """
    told = text.strip().lower()
    if told.isascii() and told.isdigit():
        return int(told)
    if not _WHOLE.fullmatch(told):
        raise ValueError(f"{text!r} is no duration such as 90s, 10m, 24h or 7d.")
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(told))


def duration(seconds: float) -> str:
    """Return a duration in its two largest units: ``45 s``, ``10 min``, ``1 h 30 min``, ``7 d``."""
    left = round(seconds)
    told = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number:
            told.append(f"{number} {name}")
    return " ".join(told[:2]) or "0 s"


def parse_time(text: object) -> datetime | None:
    """Return the moment of an RFC 3339 text, None where there is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def typed_time(text: str) -> str:
    """Return RFC 3339 for ``2026-11-23``, ``2026-11-23T21:40`` (of this place, as all times are told) or RFC 3339.

    Raises:
        ValueError: it is none of these.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.astimezone()).isoformat()
    except (ValueError, OverflowError) as fault:  # the calendar's first and last day may not exist here
        raise ValueError(f"{text!r} is no time such as 2026-11-23 or 2026-11-23T21:40.") from fault


def now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


def ago(text: object, at: datetime | None = None) -> str:
    """Return how long an RFC 3339 text is past, in one unit: ``9 min ago``; ``-`` where there is none."""
    moment = parse_time(text)
    if moment is None:
        return "-"
    seconds = max(0.0, ((at or now()) - moment).total_seconds())
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {name} ago"
    return "now"


def local(text: object, at: datetime | None = None) -> str:
    """Return an RFC 3339 text as local time with its zone, ``23 Nov 21:40 CET``; ``-`` where there is none."""
    moment = parse_time(text)
    if moment is None:
        return "-"
    here = moment.astimezone()
    near = abs((at or now()) - moment) < THIS_YEAR
    zone = here.tzname() or ""
    zone = zone if len(zone) <= ZONE_LENGTH else here.strftime("%z")
    return f"{here:%d %b %H:%M} {zone}" if near else f"{here:%d %b %Y %H:%M} {zone}"
