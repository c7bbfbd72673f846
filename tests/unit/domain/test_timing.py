"""The delays of the protocol, and what the constants owe each other."""

import pytest

from shared.domain import timing
from tests.unit.domain.facts import DAY, HOUR, MINUTE, SECOND, T0


@pytest.mark.parametrize(
    ("tries", "minutes"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (6, 10), (1000, 10)]
)
def test_a_retry_waits_longer_each_time_up_to_ten_minutes(tries, minutes):
    assert timing.retry_delay(tries) == minutes * MINUTE


@pytest.mark.parametrize(
    ("age", "wait"),
    [(0 * SECOND, 30 * SECOND), (MINUTE, 30 * SECOND), (10 * MINUTE, 5 * MINUTE), (DAY, 30 * MINUTE)],
)
def test_a_look_waits_half_the_age_within_its_bounds(age, wait):
    assert timing.next_look(T0, T0 + age) == T0 + age + wait


def test_a_clock_behind_the_claim_still_waits_the_least():
    assert timing.next_look(T0, T0 - MINUTE) == T0 - MINUTE + timing.LOOK_MIN


@pytest.mark.parametrize(("age", "wait"), [(0 * SECOND, HOUR), (HOUR, HOUR), (3 * HOUR, 3 * HOUR), (2 * DAY, DAY)])
def test_a_late_look_doubles_from_an_hour_to_a_day(age, wait):
    assert timing.next_late_look(T0, T0 + age) == T0 + age + wait


def test_grace_exceeds_the_skew_of_two_clocks_and_a_packet_on_its_way():
    assert timing.GRACE >= 3 * timing.CLOCK_SKEW
    assert timing.MATCH_SLACK >= timing.CLOCK_SKEW
