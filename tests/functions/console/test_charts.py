"""Charts are numbers: they add up, stay inside, and say the same as the figures."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_pages.charts import Bar, bars_of, columns_of, percent, scale_of
from console_pages.local_numbers import count_words, day_words, span_words
from shared.domain.statistics import Bucket, Figures

FIRST = date(2026, 10, 25)


def share(text: str) -> float:
    return float(text.removesuffix("%")) / 100


@given(st.integers(0, 10**7))
def test_a_scale_holds_the_most_with_a_round_middle_and_wastes_little(most):
    top = scale_of(most)

    assert most <= top
    assert top % 2 == 0
    assert top <= max(2, most * 1.5 + 2)


def test_scales_are_those_a_person_would_choose():
    chosen = {0: 2, 1: 2, 3: 4, 13: 14, 24: 24, 25: 30, 29: 30, 30: 30, 101: 120, 999: 1000}

    assert {most: scale_of(most) for most in chosen} == chosen


COUNTS = st.dictionaries(st.sampled_from([bucket.value for bucket in Bucket]), st.integers(1, 500))


@given(st.lists(COUNTS, min_size=1, max_size=31))
def test_columns_stand_on_the_ground_side_by_side_and_are_as_high_as_their_counts(counts):
    days = [(FIRST + timedelta(days=n), Figures(each)) for n, each in enumerate(counts)]
    top = scale_of(max(figures.total for _, figures in days))

    columns = columns_of(days, top)

    end = 0.0
    for column, (day, figures) in zip(columns, days, strict=True):
        assert column.day == day
        assert share(column.left) >= end
        end = share(column.left) + share(column.width)
        below = 1.0
        for part in column.parts:
            assert share(part.top) + share(part.height) == pytest.approx(below, abs=2e-4)
            below = share(part.top)
        assert 1 - below == pytest.approx(figures.total / top, abs=2e-4)
    assert end <= 1.0


def test_a_column_is_stacked_of_done_not_done_and_open():
    figures = Figures({"OPEN": 1, "DONE": 6, "FAILED": 1, "UNKNOWN": 1, "EXPIRED": 0, "CANCELLED": 1})

    (column,) = columns_of([(FIRST, figures)], 10)

    assert [(part.kind, part.top, part.height) for part in column.parts] == [
        ("done", "40%", "60%"),
        ("not-done", "10%", "30%"),
        ("open", "0%", "10%"),
    ]
    assert columns_of([(FIRST, Figures())], 2)[0].parts == ()


def test_bars_are_as_long_as_their_share_of_the_longest():
    assert bars_of([("a", 8, ""), ("b", 3, "/x"), ("c", 0, "")]) == (
        Bar("a", 8, "100%"),
        Bar("b", 3, "37.5%", "/x"),
        Bar("c", 0, "0%"),
    )
    assert bars_of([("a", 0, "")]) == (Bar("a", 0, "0%"),)
    assert bars_of([]) == ()


def test_shares_are_written_without_needless_digits():
    assert [percent(share) for share in (0, 1, 0.5, 1 / 3, 1e-6)] == ["0%", "100%", "50%", "33.33%", "0%"]


def test_numbers_and_days_are_written_as_the_language_does():
    last = date(2026, 11, 23)

    assert [count_words(12345, language) for language in ("en", "de", "fr")] == ["12,345", "12.345", "12\u202f345"]
    assert [day_words(FIRST, language) for language in ("en", "de", "nl")] == ["25 Oct", "25. Okt.", "25 okt"]
    assert span_words(FIRST, last, "en").replace("\u2009", " ") == "25 Oct \N{EN DASH} 23 Nov 2026"
