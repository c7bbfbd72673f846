"""Sliding windows: exact at their edges, and never larger than they must be."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.rates import MAX_MOMENTS, Window

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SPAN = timedelta(minutes=10)


def filled(*seconds_ago: float) -> Window:
    return Window(tuple(NOON - timedelta(seconds=each) for each in sorted(seconds_ago, reverse=True)))


def test_an_empty_window_takes_one_and_a_full_one_tells_how_long_to_wait():
    assert Window().wait(1, SPAN, NOON) is None
    assert filled(500, 100).wait(2, SPAN, NOON) == timedelta(seconds=100)
    assert filled(500, 100).wait(3, SPAN, NOON) is None


def test_a_moment_counts_until_the_window_has_passed_it():
    assert filled(599).wait(1, SPAN, NOON) == timedelta(seconds=1)
    assert filled(600).wait(1, SPAN, NOON) is None


def test_zero_sets_no_limit_and_a_huge_one_is_held_to_what_is_remembered():
    full = filled(*[1.0] * MAX_MOMENTS)
    assert full.wait(0, SPAN, NOON) is None
    assert full.wait(10 * MAX_MOMENTS, SPAN, NOON) == SPAN - timedelta(seconds=1)
    assert len(full.with_one(SPAN, NOON).moments) == MAX_MOMENTS


def test_more_than_fit_wait_for_the_one_that_makes_room():
    assert filled(300, 200, 100).wait(2, SPAN, NOON) == timedelta(seconds=400)


def test_a_clock_that_went_back_never_says_that_the_wait_is_over():
    ahead = Window((NOON + SPAN,))
    assert ahead.wait(1, SPAN, NOON) == 2 * SPAN


def test_a_clock_that_was_far_ahead_bars_nobody_until_its_time_comes():
    """Regression: one moment of next year refused every reset until then."""
    wrong = Window((NOON + timedelta(days=365),) * 3)
    assert wrong.wait(1, SPAN, NOON) is None
    assert wrong.with_one(SPAN, NOON).moments == (NOON,)
    assert Window((NOON + SPAN,)).wait(1, SPAN, NOON) is not None


def test_moments_of_clocks_that_disagree_are_put_in_order():
    """Regression: the wait was that of whoever had committed at that place, not of the moment that makes room."""
    late, early = NOON - timedelta(seconds=10), NOON - timedelta(seconds=300)
    mixed = Window((late, early))
    assert mixed.wait(2, SPAN, NOON) == timedelta(seconds=300)
    assert mixed.with_one(SPAN, NOON - timedelta(seconds=100)).moments == (
        early,
        NOON - timedelta(seconds=100),
        late,
    )


@given(st.lists(st.integers(0, 3000), max_size=60), st.integers(1, 6))
def test_no_window_ever_holds_more_than_fit(offsets: list[int], most: int):
    window, taken = Window(), []
    for offset in sorted(offsets):
        now = NOON + timedelta(seconds=offset)
        if window.wait(most, SPAN, now) is None:
            window = window.with_one(SPAN, now)
            taken.append(now)
    for moment in taken:
        assert sum(moment - SPAN < each <= moment for each in taken) <= most
    assert len(window.moments) <= most
    assert window.revision == len(taken)
