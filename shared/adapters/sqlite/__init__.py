"""The embedded store: one SQLite file, or memory, with the semantics of the cloud's store."""

from shared.adapters.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
