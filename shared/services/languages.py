"""The languages of the product: which there are, which one a person gets, and their catalogues (service layer).

Catalogues are gettext's ``.po`` files as translators edit them, read by Babel when a language is first needed: no
compiled file to forget. A text that a catalogue lacks is shown in English, and a test fails.
"""

import gettext
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path

DEFAULT = "en"

NAMES = {
    "en": "English",
    "fr": "Français",
    "it": "Italiano",
    "de": "Deutsch",
    "es": "Español",
    "pt": "Português",
    "nl": "Nederlands",
}
"""Every language there is, by its own name."""


def N_(text: str) -> str:  # noqa: N802  # gettext's own name for "translate later"
    """Mark a text for the catalogue where it is only named."""
    return text


def pick(wanted: Iterable[str]) -> str:
    """Return the first known language of tags such as ``de-AT`` or ``pt_BR``; English where none is known."""
    return next((language for tag in wanted if (language := _language(tag)) in NAMES), DEFAULT)


def is_known(tag: str) -> bool:
    """Tell whether a tag such as ``de-AT`` is of a known language, so that ``pick`` takes no other for it."""
    return _language(tag) in NAMES


def _language(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].strip().lower()


@cache
def catalogue(folder: Path, language: str) -> gettext.NullTranslations:
    """Return a language's catalogue out of ``folder/{language}.po``; English needs none.

    Raises:
        OSError: a known language without its file: a fault of the build.
    """
    if language == DEFAULT:
        return gettext.NullTranslations()
    # Babel costs 40 ms, which an English-only function never pays.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with (folder / f"{language}.po").open("rb") as source:
        messages = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
