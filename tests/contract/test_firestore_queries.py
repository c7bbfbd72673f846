"""Every query that leaves the Firestore store is in the table, and the derived indexes answer it.

The emulator enforces no index, so the requests themselves are looked at.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from shared.adapters.firestore import FirestoreStore
from shared.adapters.firestore.queries import (
    CompositeIndex,
    FieldOverride,
    composite_indexes,
    field_overrides,
)
from shared.services.page_cursor import Position, encode
from shared.services.ports import ActionFilter, DeviceQuery, PageRequest
from tests.contract.scripted_firestore import scripted_firestore

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = "enterprises/LC0"
ORDERS = ["user", "-user", "model", "-model", "seen", "-seen"]
DIRECTIONS = {1: "ASCENDING", 2: "DESCENDING"}
EQUAL, CONTAINS, IN = 5, 7, 8

ACTION_FILTERS = [
    ActionFilter(*mix)
    for mix in product(
        (None, "d", ("d", "e")),
        (None, "DONE", ("PENDING", "ISSUED")),
        (None, "a@example.com"),
        (None, NOON),
        (None, NOON),
    )
]
DEVICE_QUERIES = [DeviceQuery(term, order) for term, order in product((None, "p"), ORDERS)]


def first_and_later(query: Any, key: str | datetime | None) -> list[PageRequest]:
    return [PageRequest(10), PageRequest(10, encode(query, Position(key, "x")))]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The structured query of every request that the store can make."""
    with scripted_firestore() as (server, address):
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", address)
        store = FirestoreStore("p", "passcodes")
        store.due_actions(NOON, 5)
        store.enterprises()
        for page in first_and_later(("events", f"{HERE}/actions/a"), None):
            store.events(f"{HERE}/actions/a", page)
        for where in ACTION_FILTERS:
            for page in first_and_later(("actions", HERE, where), NOON):
                store.actions(HERE, where, page)
        for query in DEVICE_QUERIES:
            for page in first_and_later(("devices", HERE, query), NOON if "seen" in query.order else "ann"):
                store.devices(HERE, query, page)
        store.close()
        yield [request.structured_query for request in server.requests]


def filters_of(query: Any) -> list[tuple[str, int]]:
    where = query.where
    several = where.composite_filter.filters
    return [(one.field_filter.field.field_path, int(one.field_filter.op)) for one in several or [where]]


def needed(query: Any) -> tuple[set[CompositeIndex], set[FieldOverride]]:
    """Return the indexes without which production refuses the query, by Firestore's rules."""
    (source,) = query.from_
    order = query.order_by[0].field.field_path
    direction = DIRECTIONS[query.order_by[0].direction]
    filters = filters_of(query)
    equal = [(field, "ASCENDING") for field, operator in filters if operator in {EQUAL, IN}]
    contains = [(field, "CONTAINS") for field, operator in filters if operator == CONTAINS]
    assert {field for field, operator in filters if operator not in {EQUAL, CONTAINS, IN}} <= {order, ""}
    if equal or contains:
        assert not source.all_descendants
        return {CompositeIndex(source.collection_id, (one, (order, direction))) for one in equal + contains}, set()
    if order == "__name__":
        return set(), set()
    scope = "COLLECTION_GROUP" if source.all_descendants else "COLLECTION"
    return set(), {FieldOverride(source.collection_id, order, ((scope, direction),))}


def test_the_indexes_are_exactly_those_that_the_queries_need(sent: list[Any]) -> None:
    composite: set[CompositeIndex] = set()
    single: set[FieldOverride] = set()
    for query in sent:
        composites, singles = needed(query)
        composite |= composites
        single |= singles
    assert composite == set(composite_indexes())
    given = {
        FieldOverride(override.collection, override.field, (index,))
        for override in field_overrides()
        for index in override.indexes
    }
    assert single == given


def test_every_query_but_that_of_enterprises_is_bounded_and_ordered_by_name_last(sent: list[Any]) -> None:
    assert len(sent) == 2 + 2 + 2 * len(ACTION_FILTERS) + 2 * len(DEVICE_QUERIES)
    for query in sent:
        (source,) = query.from_
        assert (query.limit is None) == (source.collection_id == "enterprises")
        last = query.order_by[-1]
        assert last.direction == query.order_by[0].direction
        assert last.field.field_path == "__name__" or source.all_descendants


def test_three_indexes_serve_any_mix_of_action_filters_and_six_every_search() -> None:
    pairs = [(index.collection, index.fields[0], index.fields[1]) for index in composite_indexes()]
    newest = ("create_time", "DESCENDING")
    assert pairs[:3] == [
        ("actions", ("device_name", "ASCENDING"), newest),
        ("actions", ("status", "ASCENDING"), newest),
        ("actions", ("actor", "ASCENDING"), newest),
    ]
    assert sorted(pairs[3:]) == sorted(
        ("devices", ("search", "CONTAINS"), (field, direction))
        for field in ("user_key", "model_key", "last_seen")
        for direction in ("ASCENDING", "DESCENDING")
    )


def test_secrets_and_rows_that_only_grow_are_not_indexed_and_expire() -> None:
    overrides = {(override.collection, override.field): override for override in field_overrides()}
    for collection in ("passcodes", "requests", "locks", "events", "audit", "days", "sync", "actions", "devices"):
        assert overrides[collection, "*"].indexes == ()
    assert [key for key, override in overrides.items() if override.ttl] == [
        ("passcodes", "expire_at"),
        ("requests", "expire_at"),
    ]
    assert overrides["actions", "wake_at"].indexes == (("COLLECTION_GROUP", "ASCENDING"),)
    assert len(overrides) == len(field_overrides())
