"""Tables of text that fit the terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from passcodectl.inert import cut, inert, width

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        title: its heading.
        least: it may be cut to this many cells; 0 = never cut (ids: they are copied).
        paint: puts colour on a cell, which takes no room.
    """

    title: str
    least: int = 0
    paint: Callable[[str], str] | None = None


def table(columns: Sequence[Column], rows: Sequence[Sequence[object]], most: int) -> list[str]:
    """Return heading and rows as lines of at most ``most`` cells, where the uncuttable columns leave room for that.

    All cells are made inert.
    """
    cells = [[column.title for column in columns], *([inert(cell) for cell in row] for row in rows)]
    wanted = [max(width(row[place]) for row in cells) for place in range(len(columns))]
    widths = _shrunk(columns, wanted, most - GAP * (len(columns) - 1))
    heading, *below = cells
    plain = [Column(column.title) for column in columns]
    return [_line(heading, widths, plain), *(_line(row, widths, columns) for row in below)]


def _shrunk(columns: Sequence[Column], wanted: Sequence[int], most: int) -> list[int]:
    """Take a cell from the widest column that can spare one until all fit."""
    widths = list(wanted)
    while sum(widths) > most:
        able = [place for place, column in enumerate(columns) if column.least and widths[place] > column.least]
        if not able:
            break
        widths[max(able, key=lambda place: widths[place])] -= 1
    return widths


def _line(row: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    told = ""
    for cell, size, column in zip(row, widths, columns, strict=True):
        fitted = cut(cell, size)
        painted = column.paint(fitted) if column.paint and fitted else fitted
        told += painted + " " * (size - width(fitted) + GAP)
    return told.rstrip()
