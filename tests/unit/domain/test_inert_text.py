"""Text of people and devices, made harmless."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.inert_text import inert


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\r\nBcc: b@example.com", "a\ufffd\ufffdBcc: b@example.com"),
        ("ab\u202etxt.exe", "ab\ufffdtxt.exe"),
        ("\u2066x\u2069", "\ufffdx\ufffd"),
        ("a\x00\x1b[31m\x7fb", "a\ufffd\ufffd[31m\ufffdb"),
        ("line\u2028next\u2029", "line\ufffdnext"),
        ("half \ud800", "half \ufffd"),
        ("tag \U000e0041", "tag \ufffd"),
        ("  padded ", "padded"),
    ],
)
def test_control_and_direction_characters_are_shown_as_taken_out(hostile: str, shown: str) -> None:
    assert inert(hostile, 100) == shown


@pytest.mark.parametrize(
    "name",
    [
        "Amélie Laurent",
        "\u0645\u062d\u0645\u062f",  # Arabic: Muhammad
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with the joiner its spelling needs
        "👩\u200d🔧",
        "山田 太郎",
        "<b>&",
    ],
)
def test_names_of_all_scripts_stay_as_they_are(name: str) -> None:
    assert inert(name, 100) == name


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert inert("x" * 10_000, 10) == "x" * 9 + "…"
    assert inert("x" * 10, 10) == "x" * 10
    assert inert("four five six", 6) == "four…"


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_what_comes_out_is_short_one_line_and_stable(text: str, limit: int) -> None:
    shown = inert(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    assert inert(shown, limit) == shown
    shown.encode()
