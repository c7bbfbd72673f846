"""Counts the documents that a store hands out, where they leave the database."""

from collections.abc import Callable, Iterator
from typing import Any

from google.cloud import firestore

from shared.adapters.sqlite import SqliteStore


def count_rows(store: SqliteStore) -> Callable[[], int]:
    """Have an embedded store count from now on; returns what tells the count."""
    counted = 0

    def rows(sql: str, values: Any = ()) -> Any:
        nonlocal counted
        found = read(sql, values)
        counted += len(found)
        return found

    read, store._database.rows = store._database.rows, rows
    return lambda: counted


def count_documents(client: firestore.Client) -> Callable[[], int]:
    """Have a client of Firestore's count from now on; returns what tells the count."""
    api = client._firestore_api_internal = _CountingApi(client._firestore_api)
    return lambda: api.documents


class _CountingApi:
    """Google's generated client, counting the documents in its answers."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self.documents = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def run_query(self, **asked: Any) -> Iterator[Any]:
        for answer in self._api.run_query(**asked):
            self.documents += "document" in answer
            yield answer

    def batch_get_documents(self, **asked: Any) -> Iterator[Any]:
        for answer in self._api.batch_get_documents(**asked):
            self.documents += "found" in answer
            yield answer
