"""Addresses, times, tables, spelling: the small parts."""

import time
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passcodectl.address import AddressError, enterprise_id, parse_address
from passcodectl.inert import cut, inert, width
from passcodectl.moments import ago, duration, local, parse_duration
from passcodectl.spelling import grouped, spelled
from passcodectl.table import Column, table
from shared.domain import phonetic

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "origin", "loopback"),
    [
        ("https://console.example.com/", "https://console.example.com", False),
        ("https://console.example.com:8443", "https://console.example.com:8443", False),
        ("http://localhost:8080", "http://localhost:8080", True),
        ("http://127.0.0.1:1", "http://127.0.0.1:1", True),
        ("http://[::1]:8080", "http://[::1]:8080", True),
    ],
)
def test_an_address_is_https_or_on_this_machine(text, origin, loopback):
    address = parse_address(text)
    assert (address.origin, address.loopback) == (origin, loopback)


@pytest.mark.parametrize(
    "text",
    [
        "http://console.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "console.example.com",
        "ftp://console.example.com",
        "https://me:secret@console.example.com",
        "https://console.example.com/v1",
        "https://console.example.com?x=y",
        "https://console.example.com:port",
        "https://",
        "",
    ],
)
def test_any_other_address_gets_no_token(text):
    with pytest.raises(AddressError):
        parse_address(text)


def test_an_enterprise_may_be_named_in_full():
    assert enterprise_id("enterprises/LC01") == enterprise_id(" LC01 ") == "LC01"
    with pytest.raises(AddressError):
        enterprise_id("LC01/devices")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("7d", 604800), ("45", 45), (" 2H ", 7200)]
)
def test_durations_are_written_as_people_write_them(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5h", "10 m x", "h", "1w"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (45, "45 s"), (600, "10 min"), (5400, "1 h 30 min"), (90061, "1 d 1 h")]
)
def test_durations_are_told_in_their_two_largest_units(seconds, told):
    assert duration(seconds) == told


@pytest.fixture
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize(
    ("text", "told", "since"),
    [
        ("2026-11-23T21:40:00Z", "23 Nov 21:40 UTC", "20 min ago"),
        ("2026-11-23T21:40:00.123456+01:00", "23 Nov 20:40 UTC", "1 h ago"),
        ("2025-01-02T03:04:05Z", "02 Jan 2025 03:04 UTC", "690 d ago"),
        ("2026-11-23T22:00:05Z", "23 Nov 22:00 UTC", "now"),
        (None, "-", "-"),
        ("yesterday", "-", "-"),
        ("2026-11-23T21:40:00", "-", "-"),
    ],
)
@pytest.mark.usefixtures("utc")
def test_times_are_local_with_their_zone(text, told, since):
    assert local(text, NOW) == told
    assert ago(text, NOW) == since


@given(st.text())
def test_nothing_that_acts_on_a_terminal_comes_through(text):
    harmful = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not [
        char for char in inert(text) if unicodedata.category(char) in harmful and char not in "\u200c\u200d"
    ]


def test_what_was_made_harmless_can_still_be_read():
    assert inert("\x1b[2Ja\nb\u202ec\u2066d") == r"\x1b[2Ja\nb\u202ec\u2066d"
    assert inert("Björk 李小龙 अनिता") == "Björk 李小龙 अनिता"


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_a_cut_text_never_takes_more_cells(text, cells):
    assert width(cut(inert(text), cells)) <= cells


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=6))
def test_a_table_fits(rows):
    lines = table([Column("A", least=4), Column("B", least=4)], rows, 40)
    assert len(lines) == 1 + len(rows)
    assert max(map(width, lines)) <= 40


def test_a_column_that_is_copied_is_never_cut():
    lines = table([Column("ID"), Column("NAME", least=4)], [("x" * 60, "a long name")], 50)
    assert lines[1].startswith("x" * 60 + "  a l…")


@pytest.mark.parametrize("passcode", ["12345678", "K7q4Tz", "a b!", "~", "74utj9hn"])
def test_a_passcode_is_grouped_and_spelled_as_in_the_console(passcode):
    assert grouped(passcode) == " ".join(phonetic.grouped(passcode))
    assert spelled(passcode) == [spoken.phrase for spoken in phonetic.spell(passcode)]


def test_every_character_of_a_passcode_has_its_word():
    every = "".join(map(chr, range(0x20, 0x7F)))
    assert spelled(every) == [spoken.phrase for spoken in phonetic.spell(every)]
