"""One range of one list, or of several lists together, as SQL (adapter layer).

The primary key of the entries is the order of every list, so that a range is found and read without looking at
anything else. ``CROSS JOIN`` holds SQLite to reading the entries first.
"""

from dataclasses import dataclass
from typing import Any

from shared.adapters.sqlite.lists import Key


@dataclass(frozen=True, slots=True)
class Range:
    """A range of lists that share no document, from either end.

    Attributes:
        list_ids: which lists; several are read as one, in one order.
        prefix: what the names of its documents begin with, as far as its entries leave it out.
        descending: from the end.
        start: smallest key, inclusive.
        until: largest key, exclusive.
    """

    list_ids: tuple[bytes, ...]
    prefix: str
    descending: bool = False
    start: Key | None = None
    until: Key | None = None

    def sql(self, limit: int, after: tuple[Key, str] | None = None) -> tuple[str, list[Any]]:
        """Return the statement that reads up to ``limit`` documents after (key, entry), and its values."""
        conditions, bounds = self._conditions(after)
        where = f"e.list = ?{''.join(conditions)}"
        if len(self.list_ids) == 1:
            entries = f"entries e CROSS JOIN documents d ON d.name = ? || e.shown WHERE {where}"
            values = [self.prefix, self.list_ids[0], *bounds]
        else:
            entries, values = self._several(where, bounds, limit)
        sql = f"SELECT d.name, d.version, d.content FROM {entries} ORDER BY {self._order} LIMIT ?"  # noqa: S608  # the words are ours, every value is bound
        return sql, [*values, limit]

    def _several(self, where: str, bounds: list[Any], limit: int) -> tuple[str, list[Any]]:
        """Return the first entries of all the lists together; only the documents of those are then looked up."""
        # Each list is read up to the limit: a page may lie in one of them as a whole.
        one = f"SELECT * FROM (SELECT key, shown FROM entries e WHERE {where} ORDER BY {self._order} LIMIT ?)"  # noqa: S608  # likewise
        several = " UNION ALL ".join([one] * len(self.list_ids))
        values = [value for list_id in self.list_ids for value in (list_id, *bounds, limit)]
        first = f"(SELECT key, shown FROM ({several}) e ORDER BY {self._order} LIMIT ?) e"  # noqa: S608  # likewise
        return f"{first} CROSS JOIN documents d ON d.name = ? || e.shown", [*values, limit, self.prefix]

    @property
    def _order(self) -> str:
        order = "DESC" if self.descending else "ASC"
        return f"e.key {order}, e.shown {order}"

    def _conditions(self, after: tuple[Key, str] | None) -> tuple[list[str], list[Any]]:
        conditions: list[str] = []
        values: list[Any] = []
        if self.start is not None:
            conditions.append(" AND e.key >= ?")
            values.append(self.start)
        if self.until is not None:
            conditions.append(" AND e.key < ?")
            values.append(self.until)
        if after is not None:
            conditions.append(f" AND (e.key, e.shown) {'<' if self.descending else '>'} (?, ?)")
            values.extend(after)
        return conditions, values
