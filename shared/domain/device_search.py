"""Search terms, the query made to match them, and sort keys of a mirrored device (domain layer).

A document holds every prefix of up to 12 characters of each of its phrases in one array, so that a search is one
``array contains`` with any order and one cursor, and reads only the rows it shows. A longer query is looked up by
its first 12 characters, and ``matches`` decides the rest in code.

Names, models and serial numbers are what people and devices chose to send: whatever they hold, what is kept is
bounded (``MAX_TERMS``), has no control or direction characters, and normalising it twice changes nothing.
"""

import re
import unicodedata
from collections.abc import Iterator

from shared.domain.device import DeviceRecord
from shared.domain.resource_names import id_of

PREFIX_LENGTH = 12
"""Longer prefixes single out hardly any device more, and each one is an entry in two indexes."""

MAX_CHARACTERS = 256
"""Of one field: no e-mail address is longer (RFC 5321: 254); one indexed string may hold 1,500 bytes."""

MAX_KEY = 128
"""Of a sort key: at most 512 bytes in UTF-8; names that agree so far may stand in any order."""

MAX_WORDS = 6
"""Of one field: five-word Spanish and Arabic names are found by each word; pasted prose is not."""

MAX_TERMS = 348
"""Bound that follows: 12 prefixes of at most 29 phrases. Usual devices have 60 to 90, some 0.5 kB in all."""

_SIMILAR = str.maketrans(
    {
        **dict.fromkeys("\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}`", "'"),
        **dict.fromkeys("\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}", "-"),
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "æ": "ae",
        "œ": "oe",
    }
)
"""What people type for letters that Unicode does not take apart, and for typographic marks."""

_NOT_WORD = re.compile(r"[\W_]+")
_DROPPED = ("M", "C")


def search_terms(record: DeviceRecord) -> tuple[str, ...]:
    """Return the sorted terms of a device: at most ``MAX_TERMS`` strings of 1 to 12 characters."""
    terms: set[str] = set()
    for phrase in _phrases(record):
        whole = phrase[:PREFIX_LENGTH]
        terms.add(whole)
        # A query never ends in a space, unless it was cut there.
        terms.update(whole[:end] for end in range(1, len(whole)) if whole[end - 1] != " ")
    return tuple(sorted(terms))


def search_prefix(query: str) -> str:
    """Return the one term to look up for what a person typed; "" where nothing is left of it (no filter)."""
    return normalised(query)[:PREFIX_LENGTH]


def matches(record: DeviceRecord, query: str) -> bool:
    """Tell whether a device answers the whole query; needed for queries longer than one term."""
    wanted = normalised(query)
    return not wanted or any(phrase.startswith(wanted) for phrase in _phrases(record))


def user_key(record: DeviceRecord) -> str:
    """Return the sort key of the device's user: the name, else the address, else ""."""
    user = record.user
    return "" if user is None else (normalised(user.display_name) or normalised(user.email))[:MAX_KEY]


def model_key(record: DeviceRecord) -> str:
    """Return the sort key of the device's model; "" where it is not known."""
    return normalised(record.device.model)[:MAX_KEY]


def normalised(text: str) -> str:
    """Return text as it is compared: no marks, no case, single spaces, at most ``MAX_CHARACTERS``.

    Unicode can fold a character only after it was taken apart and the reverse, so both are done twice; the result
    is a fixed point.
    """
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text[:MAX_CHARACTERS])
        text = "".join(_kept(character) for character in text)
        text = text.casefold().translate(_SIMILAR)
    return " ".join(text.split())[:MAX_CHARACTERS].rstrip()


def _kept(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character).startswith(_DROPPED) else character


def _phrases(record: DeviceRecord) -> Iterator[str]:
    """Yield every text whose start a query may be."""
    user = record.user
    texts = [record.device.serial_number, id_of(record.device.name), record.device.model]
    texts += [] if user is None else [user.display_name, user.email]
    for text in map(normalised, texts):
        if text:
            yield text
    yield from _word_phrases(record.device.model)
    if user is not None:
        yield from _word_phrases(user.display_name)
        yield from _words(user.email.partition("@")[0])


def _word_phrases(text: str) -> Iterator[str]:
    """Yield the words, and for two or more: first to last, last and the others, first and last."""
    words = _words(text)
    yield from words
    if len(words) > 1:
        yield " ".join(words)
        yield " ".join((words[-1], *words[:-1]))
        yield f"{words[0]} {words[-1]}"


def _words(text: str) -> list[str]:
    return [word for word in _NOT_WORD.split(normalised(text)) if word][:MAX_WORDS]
