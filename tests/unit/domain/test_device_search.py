import itertools
import random
import unicodedata
from datetime import UTC, datetime

import pytest

from shared.domain.device import Device, DeviceRecord, DeviceUser
from shared.domain.device_search import (
    MAX_CHARACTERS,
    MAX_KEY,
    MAX_TERMS,
    PREFIX_LENGTH,
    matches,
    model_key,
    normalised,
    search_prefix,
    search_terms,
    user_key,
)

HOSTILE = [
    "x" * 10_000,
    "word " * 2_000,
    "\N{RIGHT-TO-LEFT OVERRIDE}lov\N{RIGHT-TO-LEFT ISOLATE}elace",
    "a\x00b\x1b[31m\r\nc",
    "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 400,
    "Z\N{COMBINING GRAVE ACCENT}" * 3_000,
    "\ud800\udfff broken",
    "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET} \N{ARABIC LETTER ALEF}",
    "... --- ...",
    " \t\N{NO-BREAK SPACE}",
    "a@b@c.d.e-f_g",
]


def record(
    name: str = "Ada Lovelace",
    email: str = "ada.lovelace@example.com",
    model: str = "Pixel 9 Pro",
    serial: str = "R3CX10ABCDEFG",
    device_id: str = "36c339908766f292",
) -> DeviceRecord:
    device = Device(f"enterprises/LC0/devices/{device_id}", model=model, serial_number=serial)
    return DeviceRecord(device, datetime(2026, 1, 1, tzinfo=UTC), enrolled_user=DeviceUser(name, email))


@pytest.mark.parametrize(
    "query",
    [
        "a",
        "Ada",
        "love",
        "ada l",
        "lovelace ad",
        "Ada Lovelace",
        "LOVELACE ADA",
        "ada.love",
        "ada.lovelace@example.com",
        "lovelace",
        "pixel",
        "pixel 9",
        "Pixel 9 Pro",
        "pro",
        "9",
        "r3cx",
        "R3CX10ABCDEFG",
        "36c3",
        "36c339908766f292",
        "  ada   lovelace ",
    ],
)
def test_the_start_of_anything_people_know_finds_the_device(query: str) -> None:
    assert search_prefix(query) in search_terms(record())
    assert matches(record(), query)


@pytest.mark.parametrize(
    "query",
    ["da", "velace", "example.com", "ada lovelace-king", "pixel 8", "ada.lovelace@example.org", "36c339908766f293"],
)
def test_what_no_text_starts_with_finds_nothing(query: str) -> None:
    assert not matches(record(), query)


def test_a_longer_query_is_looked_up_by_twelve_characters_and_decided_in_code() -> None:
    other = record(email="ada.lovelace@example.org")
    query = "ada.lovelace@example.com"
    assert search_prefix(query) == "ada.lovelace"
    assert search_prefix(query) in search_terms(other)
    assert not matches(other, query)


def test_a_short_address_is_found_by_more_than_its_local_part() -> None:
    assert search_prefix("al@example.com") in search_terms(record(email="al@example.com"))


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("José Ángel Núñez", "jose angel"),
        ("JOSÉ", "josé"),
        ("Jürgen Groß", "gross"),
        ("Bjørn Łukasz", "bjorn luk"),
        ("Ægir", "aegir"),
        ("\N{LATIN SMALL LETTER DOTLESS I}\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "ii"),
        ("Sinéad O\N{RIGHT SINGLE QUOTATION MARK}Connor", "sinead o'connor"),
        ("Sinéad O'Connor", "connor"),
        ("Anne-Marie Curie", "marie"),
        ("Anne-Marie Curie", "anne-m"),
        ("Anne-Marie Curie", "anne curie"),
        ("Lovelace, Ada", "ada lovelace"),
        ("Lovelace, Ada", "lovelace ada"),
        ("María del Carmen García López", "garcia"),
        ("María del Carmen García López", "maria lopez"),
        ("ﬁnn", "finn"),
        ("山田 太郎", "山田"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}da", "ada"),
    ],
)
def test_names_are_found_as_people_type_them(name: str, query: str) -> None:
    assert search_prefix(query) in search_terms(record(name=name, email=""))
    assert matches(record(name=name, email=""), query)


@pytest.mark.parametrize("query", ["", "   ", "\N{COMBINING ACUTE ACCENT}", "\x00"])
def test_a_query_of_nothing_is_no_filter(query: str) -> None:
    assert search_prefix(query) == ""
    assert matches(record(), query)


def test_a_device_without_user_is_found_by_its_own_facts() -> None:
    bare = DeviceRecord(Device("enterprises/LC0/devices/abc", model="Pixel"), datetime(2026, 1, 1, tzinfo=UTC))
    assert search_terms(bare) == ("a", "ab", "abc", "p", "pi", "pix", "pixe", "pixel")
    assert matches(bare, "pix")
    assert user_key(bare) == ""


def test_the_assigned_user_counts_and_the_enrolled_one_no_more() -> None:
    base = record()
    assigned = DeviceRecord(
        base.device, base.mirror_time, enrolled_user=base.enrolled_user, assigned_user=DeviceUser("Grace Hopper")
    )
    assert matches(assigned, "grace")
    assert not matches(assigned, "ada")
    assert user_key(assigned) == "grace hopper"


def test_terms_are_sorted_and_each_stands_once() -> None:
    terms = search_terms(record())
    assert list(terms) == sorted(set(terms))


def test_a_usual_device_has_fewer_than_a_hundred_terms() -> None:
    assert 50 < len(search_terms(record())) < 130


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_bounded_and_clean(text: str) -> None:
    hostile = record(text, text, text, text)
    terms = search_terms(hostile)
    assert len(terms) <= MAX_TERMS
    assert all(1 <= len(term) <= PREFIX_LENGTH for term in terms)
    assert len(user_key(hostile)) <= MAX_KEY
    assert len(model_key(hostile)) <= MAX_KEY
    for kept in (*terms, user_key(hostile), model_key(hostile), search_prefix(text)):
        assert not any(unicodedata.category(character)[0] in "CM" for character in kept)
        kept.encode()


def test_the_bound_on_terms_is_reached_by_no_text() -> None:
    rng = random.Random(11)
    words = [" ".join("".join(rng.choices("abcdefghijklmnop", k=14)) for _ in range(40)) for _ in range(5)]
    terms = search_terms(record(words[0], words[1].replace(" ", ".") + "@x", words[2], words[3], "Z" * 128))
    assert 0.6 * MAX_TERMS < len(terms) <= MAX_TERMS


def test_normalising_twice_changes_nothing_and_the_query_agrees_with_the_terms() -> None:
    rng = random.Random(5)
    pool = "aZ éÅßıİſﬃ℃Ⅷ　-'\u2019_.@9٣क्षि한글\u0345\u1e9e\u01c5\u03f4\u212b\u1fb4" + chr(0x1F600)
    for _ in range(300):
        text = "".join(rng.choices(pool, k=rng.randrange(30)))
        once = normalised(text)
        assert normalised(once) == once
        assert len(once) <= MAX_CHARACTERS
        found = record(name=text, email="", model="", serial="")
        terms = search_terms(found)
        for end in range(1, len(once) + 1):
            assert matches(found, once[:end])
            assert search_prefix(once[:end]) in terms


def test_every_letter_that_unicode_takes_apart_or_folds_is_normalised_once_and_for_all() -> None:
    ranges = [range(0x3400), range(0xA640, 0xAC80), range(0xF900, 0x10600), range(0x1D400, 0x1D800)]
    for code in itertools.chain(*ranges):
        once = normalised(chr(code))
        assert normalised(once) == once, hex(code)


def test_a_query_matches_only_if_its_prefix_is_a_term() -> None:
    rng = random.Random(6)
    subject = record()
    terms = set(search_terms(subject))
    for _ in range(1_000):
        query = "".join(rng.choices("adloveceprix 9.@r3", k=rng.randrange(1, 16)))
        if matches(subject, query):
            assert not search_prefix(query) or search_prefix(query) in terms
        elif len(normalised(query)) <= PREFIX_LENGTH:
            assert search_prefix(query) not in terms


def test_keys_order_people_and_models_without_regard_to_case_and_accents() -> None:
    names = ["Émile", "adam", "Zoë", "Bob"]
    assert sorted(names, key=lambda name: user_key(record(name=name))) == ["adam", "Bob", "Émile", "Zoë"]
    assert user_key(record(name="", email="Ada@Example.com")) == "ada@example.com"
    assert model_key(record(model="Galaxy S24")) == "galaxy s24"
    assert model_key(record(model="")) == ""
