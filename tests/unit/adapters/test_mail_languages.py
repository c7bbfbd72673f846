"""Letters in every language: whole, with the same facts, and in the language that their reader was promised."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from babel.dates import format_date

from local.texts import AREAS, LANGUAGES, SPOKEN, extracted
from shared.adapters.mail_templates import JinjaMailRenderer
from shared.adapters.mail_templates.language import MONTHS, language_for
from shared.domain.mail import MailFacts
from shared.domain.secret import Secret
from shared.services.languages import NAMES
from tests.unit.adapters.letters import ADMIN, ALL, EXPIRED, FAILED, UNKNOWN, USER, read

MAILS = AREAS[0]

SUBJECTS = {
    "en": "New passcode for your Google Pixel 9",
    "fr": "Nouveau code de déverrouillage pour votre Google Pixel 9",
    "it": "Nuovo codice di sblocco per il Suo Google Pixel 9",
    "de": "Neuer Entsperrcode für Ihr Gerät Google Pixel 9",
    "es": "Nuevo código de desbloqueo para su Google Pixel 9",
    "pt": "Novo código de desbloqueio para o seu Google Pixel 9",
    "nl": "Nieuwe toegangscode voor uw Google Pixel 9",
}

SPELLED = {
    "en": "capital kilo, small tango, four",
    "fr": "majuscule kilo, minuscule tango, quatre",
    "it": "maiuscola kilo, minuscola tango, quattro",
    "de": "groß kilo, klein tango, vier",
    "es": "mayúscula kilo, minúscula tango, cuatro",
    "pt": "maiúscula kilo, minúscula tango, quatro",
    "nl": "hoofdletter kilo, kleine letter tango, vier",
}

CAUSES = (
    "INVALID_VALUE",
    "API_LEVEL",
    "MANAGEMENT_MODE",
    "UNSUPPORTED",
    "UNKNOWN",
    "GONE",
    "DEVICE_CHANGED",
    "NOT_SENT_IN_TIME",
    "RPC_13",
)

SILENT = replace(EXPIRED, cause_code="NO_ANSWER")

LETTERS = {
    **ALL,
    **{cause: replace(FAILED, cause_code=cause) for cause in CAUSES},
    "NO_ANSWER": SILENT,
    "done-admin-one-try": replace(ADMIN, wipe_after=1, passcode=Secret("4827")),
    "done-user-one-try": replace(USER, wipe_after=1),
    "done-admin-nowhere": replace(ADMIN, passcode=None, link=""),
    "done-user-nowhere": replace(USER, passcode=None),
    "unknown-nobody": replace(UNKNOWN, user_display_name="", user_email=""),
    "failed-nobody": replace(FAILED, user_display_name="", user_email=""),
    "work-profile-one-try": replace(ADMIN, wipe_after=1, scope="WORK_PROFILE"),
}


def both(facts: MailFacts) -> list[str]:
    """Both bodies as running words, without the address of the console, which is not translated."""
    mail = JinjaMailRenderer().render(facts)
    page = read(mail.html.reveal())
    return [
        " ".join(words.replace(facts.link or "\0", "").split())
        for words in (mail.text.reveal(), f"{page.preheader} {page.text} {mail.subject}")
    ]


def pattern(text: str) -> re.Pattern[str]:
    """Find a text whatever facts were filled in."""
    return re.compile(re.sub(r"%\\\(\w+\\\)s", ".{1,60}?", re.escape(text)))


@pytest.mark.parametrize("language", NAMES)
def test_a_letter_is_in_the_language_of_its_reader(language: str) -> None:
    mail = JinjaMailRenderer().render(replace(USER, locale=f"{language}-CH"))
    assert mail.subject == SUBJECTS[language]
    assert f'<html lang="{language}" dir="ltr">' in mail.html.reveal()


@pytest.mark.parametrize("language", NAMES)
def test_a_passcode_is_spelled_in_the_language_of_the_letter(language: str) -> None:
    for words in both(replace(ALL["done-admin-letters"], locale=language)):
        assert f"Kt4 {SPELLED[language]}" in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_is_left_in_any_letter(language: str) -> None:
    say = language_for(language).catalogue
    english = [
        pattern(text)
        for text in (message.id if isinstance(message.id, str) else message.id[1] for message in extracted(MAILS))
        if len(text) > 10 and not text.startswith("%") and say.gettext(text) != text
    ]
    assert len(english) > 80
    for name, facts in LETTERS.items():
        for words in both(replace(facts, locale=language)):
            assert [found[0] for each in english if (found := each.search(words))] == [], name


def test_these_letters_show_every_text_there_is() -> None:
    """So that what is said here of all letters is said of all texts."""
    seen = " ".join(words for facts in LETTERS.values() for words in both(facts))
    shown = [
        text
        for message in extracted(MAILS)
        for text in ([message.id] if isinstance(message.id, str) else message.id)
        if text and text not in {*SPOKEN, *MONTHS}
    ]
    assert len(shown) > 90
    assert [text for text in shown if not pattern(text).search(seen)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("facts", LETTERS.values(), ids=LETTERS)
def test_a_letter_is_built_alike_in_every_language(facts: MailFacts, language: str) -> None:
    english, other = (JinjaMailRenderer().render(replace(facts, locale=tag)) for tag in ("en", language))
    here, there = read(english.html.reveal()), read(other.html.reveal())

    def shape(page: object) -> list[str]:
        return [tag for tag, _ in page.elements]  # type: ignore[attr-defined]

    assert sorted(shape(here)) == sorted(shape(there))
    assert here.links == there.links
    assert english.text.reveal().count("\n") == other.text.reveal().count("\n")
    assert "%" not in other.subject + other.text.reveal()


@pytest.mark.parametrize("language", NAMES)
def test_the_passcode_stands_whole_in_both_bodies_and_nowhere_before_them(language: str) -> None:
    facts = replace(USER, locale=language, passcode=Secret("4827196348271963"))
    mail = JinjaMailRenderer().render(facts)
    page = read(mail.html.reveal())
    for words in (mail.text.reveal(), page.text):
        assert "4827 1963 4827 1963" in words
    assert not re.search("4827|1963", mail.subject + page.preheader)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_outcome_promises_nothing_in_any_language(language: str) -> None:
    promise = language_for(language).catalogue.gettext("The old passcode still works.")
    for doubtful in (UNKNOWN, SILENT):
        assert all(promise not in words for words in both(replace(doubtful, locale=language)))
    assert all(promise in words for words in both(replace(FAILED, locale=language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_are_written_as_the_unicode_consortium_has_them(language: str) -> None:
    first = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for day in (first + timedelta(days=31 * month) for month in range(12)):
        assert language_for(language).date(day) == format_date(day.date(), "long", locale=language)


def test_english_dates_begin_with_the_day() -> None:
    assert language_for("en").date(datetime(2026, 3, 1, tzinfo=UTC)) == "1 March 2026"
