"""Numbers and days as the reader's language writes them."""

from datetime import date

from babel.dates import format_interval, format_skeleton
from babel.numbers import format_decimal

_LOCALES = {"en": "en_GB"}
"""English of the mails and of the specification: the day before the month."""


def locale_of(language: str) -> str:
    """Return Babel's name of a language of the product."""
    return _LOCALES.get(language, language)


def count_words(count: int, language: str) -> str:
    """Return a count with the language's grouping: ``12,345``."""
    return str(format_decimal(count, locale=locale_of(language)))


def day_words(day: date, language: str) -> str:
    """Return a day and its month, short: ``25 Oct``."""
    return str(format_skeleton("MMMd", day, locale=locale_of(language)))


def span_words(first: date, last: date, language: str) -> str:
    """Return a span of days, with month names and the year once where that is enough."""
    return str(format_interval(first, last, "yMMMd", locale=locale_of(language)))
