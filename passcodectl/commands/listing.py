"""What lists have in common: how many rows, and a word on the rest."""

from collections.abc import Iterator
from itertools import islice

from passcodectl.answers import Json
from passcodectl.ctl import Ctl


def rows_of(found: Iterator[Json], most: int | None) -> tuple[list[Json], bool]:
    """Return at most so many rows (None = all), and whether there are more."""
    rows = list(islice(found, most))
    return rows, most is not None and next(found, None) is not None


def tell_rest(ctl: Ctl, shown: int, *, more: bool) -> None:
    """Say that rows were left out."""
    if more:
        ctl.note(f"The first {shown} are shown; --limit N or --all shows more.")
