"""The console in every language: chosen by the reader, whole on every page, with nothing outside the catalogues."""

import gettext
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest

from console_pages.flow_words import BLOCKERS
from console_pages.frame import TRANSLATIONS
from local.stack_options import ROOT
from local.texts import AREAS, LANGUAGES, extracted
from shared.domain.action import Action, Delivery, DeliveryStatus, Reason, Recipient, Status
from shared.domain.device import DeviceUser, NonCompliance, PasswordPolicy
from shared.domain.history import Event, EventType, event_id
from shared.domain.phonetic import WORDS
from shared.domain.resource_names import day_name, event_name
from shared.domain.statistics import Bucket, Figures, Need
from shared.services.languages import NAMES, catalogue
from shared.services.mirror import listed
from tests.functions.console.seeded_console import (
    ADMIN,
    DEVICE,
    ENTERPRISE,
    NOW,
    WORK_DEVICE,
    SeededConsole,
    open_action,
    record,
    seeded,
)

OVERVIEW = {
    "en": "Overview",
    "fr": "Vue d\N{RIGHT SINGLE QUOTATION MARK}ensemble",
    "it": "Panoramica",
    "de": "Übersicht",
    "es": "Resumen",
    "pt": "Visão geral",
    "nl": "Overzicht",
}

REQUEST = "?request=0f6a1c9e-6f5e-4a1e-9d1b-2f6f1f7f9a10"
LOG = f"/{ENTERPRISE}/actions"
CAUSES = (
    "INVALID_VALUE",
    "API_LEVEL",
    "MANAGEMENT_MODE",
    "UNSUPPORTED",
    "UNKNOWN",
    "GONE",
    "DEVICE_CHANGED",
    "ACTOR_NOT_AUTHORISED",
    "PASSCODE_DESTROYED",
)

DATA = re.compile(
    r"@|example|LC00demo|Demo|Galaxy|Moretti|[Cc]arla|samsung|R5CY|INC-\d|192\.0\.2|\b(admin|resetter|revealer|viewer)\b"
    r"|\d{2}:\d{2}|UTC|^[A-Z_]{3,}$|^[a-z]{1,2}\d+$|^mystery|^x-|^(\d+ h )?(\d+ )?min\.?$",
)
"""Names, addresses, codes, times and units: not words of the product."""


class Texts(HTMLParser):
    """Everything of a page that somebody reads or hears."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.lang = ""
        self._kind = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self._kind = (attributes.get("type") or tag) if tag in {"script", "style"} else ""
        if tag == "html":
            self.lang = attributes.get("lang") or ""
        for name in ("aria-label", "title", "placeholder", "alt", "data-title", "data-say"):
            self._add(attributes.get(name) or "")

    def handle_endtag(self, tag: str) -> None:
        self._kind = ""

    def handle_data(self, data: str) -> None:
        if self._kind == "application/json":
            self._add_all(json.loads(data))
        elif not self._kind:
            self._add(data)

    def _add_all(self, value: object) -> None:
        if isinstance(value, Mapping):
            for each in value.values():
                self._add_all(each)
        else:
            self._add(str(value))

    def _add(self, text: str) -> None:
        words = " ".join(text.split()).strip(" ·,")
        if re.search("[A-Za-z]{3}", words) and not DATA.search(words):
            self.found.add(words)


class Missed(gettext.NullTranslations):
    """Stands behind a catalogue and writes down what it was asked for in vain."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def gettext(self, message: str) -> str:
        self.texts.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.texts.add(msgid2)
        return super().ngettext(msgid1, msgid2, n)

    def pgettext(self, context: str, message: str) -> str:
        self.texts.add(f"{context}: {message}")
        return message


@contextmanager
def watched(language: str) -> Iterator[Missed]:
    texts, missed = catalogue(TRANSLATIONS, language), Missed()
    texts.add_fallback(missed)
    try:
        yield missed
    finally:
        texts._fallback = None  # type: ignore[attr-defined]


def write_events(console: SeededConsole, of: Action) -> None:
    details = {
        EventType.FAILED: {"code": "INVALID_VALUE"},
        EventType.MAIL_FAILED: {"code": "REJECTED", "recipient": "USER"},
        EventType.MAIL_SENT: {"recipient": "ADMIN"},
        EventType.REVEALED: {"reason": "INC-1"},
    }
    for number, kind in enumerate(EventType, 2):
        row = Event(kind, NOW, "SERVICE", of.status.value, "", details.get(kind, {}))
        console.put(event_name(of.name, event_id(number)), row)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededConsole]:
    """One console with resets in every state; no test here writes."""
    with seeded(tmp_path_factory.mktemp("languages")) as started:
        fill(started)
        yield started


def device(console: SeededConsole, **changes: Any) -> None:
    """Write a device as the mirror does, with its place in the lists."""
    made = listed(record(**changes))
    console.put(made.device.name, made)


def fill(console: SeededConsole) -> None:
    admin = Delivery(Recipient.ADMIN, ADMIN)
    sent, refused = (
        replace(admin, status=DeliveryStatus.SENT, send_time=NOW),
        replace(admin, status=DeliveryStatus.FAILED, reason="GAVE_UP"),
    )
    user = Delivery(Recipient.USER, "carla.moretti@example.com", status=DeliveryStatus.FAILED, reason="REJECTED")
    done = console.action(action_id="x-done", status=Status.DONE, reason="INC-1", deliveries=(sent, user))
    write_events(console, done)
    console.passcode(done)
    console.lock(done)
    unknown = console.action(action_id="x-unknown", status=Status.UNKNOWN, notice=refused)
    console.action(action_id="x-sent", status=Status.ISSUED)
    console.action(action_id="x-stopping", status=Status.ISSUED, cancel_time=NOW)
    for status in (Status.PENDING, Status.EXPIRED, Status.CANCELLED):
        console.action(action_id=f"x-{status.value.lower()}", status=status, scope="WORK_PROFILE")
    for code in ("NO_ANSWER", "NOT_SENT_IN_TIME"):
        console.action(action_id=f"x-{code}", status=Status.EXPIRED, status_reason=Reason(code))
    for number, code in enumerate(CAUSES):
        console.action(action_id=f"f{number}", status=Status.FAILED, status_reason=Reason(code), notice=sent)
    count(console)
    device(console, facts={"password_policies": (PasswordPolicy("SCOPE_DEVICE", maximum_failed_for_wipe=10),)})
    strict = PasswordPolicy("SCOPE_PROFILE", quality="COMPLEX", minimum_symbols=2)
    device(
        console,
        name=WORK_DEVICE,
        facts={"password_policies": (strict,), "is_secure": False},
        assigned_user=DeviceUser("Carla Moretti", ""),
        last_seen=NOW - timedelta(days=3),
    )
    device(console, name=f"{ENTERPRISE}/devices/d3", enrolled_user=None, gone_time=NOW, last_seen=None)
    device(console, name=f"{ENTERPRISE}/devices/d4", facts={"applied_state": "DISABLED", "api_level": 23})
    device(console, name=f"{ENTERPRISE}/devices/d5", open_action=open_action(unknown))
    device(
        console,
        name=f"{ENTERPRISE}/devices/d6",
        facts={
            "state": "LOST",
            "applied_state": "PROVISIONING",
            "management_mode": "",
            "non_compliance": (NonCompliance("PENDING"),),
        },
    )


def count(console: SeededConsole) -> None:
    """Write a day on which one of everything happened."""
    reasons = {f"FAILED:{code}": 2 for code in ("INVALID_VALUE", "API_LEVEL", "A_NEW_ONE")}
    reasons |= {"EXPIRED:NOT_ONLINE_IN_TIME": 3, "EXPIRED:NOT_SENT_IN_TIME": 2}
    reasons |= {"CANCELLED:": 4, "UNKNOWN:OUTCOME_UNKNOWN": 5}
    figures = Figures(
        counts=dict.fromkeys(Bucket, 2),
        reasons=reasons,
        times={"3": 7, "40": 2, "90": 1},
        needing={"x-unknown": Need.UNKNOWN, "x-sent": Need.WAITING, "x-done": Need.MAIL},
    )
    console.put(day_name(ENTERPRISE, NOW.date()), figures)


ACTIONS = ("done", "unknown", "sent", "stopping", "pending", "expired", "cancelled", "silent")
PAGES = (
    f"/{ENTERPRISE}",
    f"/{ENTERPRISE}/devices",
    f"/{ENTERPRISE}/devices?sort=-seen",
    f"/{ENTERPRISE}/devices?query=carla",
    f"/{ENTERPRISE}/devices?query=mystery",
    *(f"/{ENTERPRISE}/devices/d{number}" for number in range(1, 7)),
    *(f"/{ENTERPRISE}/devices/d{number}/reset{REQUEST}" for number in range(1, 7)),
    f"/{DEVICE}/log",
    f"/{DEVICE}/user",
    f"/{WORK_DEVICE}/user",
    LOG,
    f"{LOG}?status=FAILED&actor=admin%40example.com&from=2026-11-01&to=2099-12-31",
    f"{LOG}?device=mystery",
    *(f"{LOG}/x-{name}" for name in ACTIONS),
    *(f"{LOG}/f{number}" for number in range(len(CAUSES))),
    f"/{ENTERPRISE}/nothing",
    f"{LOG}?pageToken=broken",
)
OTHERS = (
    ("viewer@example.com", f"/{DEVICE}"),
    ("viewer@example.com", f"/{DEVICE}/reset{REQUEST}"),
    ("viewer@example.com", f"/{DEVICE}/user"),
    ("resetter@example.com", f"/{DEVICE}/reset{REQUEST}"),
    ("stranger@example.com", "/"),
)
EVERY = (*((ADMIN, path) for path in PAGES), *OTHERS)


def page_of(console: SeededConsole, language: str, path: str, caller: str = ADMIN) -> str:
    answer = console.get(path, caller=caller, **{"Accept-Language": language})
    assert answer.status_code in {200, 400, 403, 404}, path
    return answer.get_data(as_text=True)


def pattern_of(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\(\w+\\\)s", ".{1,80}", re.escape(text)))


@pytest.mark.parametrize("language", NAMES)
def test_the_browsers_language_is_spoken(console: SeededConsole, language: str) -> None:
    page = page_of(console, f"xx,{language}-CH;q=0.8,en;q=0.1", f"/{ENTERPRISE}/devices")
    assert Texts(page).lang == language
    assert OVERVIEW[language] in Texts(page).found


@pytest.mark.parametrize("asked", ["", "xx", "zh-Hans, ja;q=0.5", "*", "../../etc"])
def test_who_asks_for_no_known_language_gets_english(console: SeededConsole, asked: str) -> None:
    assert Texts(page_of(console, asked, f"/{ENTERPRISE}/devices")).lang == "en"


@pytest.mark.parametrize("cookie", ["__Host-language", "language"])
def test_a_chosen_language_goes_before_the_browsers(console: SeededConsole, cookie: str) -> None:
    console.client.set_cookie(cookie, "nl", domain="localhost", secure=False)
    try:
        page = page_of(console, "de", f"/{ENTERPRISE}/devices")
    finally:
        console.client.delete_cookie(cookie, domain="localhost")
    assert Texts(page).lang == "nl"
    assert re.search(r'data-language-choice="nl" aria-pressed="true">Nederlands<', page)
    assert page.count('data-language-choice="') == len(NAMES)


@pytest.mark.parametrize("cookie", ["xx", "", "<script>", "de\\"])
def test_a_cookie_that_names_no_language_counts_for_nothing(console: SeededConsole, cookie: str) -> None:
    console.client.set_cookie("language", cookie, domain="localhost")
    try:
        assert Texts(page_of(console, "fr", f"/{ENTERPRISE}/devices")).lang == "fr"
    finally:
        console.client.delete_cookie("language", domain="localhost")


@dataclass(frozen=True, slots=True)
class Reading:
    """Every page in one language: its texts, and what its catalogue was asked for in vain."""

    texts: Mapping[tuple[str, str], Texts]
    missed: frozenset[str]


@pytest.fixture(scope="module")
def read(console: SeededConsole) -> Callable[[str], Reading]:
    """Reads all pages in a language, once."""

    @cache
    def read_all(language: str) -> Reading:
        with watched(language) as missed:
            texts = {(who, path): Texts(page_of(console, language, path, who)) for who, path in EVERY}
        return Reading(texts, frozenset(missed.texts))

    return read_all


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_asks_its_catalogue_for_a_text_in_vain(read: Callable[[str], Reading], language: str) -> None:
    international = {word for character, word in WORDS.items() if character.isalpha()}
    assert read(language).missed - international == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_stands_outside_the_catalogues(read: Callable[[str], Reading], language: str) -> None:
    """What is read alike in English and in another language is a name, or was translated so."""
    say = catalogue(TRANSLATIONS, language).gettext
    alike = {*NAMES.values(), *(word for character, word in WORDS.items() if character.isalpha())}
    alike |= {say(message.id) for message in extracted(AREAS[1]) if isinstance(message.id, str) and message.id}
    filled = [pattern_of(text) for text in alike if "%(" in text]
    for page, english in read("en").texts.items():
        other = read(language).texts[page]
        assert (other.lang, len(other.found) > 10) == (language, True)
        both = (english.found & other.found) - alike
        assert {text for text in both if not any(each.fullmatch(text) for each in filled)} == set(), page


@pytest.mark.parametrize("language", NAMES)
def test_what_the_module_polls_is_in_the_readers_language_too(console: SeededConsole, language: str) -> None:
    say = catalogue(TRANSLATIONS, language).gettext
    live = page_of(console, language, f"{LOG}/x-done?part=live")
    assert say("Go to the passcode") in live
    assert f"{say('Passcode reset')}" in re.search(r'data-title="([^"]*)"', live)[1]  # type: ignore[index]


def test_every_finding_of_the_domain_has_words_in_the_console() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared" / "domain").glob("*.py"))
    codes = set(re.findall(r'(?:Finding|PolicyError|QualityError)\(\s*"([A-Z_]+)"', sources))
    templates = (TRANSLATIONS.parent / "templates" / "findings.html").read_text(encoding="utf-8")
    assert len(codes) > 15
    assert codes - set(re.findall(r'finding\.code == "([A-Z_]+)"', templates)) == set()
    blockers = templates.partition("{% macro warning")[0]
    assert set(re.findall(r'finding\.code == "([A-Z_]+)"', blockers)) == set(BLOCKERS)
