"""Makes text of people and devices harmless to look at, whatever it is shown in (domain layer).

Escaping for HTML is not done here: the template does it. Here goes what escaping leaves alone: control characters
(line breaks forge headers and lines), direction overrides (they make text read as something else), invisible
characters and sheer length.
"""

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Shown for each character that was taken out, so that a reader sees that something was there."""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode's categories of control, format (all direction marks), half characters, private use, line separators."""

_JOINERS = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
"""Format characters that Persian and Indic names and joined emoji are spelled with; they reorder nothing."""


def inert(text: str, limit: int) -> str:
    """Return ``text`` on one line, at most ``limit`` characters long (≥ 1), cut with an ellipsis.

    Safe to repeat: what comes out is left alone.
    """
    # Cutting first keeps the work small for the longest input.
    shown = "".join(_shown(char) for char in text.strip()[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + ELLIPSIS


def _shown(char: str) -> str:
    unsafe = unicodedata.category(char) in _UNSAFE and char not in _JOINERS
    return REPLACEMENT if unsafe else char
