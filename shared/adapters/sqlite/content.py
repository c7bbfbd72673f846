"""A document's fields as JSON text and back (adapter layer).

JSON knows neither times nor bytes: they become an object with one tagged key. A map that happens to look like that
is stored as a list of pairs, so that every map comes back as it was.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.services.ports import Fields

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_TIME, _BYTES, _PAIRS = "$time", "$bytes", "$pairs"


def ticks(moment: datetime) -> int:
    """Return whole microseconds since 1970 UTC: exact, and in the order of time."""
    return (moment - EPOCH) // TICK


def encode(fields: Fields) -> str:
    """Return the JSON text of checked fields."""
    return _JSON.encode(_tagged(dict(fields)))


def decode(text: str) -> dict[str, Any]:
    """Return the fields that ``encode`` was given; times as aware UTC, tuples as lists."""
    fields: dict[str, Any] = json.loads(text, object_hook=_untagged)
    return fields


def _tagged(value: Any) -> Any:
    match value:
        case str() | bool() | int() | float() | None:  # first, because nearly every value is one
            return value
        case dict():
            pairs = {key: _tagged(item) for key, item in value.items()}
            return {_PAIRS: list(pairs.items())} if any(key[0] == "$" for key in pairs) else pairs
        case datetime():
            return {_TIME: ticks(value)}
        case bytes():
            return {_BYTES: base64.b64encode(value).decode()}
        case _:
            return [_tagged(item) for item in value]


def _untagged(stored: dict[str, Any]) -> Any:
    match stored:
        case {"$time": time}:
            return EPOCH + time * TICK
        case {"$bytes": text}:
            return base64.b64decode(text)
        case {"$pairs": pairs}:
            return dict(pairs)
        case _:
            return stored
