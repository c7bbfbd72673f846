"""``make texts``: collects every text that a reader sees and brings the translators' catalogues up to date.

Texts are marked in code (``_``, ``gettext``, ``ngettext``, ``N_``) and in templates (``_()``, ``{% trans %}``). A
catalogue keeps the translations it has, gains the new texts without one, and loses those that nothing shows any
more. Nothing is guessed from similar texts, and no line numbers are written: a change shows only what changed.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from local.stack_options import ROOT
from shared.domain.phonetic import WORDS
from shared.services.languages import DEFAULT, NAMES

KEYWORDS = {**DEFAULT_KEYWORDS, "say": None, "_counted": (2, 3)}
"""What marks a text; the last two are the console's own names for ``gettext`` and ``ngettext``."""

COMMENT_TAG = "Translators:"
"""Begins a comment, in code or template, that is carried into the catalogues."""

TEMPLATE_OPTIONS = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
"""As the environments of mails and console are set; a template that cannot be read is an error."""

NOISE = (
    "Generated-By",
    "Language-Team",
    "Last-Translator",
    "PO-Revision-Date",
    "POT-Creation-Date",
    "Project-Id",
    "Report-Msgid-Bugs-To",
)
"""Headers that would change without a text having changed, or say nothing."""

SPOKEN = tuple(word for character, word in WORDS.items() if not character.isalpha())
"""How digits and symbols are read out. The words of letters are international (ICAO), so nobody translates them."""

HEADER = """\
# {name}: texts of {area}.
# Words, tone and rules: docs/translating.md. English is the key; `make texts` collects it.
#"""


@dataclass(frozen=True, slots=True)
class Area:
    """Texts that share catalogues.

    Attributes:
        root: holds code and templates; the catalogues are in ``root/translations/{language}.po``.
        more: texts that come from elsewhere.
    """

    name: str
    root: Path
    more: tuple[str, ...] = SPOKEN

    def path(self, language: str) -> Path:
        """Return where a language's catalogue is."""
        return self.root / "translations" / f"{language}.po"


AREAS = (
    Area("mails", ROOT / "shared" / "adapters" / "mail_templates"),
    Area("console", ROOT / "functions" / "console" / "console_pages"),
)

LANGUAGES = tuple(language for language in NAMES if language != DEFAULT)


def extracted(area: Area) -> Catalog:
    """Return every text of an area, none translated; the same for the same files."""
    found = Catalog(charset="utf-8")
    for path in sorted(area.root.rglob("*")):
        for _line, text, comments, context in _texts(path):
            found.add(text, auto_comments=comments, context=context)
    for text in area.more:
        found.add(text)
    return found


def _texts(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    if path.suffix == ".py":
        yield from _marked(path, "python", {"encoding": "utf-8"})
    elif path.parent.name == "templates":
        yield from _marked(path, babel_extract, TEMPLATE_OPTIONS)


def _marked(path: Path, method: Any, options: dict[str, str]) -> Iterator[Any]:
    with path.open("rb") as source:
        yield from extract(method, source, KEYWORDS, [COMMENT_TAG], options, strip_comment_tags=True)


def stored(area: Area, language: str) -> Catalog:
    """Return a catalogue as it stands in its file; an empty one where there is no file."""
    path = area.path(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as source:
        return read_po(source, locale=language, charset="utf-8")


def updated(area: Area, language: str) -> Catalog:
    """Return the stored catalogue with exactly the texts that are extracted now."""
    catalogue = stored(area, language)
    catalogue.update(extracted(area), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = HEADER.format(name=NAMES[language], area=area.name)
    return catalogue


def as_file(catalogue: Catalog) -> bytes:
    """Return the content of a catalogue's file; the same for the same texts."""
    written = BytesIO()
    write_po(written, catalogue, width=110, no_location=True, sort_output=True)
    lines = written.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in NOISE))).encode()


def missing(catalogue: Catalog) -> list[Message]:
    """Return the messages without a translation, or with one that somebody marked as doubtful."""
    return [message for message in catalogue if message.id and (message.fuzzy or not _complete(message.string))]


def _complete(translation: str | Iterable[str]) -> bool:
    return bool(translation) if isinstance(translation, str) else bool(translation) and all(translation)


def main() -> int:
    """Write every catalogue and print what translators still have to do."""
    for area in AREAS:
        for language in LANGUAGES:
            catalogue = updated(area, language)
            area.path(language).parent.mkdir(exist_ok=True)
            area.path(language).write_bytes(as_file(catalogue))
            print(
                f"{area.name:8} {language}: {len(catalogue)} texts, {len(missing(catalogue))} without a translation"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
