"""Writes letters with Jinja (adapter of ``MailRenderer``)."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.adapters.mail_templates.language import Language, language_for
from shared.adapters.mail_templates.letter_facts import LetterFacts, letter_facts
from shared.domain.inert_text import inert
from shared.domain.mail import Mail, MailFacts, MailKind
from shared.domain.secret import Secret

TEMPLATES = Path(__file__).parent / "templates"

LETTERS = {
    MailKind.DONE_ADMIN: "done_admin.j2",
    MailKind.DONE_USER: "done_user.j2",
    MailKind.FAILED: "not_reset.j2",
    MailKind.EXPIRED: "not_reset.j2",
    MailKind.UNKNOWN: "unknown.j2",
}

MAX_SUBJECT = 120
"""Characters; mail programs show about 60."""


class JinjaMailRenderer:
    """Writes each letter as HTML and as full text. Safe from several threads; holds no letter."""

    def render(self, facts: MailFacts) -> Mail:
        """Return the letter in the recipient's language, English where that is not known.

        Subject and preheader never hold the passcode: they are shown on lock screens. Safe to repeat.
        """
        language = language_for(facts.locale)
        shown = letter_facts(facts, language)
        subject, text = _write(facts.kind, "txt", language, shown)
        _, html = _write(facts.kind, "html", language, shown)
        return Mail(facts.to, inert(subject, MAX_SUBJECT), Secret(text), Secret(html), facts.reference)


def _write(kind: MailKind, medium: str, language: Language, facts: LetterFacts) -> tuple[str, str]:
    """Return subject and body. Words and dates come from ``language``; ``facts`` are escaped by the medium."""
    template = _environment(medium, language.tag).get_template(LETTERS[kind])
    module = template.make_module({"f": facts, "kind": str(kind), "language": language, "medium": medium})
    return str(module.subject), f"{module}".strip() + "\n"  # type: ignore[attr-defined]  # each letter sets it


@cache
def _environment(medium: str, tag: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=medium == "html",  # noqa: S701  # the other medium is plain text, where escapes would be read
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(language_for(tag).catalogue, newstyle=True)  # type: ignore[attr-defined]
    html = medium == "html"
    environment.filters |= {"isolated": _isolated if html else str, "unbroken": _unbroken if html else str}
    return environment


def _isolated(text: str) -> Markup:
    """Keep right-to-left names from reordering the sentence around them."""
    return Markup("<bdi>{}</bdi>").format(text)


def _unbroken(text: str) -> Markup:
    """Keep what belongs together on one line."""
    return Markup('<bdi style="white-space:nowrap">{}</bdi>').format(text)
