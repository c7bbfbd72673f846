"""What has been published and not yet delivered, in one SQLite file (laptop stack)."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL, attributes TEXT NOT NULL, published_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    subscription TEXT NOT NULL, message_id INTEGER NOT NULL, attempts INTEGER NOT NULL, due_at REAL NOT NULL,
    dead INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (subscription, message_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_of_message ON deliveries (message_id);
"""


@dataclass(frozen=True, slots=True)
class Content:
    """What a publisher hands in."""

    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A published message; ``published_at`` is in seconds since 1970 UTC."""

    id: int
    content: Content
    published_at: float

    @property
    def publish_time(self) -> str:
        """RFC 3339 in UTC with milliseconds, such as ``2026-11-01T10:00:00.123Z``."""
        return (
            datetime.fromtimestamp(self.published_at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )


@dataclass(frozen=True, slots=True, order=True)
class Delivery:
    """One message on its way to one subscription; ``due_at`` is in seconds since 1970 UTC, wall clock."""

    due_at: float
    message_id: int
    attempts: int = 0


class JournalInUseError(Exception):
    """Another bus has the file open."""


class Journal:
    """One connection, one lock, one transaction a call. Safe to use from several threads.

    The file survives the death of the process at any moment. After a power cut the very last messages may be
    missing: that is not waited for (a disk flush a message), since a lost message only delays a reset.
    """

    def __init__(self, path: str | Path) -> None:
        """Open or make the file, ``:memory:`` for none.

        Raises:
            JournalInUseError: another process has it; two buses on one file would deliver everything twice.
        """
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._db.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA
            )
        except sqlite3.OperationalError as problem:
            self._db.close()
            raise JournalInUseError(f"{path}: {problem}") from problem

    def close(self) -> None:
        """Close the file; later calls raise ``sqlite3.ProgrammingError``."""
        with self._lock:
            self._db.close()

    def append(self, contents: Sequence[Content], subscriptions: Sequence[str]) -> list[Delivery]:
        """Store messages for each subscription, all or none; returns one delivery a message, due now.

        With no subscription the messages get their ids and nothing is kept, as in Pub/Sub.
        """
        with self._transaction() as db:
            return [_insert(db, content, subscriptions) for content in contents]

    def load(self, message_id: int) -> StoredMessage:
        """Read a message that still has a delivery."""
        with self._transaction() as db:
            return _load(db, message_id)

    def waiting(self, subscription: str) -> list[Delivery]:
        """All deliveries to be made, as they stood when the bus ended."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT due_at, message_id, attempts FROM deliveries WHERE subscription = ? AND NOT dead",
                (subscription,),
            )
            return [Delivery(*row) for row in rows]

    def settle(self, subscription: str, message_id: int) -> None:
        """Forget a delivery, and the message with its last one. Safe to repeat."""
        with self._transaction() as db:
            _settle(db, subscription, message_id)

    def postpone(self, subscription: str, delivery: Delivery) -> None:
        """Remember when the next attempt is due and how many were made."""
        with self._transaction() as db:
            db.execute(
                "UPDATE deliveries SET due_at = ?, attempts = ? WHERE subscription = ? AND message_id = ?",
                (delivery.due_at, delivery.attempts, subscription, delivery.message_id),
            )

    def bury(self, subscription: str, message_id: int, content: Content, heirs: Sequence[str]) -> list[Delivery]:
        """Give ``content`` to the dead-letter topic's subscriptions; with none, keep the message as dead."""
        with self._transaction() as db:
            if heirs:
                _settle(db, subscription, message_id)
                return [_insert(db, content, heirs)]
            db.execute(
                "UPDATE deliveries SET dead = 1 WHERE subscription = ? AND message_id = ?",
                (subscription, message_id),
            )
            return []

    def retain(self, subscriptions: Sequence[str]) -> int:
        """Forget the deliveries of all other subscriptions, as deleting those does; returns how many."""
        marks = ", ".join("?" * len(subscriptions))
        with self._transaction() as db:
            rows = db.execute(
                f"DELETE FROM deliveries WHERE subscription NOT IN ({marks})",  # noqa: S608  # only question marks
                subscriptions,
            )
            db.execute("DELETE FROM messages WHERE id NOT IN (SELECT message_id FROM deliveries)")
            return rows.rowcount

    def dead(self, subscription: str) -> int:
        """Count the dead letters that nobody took."""
        with self._transaction() as db:
            query = "SELECT count(*) FROM deliveries WHERE subscription = ? AND dead"
            return int(db.execute(query, (subscription,)).fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:  # SQLite itself rolls back after some faults
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _insert(db: sqlite3.Connection, content: Content, subscriptions: Sequence[str]) -> Delivery:
    now = time.time()
    attributes = json.dumps(dict(content.attributes))
    row = db.execute(
        "INSERT INTO messages (data, attributes, published_at) VALUES (?, ?, ?)", (content.data, attributes, now)
    )
    message_id = int(row.lastrowid or 0)
    db.executemany(
        "INSERT INTO deliveries (subscription, message_id, attempts, due_at) VALUES (?, ?, 0, ?)",
        [(subscription, message_id, now) for subscription in subscriptions],
    )
    if not subscriptions:
        db.execute("DELETE FROM messages WHERE id = ?", (message_id,))
    return Delivery(now, message_id)


def _load(db: sqlite3.Connection, message_id: int) -> StoredMessage:
    query = "SELECT data, attributes, published_at FROM messages WHERE id = ?"
    data, attributes, published_at = db.execute(query, (message_id,)).fetchone()
    return StoredMessage(message_id, Content(data, json.loads(attributes)), published_at)


def _settle(db: sqlite3.Connection, subscription: str, message_id: int) -> None:
    db.execute("DELETE FROM deliveries WHERE subscription = ? AND message_id = ?", (subscription, message_id))
    db.execute(
        "DELETE FROM messages WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message_id = id)",
        (message_id,),
    )
