"""``shared.services.ports.Store`` on SQLite, for one machine (adapter layer).

The store of the laptop stack (a file, shared by its processes) and of the unit and simulation tests (memory). It is
no imitation in the small: documents, preconditions, lists and cursors mean what they mean in the cloud, and one
contract suite holds both to it.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from itertools import product
from operator import itemgetter
from typing import Any

from shared.adapters.sqlite import content, lists
from shared.adapters.sqlite.database import Database
from shared.adapters.sqlite.ranges import Range
from shared.domain.errors import ConflictError
from shared.domain.resource_names import id_of
from shared.services import documents, page_cursor
from shared.services.page_cursor import Position
from shared.services.ports import (
    SORT_FIELDS,
    ActionFilter,
    Create,
    Delete,
    DeviceQuery,
    Document,
    Fields,
    Page,
    PageRequest,
    Write,
)

Moves = tuple[set[lists.Entry], set[lists.Entry]]
"""List entries that a document leaves and enters."""

_AT_ONCE = 500  # SQLite before 3.32 takes 999 values in a statement


class SqliteStore:
    """Documents in one SQLite database; safe to use from several threads, a file also from several processes."""

    def __init__(self, path: str) -> None:
        """Open or create the database; ``:memory:`` makes one that nobody else sees.

        Raises:
            TransientError: it cannot be opened.
        """
        self._database = Database(path)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def get_many(self, names: Sequence[str]) -> dict[str, Document]:
        """See the port."""
        wanted = list(dict.fromkeys(names))
        for name in wanted:
            documents.check_name(name)
        found: dict[str, Document] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            sql = f"SELECT name, version, content FROM documents WHERE name IN ({marks})"  # noqa: S608  # only marks
            found |= {row[0]: _document(row) for row in self._database.rows(sql, some)}
        return found

    def commit(self, writes: Sequence[Write]) -> None:
        """See the port.

        Raises:
            ValueError: an update changes nothing (see ``Update``: in the cloud two such racers would both pass).
        """
        documents.check_writes(writes)
        if not writes:
            return
        with self._database.transaction() as connection:
            connection.execute("UPDATE clock SET version = version + 1")
            (version,) = connection.execute("SELECT version FROM clock").fetchone()
            _index(connection, [_apply(connection, write, version) for write in writes])

    def due_actions(self, now: datetime, limit: int) -> list[Document]:
        """See the port."""
        due = Range((lists.due_list(),), prefix="", until=content.ticks(now) + 1)
        return [_document(row) for row in self._database.rows(*due.sql(limit))]

    def enterprises(self) -> list[str]:
        """See the port."""
        sql = "SELECT shown FROM entries WHERE list = ? ORDER BY key, shown"
        return [name for (name,) in self._database.rows(sql, [lists.enterprise_list()])]

    def actions(self, enterprise: str, where: ActionFilter, page: PageRequest) -> Page:
        """See the port."""
        mixes = product(*(some or (None,) for some in where.values))
        asked = Range(
            tuple(lists.action_list(enterprise, *mix) for mix in mixes),
            prefix=f"{enterprise}/actions/",
            descending=True,
            start=None if where.created_from is None else content.ticks(where.created_from),
            until=None if where.created_before is None else content.ticks(where.created_before),
        )
        return self._page(asked, page, "create_time", ("actions", enterprise, where))

    def events(self, action: str, page: PageRequest) -> Page:
        """See the port."""
        asked = Range((lists.event_list(action),), prefix=f"{action}/events/")
        return self._page(asked, page, None, ("events", action))

    def devices(self, enterprise: str, query: DeviceQuery, page: PageRequest) -> Page:
        """See the port."""
        word = query.order.removeprefix("-")
        asked = Range(
            (lists.device_list(enterprise, query.term, word),),
            prefix=f"{enterprise}/devices/",
            descending=word != query.order,
        )
        return self._page(asked, page, SORT_FIELDS[word], ("devices", enterprise, query))

    def _page(self, asked: Range, page: PageRequest, field: str | None, identity: object) -> Page:
        """Read one row more than is shown: the only way to know whether there is a next page."""
        if page.size < 1:
            raise ValueError("a page has at least one row")
        after = None
        if page.cursor is not None:
            last = page_cursor.decode(identity, page.cursor)
            after = (lists.position_key(last.key), last.document_id)
        found = [_document(row) for row in self._database.rows(*asked.sql(page.size + 1, after))]
        shown = tuple(found[: page.size])
        if len(found) <= page.size:
            return Page(shown, None)
        end = Position(shown[-1].fields[field] if field else None, id_of(shown[-1].name))
        return Page(shown, page_cursor.encode(identity, end))


def _document(row: tuple[Any, ...]) -> Document:
    name, version, text = row
    return Document(name, content.decode(text), version)


def _apply(connection: sqlite3.Connection, write: Write, version: int) -> Moves:
    """Check the precondition, write the document, and return where it moves in the lists."""
    row = connection.execute("SELECT version, content FROM documents WHERE name = ?", [write.name]).fetchone()
    before = content.decode(row[1]) if row else None
    if isinstance(write, Create):
        if row:
            raise ConflictError
        after: dict[str, Any] | None = documents.without_none(write.fields)
    elif row is None or row[0] != write.version:
        raise ConflictError
    else:
        after = None if isinstance(write, Delete) else _updated(before or {}, write.fields)
    _put(connection, write.name, version, after)
    return lists.moves(write.name, before, after)


def _updated(before: dict[str, Any], fields: Fields) -> dict[str, Any]:
    after = documents.without_none({**before, **fields})
    if after == before and content.encode(after) == content.encode(before):  # the second tells 1 from 1.0
        raise ValueError("an update must change something")
    return after


def _put(connection: sqlite3.Connection, name: str, version: int, fields: Fields | None) -> None:
    if fields is None:
        connection.execute("DELETE FROM documents WHERE name = ?", [name])
    else:
        sql = (
            "INSERT INTO documents (name, version, content) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET version = excluded.version, content = excluded.content"
        )
        connection.execute(sql, [name, version, content.encode(fields)])


def _index(connection: sqlite3.Connection, moves: Sequence[Moves]) -> None:
    """Move the documents of a commit between lists, in the order in which the lists lie on disk."""
    left = sorted((entry for old, _ in moves for entry in old), key=itemgetter(0))
    entered = sorted((entry for _, new in moves for entry in new), key=itemgetter(0))
    connection.executemany("DELETE FROM entries WHERE list = ? AND key = ? AND shown = ?", left)
    connection.executemany("INSERT INTO entries (list, key, shown) VALUES (?, ?, ?)", entered)
