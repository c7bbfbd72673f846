"""The text form of "where the last page ended", the same for every store (service layer).

A cursor holds the sort key and the id of the last document shown, and a checksum over these and over the query it
belongs to: enterprise, filters and order. So a cursor that was cut, edited or carried over to another query is
refused instead of showing wrong rows. It is no capability and needs no key: the enterprise comes from the request,
never from the cursor, and a forged one only starts the same list elsewhere.

The sort key can be a user's name: like the search text of the same page, it is visible to whoever sees the URL.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.domain.errors import RejectedError
from shared.domain.resource_names import ID_PATTERN

SortKey = str | datetime | None
"""What a list is ordered by: text, a time, or None where the name alone orders it."""

_CHECK_BYTES = 12  # 2**-96: chance never passes for a cursor, and the text stays short
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an ordered list: the sort key (UTC microseconds for times) and the document's id."""

    key: SortKey
    document_id: str


def encode(query: object, position: Position) -> str:
    """Return the URL-safe cursor of a position; ``query`` is whatever tells this query from all others by repr."""
    key = position.key
    stored = [(key - _EPOCH) // _TICK] if isinstance(key, datetime) else key
    body = json.dumps([stored, position.document_id], ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_check(query, body) + body).rstrip(b"=").decode()


def decode(query: object, cursor: str) -> Position:
    """Return the position that ``encode`` wrote for the same query.

    Raises:
        RejectedError: ``INVALID_PAGE_TOKEN`` (ack): it is not a cursor of this query.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key, document_id = json.loads(_checked_body(query, raw))
        return Position(_sort_key(key), _id(document_id))
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise RejectedError("INVALID_PAGE_TOKEN", "This page token does not belong to this list.") from error


def _check(query: object, body: bytes) -> bytes:
    return hashlib.sha256(repr(query).encode() + b"\0" + body).digest()[:_CHECK_BYTES]


def _checked_body(query: object, raw: bytes) -> bytes:
    body = raw[_CHECK_BYTES:]
    if raw[:_CHECK_BYTES] != _check(query, body):
        raise ValueError("checksum")
    return body


def _sort_key(stored: object) -> SortKey:
    match stored:
        case None | str():
            return stored
        case [int(ticks)]:
            return _EPOCH + ticks * _TICK
        case _:
            raise ValueError("sort key")


def _id(stored: object) -> str:
    if not isinstance(stored, str) or not ID_PATTERN.fullmatch(stored):
        raise ValueError("id")
    return stored
