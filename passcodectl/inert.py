"""Makes text of phones, people and servers harmless for a terminal.

A phone's owner chooses what it is called. A control character in a name could move the cursor, recolour the screen
or forge lines; a direction override makes text read as something else.
"""

import unicodedata

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of control, format (all direction marks), half and unassigned characters, line ends."""

_JOINERS = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
"""Format characters that Persian and Indic names are spelled with; they move nothing."""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def inert(text: object) -> str:
    r"""Return ``text`` on one line, with every character that could act written as its escape (``\\x1b``)."""
    return "".join(map(_shown, str(text)))


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _UNSAFE or char in _JOINERS:
        return char
    return char.encode("unicode_escape").decode("ascii")


def width(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return sum(map(_cells, text))


def cut(text: str, cells: int) -> str:
    """Return ``text`` in at most ``cells`` cells, with an ellipsis where something is missing."""
    if width(text) <= cells:
        return text
    kept, used = "", 0
    for char in text:
        used += _cells(char)
        if used > cells - 1:
            break
        kept += char
    return kept.rstrip() + ELLIPSIS


def _cells(char: str) -> int:
    if unicodedata.combining(char) or char in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
