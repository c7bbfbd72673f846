"""The catalogues of mails and console: complete, alive, with the same facts, the same terms and the right tone."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from local import texts
from local.texts import AREAS, LANGUAGES, SPOKEN, Area, as_file, missing, updated
from shared.domain.phonetic import WORDS
from shared.services.languages import NAMES, catalogue

PLACES = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]+\}|</?[a-z]+[^>]*>")
"""What a text holds besides words: facts by name and markup."""

TERMS = {
    "passcode": {
        "fr": "code",
        "it": "codic",
        "de": "code",
        "es": "código",
        "pt": "código",
        "nl": "code",
    },
    "reset": {
        "fr": "réinitialis",
        "it": "reimpost",
        "de": "zurückse|zurückgese|zurückzuse|setz.* zurück",
        "es": "restabl",
        "pt": "redefin",
        "nl": "reset",
    },
    "work profile": {
        "fr": "profils? professionnel",
        "it": "profil[oi] di lavoro",
        "de": "arbeitsprofil",
        "es": "perfil(es)? de trabajo",
        "pt": "perfi[ls] de trabalho",
        "nl": "werkprofiel",
    },
    "device": {
        "fr": "appareil",
        "it": "dispositiv",
        "de": "gerät",
        "es": "dispositivo",
        "pt": "dispositivo",
        "nl": "apparaat|apparaten",
    },
}
"""One word for one thing, everywhere: the terms of docs/translating.md."""

FAMILIAR = {
    "fr": "tu|toi|ton|ta|tes",
    "it": "tu|tuo|tua|tuoi|tue",
    "de": "du|dir|dich|dein|deine|deinen|deinem|deiner",
    "es": "tú|tu|tus|tuyo|vuestro|vuestra",
    "pt": "tu|teu|tua|teus|tuas|você",
    "nl": "je|jij|jou|jouw",
}

BARE_SIGN = re.compile(r"[^\N{NO-BREAK SPACE}][:;?!»](\s|$)|«[^\N{NO-BREAK SPACE}]")
"""French puts a space before these signs, on which no line may break."""

SIZES = {"mails": ("capital %(word)s", "small %(word)s"), "console": ("capital {word}", "small {word}")}

SHORT_OF = {"device": "Android Device Policy", "reset": "resetter"}
"""Names that hold a term and are not translated."""

EVERY = [pytest.param(area, language, id=f"{area.name}-{language}") for area in AREAS for language in LANGUAGES]


extracted, stored = cache(texts.extracted), cache(texts.stored)
"""Read once for all tests; none changes them."""


def pairs(area: Area, language: str) -> Iterator[tuple[str, str, Message]]:
    """Every text with its translation, where it has one; of a plural each form with the English plural."""
    for message in stored(area, language):
        text, forms = (
            (message.id, [message.string]) if isinstance(message.id, str) else (message.id[1], message.string)
        )
        for form in filter(None, forms if text else []):
            yield text, form, message


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_nothing_is_missing_or_doubtful(area: Area, language: str) -> None:
    known = {(message.context, message.id) for message in stored(area, language)}
    assert [message.id for message in extracted(area) if (message.context, message.id) not in known] == []
    assert [message.id for message in missing(stored(area, language))] == []


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_nothing_is_translated_that_nobody_shows(area: Area, language: str) -> None:
    shown = {(message.context, message.id) for message in extracted(area)}
    catalogue = stored(area, language)
    assert [message.id for message in catalogue if message.id and (message.context, message.id) not in shown] == []
    assert not catalogue.obsolete


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_a_catalogue_is_as_make_texts_writes_it(area: Area, language: str) -> None:
    assert area.path(language).read_bytes() == as_file(updated(area, language)), "run make texts"


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_a_translation_tells_the_same_facts(area: Area, language: str) -> None:
    wrong = [
        (text, translation)
        for text, translation, _ in pairs(area, language)
        if sorted(PLACES.findall(text)) != sorted(PLACES.findall(translation))
    ]
    assert wrong == []


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_a_translation_can_be_filled_in(area: Area, language: str) -> None:
    for text, translation, message in pairs(area, language):
        facts = dict.fromkeys(re.findall(r"%\(([a-z_]+)\)", text), 7)
        for each in (text, translation):
            assert "%(" not in each % facts
        if not isinstance(message.id, str):
            assert len(message.string) == stored(area, language).num_plurals


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_a_translation_is_a_whole_text(area: Area, language: str) -> None:
    """It ends as the English one does, and begins and ends without a gap: nothing is cut or glued."""

    def ending(text: str) -> str:
        return text[-1] if text[-1] in ".?!:…" else ""

    found = [(text, translation) for text, translation, _ in pairs(area, language)]
    assert [pair for pair in found if ending(pair[0]) != ending(pair[1])] == []
    assert [pair for pair in found if any(each != each.strip() or "  " in each for each in pair)] == []


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_one_thing_has_one_name(area: Area, language: str) -> None:
    for term, words in TERMS.items():
        name = SHORT_OF.get(term, "\0")
        wrong = [
            (text, translation)
            for text, translation, _ in pairs(area, language)
            if re.search(rf"\b{term}", PLACES.sub("", text.replace(name, "")), re.IGNORECASE)
            and not re.search(words[language], translation, re.IGNORECASE)
        ]
        assert wrong == [], term


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_readers_are_addressed_formally(area: Area, language: str) -> None:
    familiar = re.compile(rf"\b({FAMILIAR[language]})\b", re.IGNORECASE)
    assert [translation for _, translation, _ in pairs(area, language) if familiar.search(translation)] == []


@pytest.mark.parametrize(("area", "language"), EVERY)
def test_signs_are_typographic(area: Area, language: str) -> None:
    for text, translation, _ in pairs(area, language):
        for words in (text, translation):
            bare = PLACES.sub("", words)
            assert "'" not in bare, words
            assert '"' not in bare, words
            assert "..." not in bare, words
        if language == "fr":
            assert not re.search(r"[^\N{NO-BREAK SPACE}][:;?!»](\s|$)|«[^\N{NO-BREAK SPACE}]", translation), (
                translation
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_of_mails_and_console_has_one_translation(language: str) -> None:
    first, second = ({text: translation for text, translation, _ in pairs(area, language)} for area in AREAS)
    both = first.keys() & second.keys()
    assert {text: first[text] for text in both} == {text: second[text] for text in both}
    assert both > set(SPOKEN)


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
@pytest.mark.parametrize("language", NAMES)
def test_no_two_characters_are_read_out_alike(area: Area, language: str) -> None:
    words = catalogue(area.root / "translations", language)
    spoken = [words.gettext(word).casefold() for word in WORDS.values()]
    assert len(set(spoken)) == len(WORDS)
    assert len({words.gettext(size) for size in SIZES[area.name]}) == 2


def test_a_text_that_nothing_shows_any_more_leaves_and_a_new_one_waits(tmp_path: Path) -> None:
    """``make texts``, on an area of its own."""
    (tmp_path / "translations").mkdir()
    (tmp_path / "templates").mkdir()
    area = Area("trial", tmp_path, more=())
    code, page = tmp_path / "words.py", tmp_path / "templates" / "page.html"
    code.write_text('A = N_("kept")\nB = N_("dropped")\n')
    page.write_text("{% trans %}\n  two\n  lines\n{% endtrans %}{# Translators: a verb #}{{ _('open') }}")
    first = updated(area, "de")
    assert {message.id for message in first if message.id} == {"kept", "dropped", "two lines", "open"}
    assert first.get("open").auto_comments == ["a verb"]
    for message in first:
        message.string = f"{message.id} (de)" if message.id else message.string
    area.path("de").write_bytes(as_file(first))
    code.write_text('A = N_("kept")\nC = ngettext("%(n)s new", "%(n)s new ones", n)\n')
    second = updated(area, "de")
    assert second.get("kept").string == "kept (de)"
    assert [message.id for message in missing(second)] == [("%(n)s new", "%(n)s new ones")]
    assert b"dropped" not in as_file(second)
    assert as_file(second) == as_file(updated(area, "de"))
    assert b"line" not in as_file(second).replace(b"two lines", b"")


def test_a_template_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("{% if %}")
    with pytest.raises(Exception, match="Expected an expression"):
        texts.extracted(Area("trial", tmp_path))


def test_make_texts_writes_every_catalogue_and_tells_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words.py").write_text('A = N_("one")\nB = N_("two")\n')
    monkeypatch.setattr(texts, "AREAS", (Area("trial", tmp_path, more=()),))
    assert texts.main() == 0
    assert {path.stem for path in (tmp_path / "translations").iterdir()} == set(LANGUAGES)
    assert "trial    de: 2 texts, 2 without a translation" in capsys.readouterr().out
