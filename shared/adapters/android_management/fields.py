"""Tolerant readers of proto JSON: a field that is missing or of a wrong type reads as empty (adapter layer).

A device record is the sum of what many vendors' phones report. One odd field must not cost the device, and one
odd device must not cost its page, so nothing here raises.

Source: the discovery document of AMAPI v1 (formats int32, int64 as string, google-duration, google-datetime).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]

_LARGEST = 10**18 - 1
"""Far beyond any sensible number, and within the 64 bits that a store takes."""
_HALF = re.compile("[\ud800-\udfff]")
"""Half characters: JSON can spell them, no store takes them."""
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_DURATION = re.compile(r"(\d{1,12})(?:\.0{1,9})?s", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def text(raw: Json, key: str) -> str:
    """Return the string, "" where there is none; what is no whole character in it is replaced."""
    value = raw.get(key)
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else ""


def integer(raw: Json, key: str) -> int:
    """Return the number, also where it is written as a string (int64 is), 0 where there is none.

    A number beyond all sense stays large, so that an absurd minimum is never taken for none.
    """
    value = raw.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-_LARGEST, min(value, _LARGEST))
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return 0


def flag(raw: Json, key: str) -> bool | None:
    """Return the boolean, None where it was not reported: absent and false differ."""
    value = raw.get(key)
    return value if isinstance(value, bool) else None


def part(raw: Json, key: str) -> Json:
    """Return the nested object, an empty one where there is none."""
    value = raw.get(key)
    return value if isinstance(value, Mapping) else {}


def parts(raw: Json, key: str) -> list[Json]:
    """Return the objects of a list; entries of another type are left out."""
    value = raw.get(key)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def texts(raw: Json, key: str) -> tuple[str, ...]:
    """Return the strings of a list; entries of another type are left out."""
    value = raw.get(key)
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()


def when(raw: Json, key: str) -> datetime | None:
    """Return an RFC 3339 time as aware UTC, to the microsecond; None where it is missing or no such time."""
    value = text(raw, key)
    if not _TIMESTAMP.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def seconds(raw: Json, key: str) -> int | None:
    """Return a ``google-duration`` of whole seconds (``"86400s"``); None where it is missing or not whole."""
    match = _DURATION.fullmatch(text(raw, key))
    return int(match.group(1)) if match else None
