"""One range of one list as SQL (adapter layer).

The primary key of the entries is the order of every list, so that a range is found and read without looking at
anything else. ``CROSS JOIN`` holds SQLite to reading the entries first.
"""

from dataclasses import dataclass
from typing import Any

from shared.adapters.sqlite.lists import Key


@dataclass(frozen=True, slots=True)
class Range:
    """A range of one list, from either end.

    Attributes:
        list_id: which list.
        prefix: what the names of its documents begin with, as far as its entries leave it out.
        descending: from the end.
        start: smallest key, inclusive.
        until: largest key, exclusive.
    """

    list_id: bytes
    prefix: str
    descending: bool = False
    start: Key | None = None
    until: Key | None = None

    def sql(self, limit: int, after: tuple[Key, str] | None = None) -> tuple[str, list[Any]]:
        """Return the statement that reads up to ``limit`` documents after (key, entry), and its values."""
        conditions = ["e.list = ?"]
        values: list[Any] = [self.prefix, self.list_id]
        if self.start is not None:
            conditions.append("e.key >= ?")
            values.append(self.start)
        if self.until is not None:
            conditions.append("e.key < ?")
            values.append(self.until)
        if after is not None:
            conditions.append(f"(e.key, e.shown) {'<' if self.descending else '>'} (?, ?)")
            values.extend(after)
        order = "DESC" if self.descending else "ASC"
        sql = (  # the words are ours, every value is bound
            "SELECT d.name, d.version, d.content FROM entries e CROSS JOIN documents d ON d.name = ? || e.shown"  # noqa: S608
            f" WHERE {' AND '.join(conditions)} ORDER BY e.key {order}, e.shown {order} LIMIT ?"
        )
        return sql, [*values, limit]
