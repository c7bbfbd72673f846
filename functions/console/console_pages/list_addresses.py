"""Addresses of lists: a path with the choices that are made, and none of those that are not."""

from collections.abc import Mapping
from urllib.parse import urlencode

PAGE_SIZE = 25
"""Rows of one page: three screens of a phone to look through; the search finds the rest."""


def address_of(path: str, choices: Mapping[str, str]) -> str:
    """Return ``path?name=value…`` without the empty ones."""
    made = {name: value for name, value in choices.items() if value}
    return f"{path}?{urlencode(made)}" if made else path
