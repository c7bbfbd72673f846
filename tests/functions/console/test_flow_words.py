"""Durations in words."""

import gettext
from datetime import timedelta

import pytest

from console_pages.flow_words import duration_words, elapsed_words

ENGLISH = gettext.NullTranslations()


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=4.9), "4 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3, minutes=12), "3 h 12 min"),
        (timedelta(hours=48), "2 d 0 h"),
        (timedelta(days=7, hours=5), "7 d 5 h"),
    ],
)
def test_what_took_a_time_is_told_in_two_units(took, words):
    assert elapsed_words(took, ENGLISH) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (30, "1 minute"),
        (5400, "90 minutes"),
        (3600, "1 hour"),
        (86_400, "24 hours"),
        (172_800, "48 hours"),
        (259_200, "3 days"),
        (2_592_000, "30 days"),
    ],
)
def test_a_validity_is_told_in_the_largest_unit_that_tells_it(seconds, words):
    assert duration_words(seconds, ENGLISH) == words
