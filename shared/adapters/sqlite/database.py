"""The SQLite connection, its schema and its transactions (adapter layer).

Settings: write-ahead log, so that readers never wait for a writer; ``synchronous=FULL``, so that a commit that was
answered survives a power cut, because an accepted reset must not be lost; ``BEGIN IMMEDIATE``, so that two
writers queue at the start instead of failing at the end.

Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from shared.domain.errors import ConflictError, TransientError

BUSY_TIMEOUT_S = 8.0
"""How long a writer waits for another process; commits take milliseconds, so this is a hung machine."""

_SCHEMA_VERSION = 1

# The clock hands out versions: one that was ever used never comes back, also not after a delete.
_SCHEMA = """
CREATE TABLE documents (name TEXT PRIMARY KEY, version INTEGER NOT NULL, content TEXT NOT NULL);
CREATE TABLE entries (
    list BLOB NOT NULL, key NOT NULL, shown TEXT NOT NULL, PRIMARY KEY (list, key, shown)
) WITHOUT ROWID;
CREATE TABLE clock (version INTEGER NOT NULL);
INSERT INTO clock VALUES (0);
"""

_CACHE_KIB = 32 * 1024  # holds the inner pages of the entries of 100,000 devices


class Database:
    """One connection, used by one thread at a time; other processes may have their own on the same file."""

    def __init__(self, path: str) -> None:
        """Open or create the file, readable by its owner alone; ``:memory:`` lives as long as this object.

        Raises:
            TransientError: it cannot be opened, or another release wrote it.
        """
        self._lock = RLock()
        with _as_transient():
            self._connection = _connect(path)
            _make_schema(self._connection)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of one statement, which sees one state of the database.

        Raises:
            TransientError: the file cannot be read (retry).
        """
        with self._lock, _as_transient():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the body does, or nothing where it raises.

        Raises:
            TransientError: nothing was written (retry).
            ConflictError: the commit itself failed: it may have landed (read again).
        """
        with self._lock:
            with _as_transient():
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                with _as_transient():
                    yield self._connection
            except BaseException:
                self._roll_back()
                raise
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise ConflictError(f"the commit's outcome is unknown: {type(error).__name__}") from error

    def _roll_back(self) -> None:
        # SQLite has rolled back by itself after a full disk or an I/O error; then there is nothing left to do.
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")


@contextmanager
def _as_transient() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise TransientError("STORE_UNAVAILABLE", f"the store cannot be used: {type(error).__name__}") from error


def _connect(path: str) -> sqlite3.Connection:
    if path != ":memory:":
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch once for ever; the switch does not obey the busy timeout when processes start together."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _make_schema(connection: sqlite3.Connection) -> None:
    """Create the tables where they are missing; whichever process comes first does it."""
    connection.execute("BEGIN IMMEDIATE")
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == 0:
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
    connection.execute("COMMIT")
    if found not in {0, _SCHEMA_VERSION}:
        connection.close()
        raise TransientError("STORE_UNAVAILABLE", f"the file has schema {found}, this release {_SCHEMA_VERSION}")
