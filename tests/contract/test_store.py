"""Runs the store suites against every store: SQLite in memory, SQLite on disk, Firestore's emulator."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore

from shared.adapters.firestore import FirestoreStore
from shared.adapters.sqlite import SqliteStore
from shared.services.ports import Create, Store, Update
from tests.contract.counting_reads import count_documents, count_rows
from tests.contract.store_query_suite import QuerySuite
from tests.contract.store_suite import DOC, Bench, CommitSuite, only

MEMORY = pytest.param("memory", id="sqlite-memory")
FILE = pytest.param("file", id="sqlite-file")
FIRESTORE = pytest.param("firestore", id="firestore", marks=pytest.mark.emulator)

EVERY_STORE = pytest.mark.parametrize("kind", [MEMORY, FILE, FIRESTORE])
LASTING_STORES = pytest.mark.parametrize("kind", [FILE, FIRESTORE])


@pytest.fixture
def bench(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """An empty store of the kind."""
    with ExitStack() as closing:
        if kind == "firestore":
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", request.getfixturevalue("firestore_emulator"))
            yield firestore_bench(closing)
        else:
            yield sqlite_bench(":memory:" if kind == "memory" else str(tmp_path / "store.db"), closing)


@pytest.fixture
def store(bench: Bench) -> Store:
    return bench.store


def sqlite_bench(path: str, closing: ExitStack) -> Bench:
    def opened() -> SqliteStore:
        new = SqliteStore(path)
        closing.callback(new.close)
        return new

    store = opened()
    return Bench(store, opened, count_rows(store))


def firestore_bench(closing: ExitStack) -> Bench:
    project = f"t-{uuid.uuid4().hex[:20]}"  # a project nobody used is an empty database

    def opened(client: firestore.Client | None = None) -> FirestoreStore:
        new = FirestoreStore(project, "passcodes", client)
        closing.callback(new.close)
        return new

    client = firestore.Client(project=project, database="passcodes")
    return Bench(opened(client), opened, count_documents(client))


@EVERY_STORE
class TestCommits(CommitSuite):
    pass


@EVERY_STORE
class TestQueries(QuerySuite):
    pass


@LASTING_STORES
def test_a_second_store_on_the_same_data_sees_every_commit(bench: Bench) -> None:
    second: Callable[[], Any] = bench.reopen
    other = second()
    bench.store.commit([Create(DOC, {"a": 1})])
    assert only(other) == only(bench.store)
    other.commit([Update(DOC, {"a": 2}, only(other).version)])
    assert only(bench.store).fields == {"a": 2}
    assert only(second()).fields == {"a": 2}
