"""What every store promises about documents and commits: one suite, run against each store."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest

from shared.domain.errors import ConflictError
from shared.domain.secret import Secret
from shared.services.ports import Create, Delete, Document, Store, Update

WRITERS = 16
NOON = datetime(2026, 11, 23, 12, 0, 0, 123457, tzinfo=UTC)
DOC = "enterprises/LC0/things/one"
OTHER = "enterprises/LC0/things/two"

VALUES: dict[str, Any] = {
    "text": 'Zoë “Ünïcode” 🔑 \n\t\0 "quoted" \\ \u2028',
    "empty": "",
    "true": True,
    "zero": 0,
    "largest": 2**63 - 1,
    "smallest": -(2**63),
    "beyond_doubles": 2**53 + 1,
    "fraction": 0.1,
    "whole_fraction": 2.0,
    "bytes": bytes(range(256)),
    "no_bytes": b"",
    "time": NOON,
    "early_time": datetime(1601, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    "last_time": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "list": [1, "a", None, NOON, b"\xff", {"deep": [NOON, {"deeper": [b"\0"]}]}],
    "empty_list": [],
    "map": {"a": {"b": {"c": [1, {"d": None}]}}, "t": NOON},
    "empty_map": {"nothing": {}},
    "odd_keys": {"a.b": 1, "a/b": 2, "ü `x`": 3, "$time": 4, "$bytes": {"$pairs": [1]}, "0": 5},
    "tagged": {"$time": 12},
}


@dataclass(frozen=True, slots=True)
class Bench:
    """A store under test.

    Attributes:
        reopen: makes a second store object on the same data.
        reads: documents that the database has handed to the store so far.
    """

    store: Store
    reopen: Callable[[], Store]
    reads: Callable[[], int]


def only(store: Store, name: str = DOC) -> Document:
    """Read one document that exists."""
    return store.get_many([name])[name]


def typed(value: Any) -> Any:
    """Replace each leaf by its type and text; a map's order means nothing."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return [typed(item) for item in value] if isinstance(value, list) else (type(value), repr(value))


def at_once(work: Callable[[int], Any], count: int = WRITERS) -> list[Any]:
    """Run ``work(0) … work(count - 1)`` in threads that start together."""
    barrier = Barrier(count)

    def started(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


class CommitSuite:
    """Documents, versions, atomicity and races. Subclasses give the fixture ``store``."""

    def test_a_created_document_is_read_back(self, store):
        store.commit([Create(DOC, {"a": 1, "b": "x"})])
        assert only(store).name == DOC
        assert only(store).fields == {"a": 1, "b": "x"}

    def test_creating_what_exists_is_refused_and_changes_nothing(self, store):
        store.commit([Create(DOC, {"a": 1})])
        before = only(store)
        with pytest.raises(ConflictError):
            store.commit([Create(DOC, {"a": 2})])
        assert only(store) == before

    def test_an_update_changes_the_given_fields_alone(self, store):
        store.commit([Create(DOC, {"a": 1, "map": {"x": 1, "y": 2}, "b": 3})])
        store.commit([Update(DOC, {"a": 2, "map": {"x": 9}, "n": 1}, only(store).version)])
        assert only(store).fields == {"a": 2, "map": {"x": 9}, "b": 3, "n": 1}

    def test_a_stale_version_is_refused(self, store):
        store.commit([Create(DOC, {"a": 1})])
        stale = only(store).version
        store.commit([Update(DOC, {"a": 2}, stale)])
        assert only(store).version != stale
        for write in (Update(DOC, {"a": 3}, stale), Delete(DOC, stale)):
            with pytest.raises(ConflictError):
                store.commit([write])
        assert only(store).fields == {"a": 2}

    def test_a_deleted_document_is_gone_and_its_version_is_worth_nothing(self, store):
        store.commit([Create(DOC, {"a": 1})])
        version = only(store).version
        store.commit([Delete(DOC, version)])
        assert store.get_many([DOC]) == {}
        for write in (Update(DOC, {"a": 2}, version), Delete(DOC, version)):
            with pytest.raises(ConflictError):
                store.commit([write])
        store.commit([Create(DOC, {"a": 1})])
        with pytest.raises(ConflictError):
            store.commit([Update(DOC, {"a": 2}, version)])

    @pytest.mark.parametrize("place", [0, 1, 2, 3])
    @pytest.mark.parametrize("fault", ["exists", "stale", "stale delete", "missing"])
    def test_one_failed_precondition_writes_nothing(self, store, place, fault):
        names = [f"enterprises/LC0/things/{word}" for word in ("held", "old", "going", "gone")]
        store.commit([Create(name, {"n": 0}) for name in names])
        held, old, going, gone = (only(store, name) for name in names)
        store.commit([Update(names[0], {"n": 1}, held.version), Delete(names[3], gone.version)])
        failing = {
            "exists": Create(names[0], {"n": 7}),
            "stale": Update(names[0], {"n": 7}, held.version),
            "stale delete": Delete(names[0], held.version),
            "missing": Update(names[3], {"n": 7}, gone.version),
        }[fault]
        before = store.get_many([*names, OTHER])
        writes = [Create(OTHER, {"n": 1}), Update(names[1], {"n": 5}, old.version), Delete(names[2], going.version)]
        with pytest.raises(ConflictError):
            store.commit([*writes[:place], failing, *writes[place:]])
        assert store.get_many([*names, OTHER]) == before
        store.commit(writes)
        assert {name: found.fields["n"] for name, found in store.get_many([*names, OTHER]).items()} == {
            names[0]: 1,
            names[1]: 5,
            OTHER: 1,
        }

    def test_none_at_the_top_is_left_out_and_removes(self, store):
        store.commit([Create(DOC, {"a": None, "b": 1, "c": {"kept": None}, "d": [None]})])
        assert only(store).fields == {"b": 1, "c": {"kept": None}, "d": [None]}
        store.commit([Update(DOC, {"b": None, "never_there": None, "e": {"kept": None}}, only(store).version)])
        assert only(store).fields == {"c": {"kept": None}, "d": [None], "e": {"kept": None}}

    def test_an_empty_document_exists(self, store):
        store.commit([Create(DOC, {"gone": None})])
        assert only(store).fields == {}
        with pytest.raises(ConflictError):
            store.commit([Create(DOC, {})])

    @pytest.mark.parametrize("field", VALUES)
    def test_a_value_comes_back_as_it_was(self, store, field):
        store.commit([Create(DOC, {"value": VALUES[field]}), Create(OTHER, {"n": 1})])
        store.commit([Update(OTHER, {"value": VALUES[field]}, only(store, OTHER).version)])
        for name in (DOC, OTHER):
            value = only(store, name).fields["value"]
            assert value == VALUES[field]
            assert typed(value) == typed(VALUES[field])  # 2.0 is not 2, and a time is a plain datetime

    def test_a_time_of_another_zone_comes_back_in_utc_and_a_tuple_as_a_list(self, store):
        local = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
        store.commit([Create(DOC, {"time": local, "items": (1, (local,)[0])})])
        assert typed(only(store).fields) == typed({"time": NOON, "items": [1, NOON]})

    def test_get_many_leaves_out_the_missing_and_reads_a_repeated_name_once(self, store):
        names = [f"enterprises/LC0/things/{number}" for number in range(120)]
        store.commit([Create(name, {"n": number}) for number, name in enumerate(names)])
        absent = [f"enterprises/LC0/things/absent{number}" for number in range(600)]
        found = store.get_many([*absent, *names, *names])
        assert {name: document.fields["n"] for name, document in found.items()} == {
            name: number for number, name in enumerate(names)
        }
        assert store.get_many([]) == {}
        assert store.get_many(absent) == {}

    def test_a_commit_of_nothing_is_none(self, store):
        store.commit([])

    def test_any_path_of_names_is_a_document(self, store):
        names = [
            "system/amapi",
            "enterprises/LC0/members/o'brien+x@example.com",
            "enterprises/LC0/members/é%2F&@x.y",
        ]
        store.commit([Create(name, {"of": name}) for name in names])
        assert {document.fields["of"] for document in store.get_many(names).values()} == set(names)

    @pytest.mark.parametrize(
        "value",
        [
            datetime(2026, 1, 1),  # noqa: DTZ001  # the fault under test
            2**63,
            float("nan"),
            float("inf"),
            [[1]],
            [{"deep": [[1]]}],
            {"": 1},
            {"__reserved__": 1},
            "\ud800",
            {1: 2},
            {1, 2},
            object(),
            Secret("hunter2"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_a_document_cannot_hold_is_refused_and_not_quoted(self, store, value):
        for field in (value, {"deep": value}):
            with pytest.raises((ValueError, TypeError)) as caught:
                store.commit([Create(OTHER, {"a": 1}), Create(DOC, {"field": field})])
            assert "hunter2" not in str(caught.value)
        assert store.get_many([DOC, OTHER]) == {}

    @pytest.mark.parametrize("field", ["a.b", "", "__name__", "a/b", "`a`", "1a"])
    def test_a_field_name_that_could_be_a_path_is_refused(self, store, field):
        with pytest.raises(ValueError, match="field name"):
            store.commit([Create(DOC, {field: 1})])

    @pytest.mark.parametrize("name", ["", "a", "a/b/c", "a//b/c", "/a", "a/", "a/..", "./b", "a/__b__"])
    def test_what_is_not_the_name_of_a_document_is_refused(self, store, name):
        with pytest.raises(ValueError, match="name of a document"):
            store.commit([Create(name, {"a": 1})])
        with pytest.raises(ValueError, match="name of a document"):
            store.get_many([name])

    def test_a_document_is_written_once_in_a_commit_and_an_update_says_something(self, store):
        store.commit([Create(DOC, {"a": 1})])
        version = only(store).version
        with pytest.raises(ValueError, match="once"):
            store.commit([Update(DOC, {"a": 2}, version), Update(DOC, {"a": 3}, version)])
        with pytest.raises(ValueError, match="at least one"):
            store.commit([Update(DOC, {}, version)])
        assert only(store).fields == {"a": 1}

    def test_of_many_writers_that_create_one_document_exactly_one_wins(self, store):
        def create(number: int) -> bool:
            while not store.get_many([DOC]):
                try:
                    store.commit([Create(DOC, {"by": number}), Create(f"{OTHER}{number}", {"by": number})])
                except ConflictError:
                    continue
                return True
            return False

        won = at_once(create)
        assert won.count(True) == 1
        assert only(store).fields == {"by": won.index(True)}
        losers = [f"{OTHER}{number}" for number in range(WRITERS)]
        assert list(store.get_many(losers)) == [f"{OTHER}{won.index(True)}"]

    def test_of_many_threads_that_count_none_is_lost(self, store):
        store.commit([Create(DOC, {"n": 0}), Create(OTHER, {"n": 0})])
        rounds = 2

        def count(number: int) -> None:
            order = [DOC, OTHER]
            random.Random(number).shuffle(order)
            for _ in range(rounds):
                while True:
                    found = store.get_many(order)
                    writes = [
                        Update(name, {"n": found[name].fields["n"] + 1}, found[name].version) for name in order
                    ]
                    try:
                        store.commit(writes)
                    except ConflictError:
                        continue
                    break

        at_once(count)
        assert only(store).fields == {"n": rounds * WRITERS}
        assert only(store, OTHER).fields == {"n": rounds * WRITERS}
