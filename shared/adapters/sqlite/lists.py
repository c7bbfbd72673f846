"""The ordered lists that a document stands in: the index of the embedded store (adapter layer).

Each named query, with each mix of its filters, is a list of (sort key, name) that the store keeps in order. A
query is then one range of one list, whatever the filters are and however many documents there are. An action
stands in at most nine lists, a device in three and in three more for each of its search terms (some 66).

A list's id is a digest of what defines it: short, and of one length.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Any

from shared.adapters.sqlite.content import ticks
from shared.domain.resource_names import id_of
from shared.services.documents import collection_of
from shared.services.page_cursor import SortKey
from shared.services.ports import FILTERED_BY, SORT_FIELDS, Fields

Key = str | int
"""Text as it is, times in microseconds since 1970."""

Entry = tuple[bytes, Key, str]
"""List id, sort key, and the document's name as far as the list does not imply it: most of the file is entries."""

_LISTED_FIELDS = {
    "enterprises": (),
    "events": (),
    "actions": ("wake_at", "create_time", *FILTERED_BY),
    "devices": ("search", *SORT_FIELDS.values()),
}
_ID_BYTES = 16  # two lists would mix by chance once in 2**64 lists
_BY_NAME = ""  # the sort key of lists that the name alone orders


def list_id(*parts: str | None) -> bytes:
    """Return the id of a list: the query's word, the parent, and the value of each filter (None = not filtered)."""
    plain = [part if part is None else str(part) for part in parts]  # an enum member prints unlike its text
    return hashlib.blake2b(repr(plain).encode(), digest_size=_ID_BYTES).digest()


def due_list() -> bytes:
    """All actions that wait for a time, over all enterprises."""
    return list_id("due")


def enterprise_list() -> bytes:
    """All enterprises."""
    return list_id("enterprises")


def action_list(enterprise: str, device_name: str | None, status: str | None, actor: str | None) -> bytes:
    """Actions of an enterprise, under that mix of filters."""
    return list_id("actions", enterprise, device_name, status, actor)


def event_list(action: str) -> bytes:
    """Events of an action."""
    return list_id("events", action)


def device_list(enterprise: str, term: str | None, word: str) -> bytes:
    """Devices of an enterprise, under that search term, by that order."""
    return list_id("devices", enterprise, term, word)


def key_of(value: Any) -> Key | None:
    """Return the sort key of a field's value; None where it has none and so stands in no list."""
    match value:
        case datetime():
            return ticks(value)
        case str():
            return str(value)
        case _:
            return None


def position_key(value: SortKey) -> Key:
    """Return the sort key of a page's end; lists that the name alone orders have one key for all."""
    key = key_of(value)
    return _BY_NAME if key is None else key


def moves(name: str, before: Fields | None, after: Fields | None) -> tuple[set[Entry], set[Entry]]:
    """Return the entries that a document leaves and those that it enters; None where it does not exist."""
    _, collection = collection_of(name)
    listed = _LISTED_FIELDS.get(collection)
    if listed is None:
        return set(), set()
    if before is not None and after is not None and all(before.get(field) == after.get(field) for field in listed):
        return set(), set()  # nearly every update: do not list a device's terms twice to find no difference
    old, new = _entries(name, before), _entries(name, after)
    return old - new, new - old


def _entries(name: str, fields: Fields | None) -> set[Entry]:
    if fields is None:
        return set()
    parent, collection = collection_of(name)
    across = {(which, key_of(value), name) for which, value in _across(collection, fields)}
    within = {(which, key_of(value), id_of(name)) for which, value in _within(parent, collection, fields)}
    return {(which, key, shown) for which, key, shown in across | within if key is not None}


def _across(collection: str, fields: Fields) -> Iterator[tuple[bytes, Any]]:
    """Yield lists over all enterprises, which hold full names."""
    match collection:
        case "enterprises":
            yield enterprise_list(), _BY_NAME
        case "actions":
            yield due_list(), fields.get("wake_at")


def _within(parent: str, collection: str, fields: Fields) -> Iterator[tuple[bytes, Any]]:
    """Yield lists of one parent's collection, which hold ids."""
    match collection:
        case "events":
            yield event_list(parent), _BY_NAME
        case "actions":
            # One list for each mix of filters that the action has a value for.
            for device_name, status, actor in product(*({None, fields.get(field)} for field in FILTERED_BY)):
                yield action_list(parent, device_name, status, actor), fields.get("create_time")
        case "devices":
            for word, term in product(SORT_FIELDS, dict.fromkeys([None, *(fields.get("search") or ())])):
                yield device_list(parent, term, word), fields.get(SORT_FIELDS[word])
