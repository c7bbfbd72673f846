"""Charts as plain numbers: percentages for the attributes of SVG shapes, which need no inline style."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.domain.statistics import NOT_DONE, Bucket, Figures

COLUMN_SHARE = 0.7
"""A column's part of its day's width; the rest is the gap."""

_STEPS = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""What half of the scale may be above ten, times a power of ten: its middle line then has a round number."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a column: its kind, where it begins from the top, and its height, both in percent."""

    kind: str
    top: str
    height: str


@dataclass(frozen=True, slots=True)
class Column:
    """One day: left edge and width in percent, and its pieces from the bottom up; empty ones are left out."""

    day: date
    left: str
    width: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One labelled bar.

    Attributes:
        width: in percent of the longest one.
        address: where its label leads, "" for nowhere.
    """

    label: str
    count: int
    width: str
    address: str = ""


def percent(share: float) -> str:
    """Return a share of one as SVG writes it: ``37.5%``."""
    return f"{round(share * 100, 2):g}%"


def counts_of(figures: Figures) -> tuple[tuple[str, int], ...]:
    """Return what a column is stacked of, from the bottom up."""
    return (
        ("done", figures.of(Bucket.DONE)),
        ("not-done", figures.of(*NOT_DONE)),
        ("open", figures.of(Bucket.OPEN)),
    )


def scale_of(most: int) -> int:
    """Return the top of a scale that holds ``most``: the least even number whose half is round."""
    half = max(1, math.ceil(most / 2))
    if half <= _STEPS[0]:
        return 2 * half
    power = int("1".ljust(len(str(half)) - 1, "0"))
    return 2 * power * next(step for step in _STEPS if step * power >= half)


def columns_of(days: Sequence[tuple[date, Figures]], top: int) -> tuple[Column, ...]:
    """Return one column a day on a scale that ends at ``top``."""
    width = 1 / len(days)
    gap = width * (1 - COLUMN_SHARE) / 2
    return tuple(
        Column(day, percent(number * width + gap), percent(width * COLUMN_SHARE), _parts(figures, top))
        for number, (day, figures) in enumerate(days)
    )


def _parts(figures: Figures, top: int) -> tuple[Part, ...]:
    parts, below = [], 0
    for kind, count in counts_of(figures):
        below += count
        if count:
            parts.append(Part(kind, percent(1 - below / top), percent(count / top)))
    return tuple(parts)


def bars_of(rows: Sequence[tuple[str, int, str]]) -> tuple[Bar, ...]:
    """Return a bar for each (label, count, address), as long as its share of the largest."""
    most = max((count for _, count, _ in rows), default=0) or 1
    return tuple(Bar(label, count, percent(count / most), address) for label, count, address in rows)
