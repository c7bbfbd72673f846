"""How resets are counted, and the figures that come out."""

import math
import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.action import DeliveryStatus, Reason, Status
from shared.domain.operation import Outcome
from shared.domain.resource_names import id_of
from shared.domain.statistics import (
    BAR_EDGES_S,
    MAX_NAMED,
    TIME_EDGES_S,
    Bucket,
    Figures,
    Need,
    Tally,
    bars_of,
    is_counted,
    percentile_s,
    place_of,
    tally_of,
    time_bin,
    total_of,
    undelivered,
)
from tests.unit.domain.facts import ADMIN, DAY, HOUR, NAME, OVER, SECOND, T0, action, attempt, ended, finished

TALLIES = st.sampled_from(
    [Tally(Bucket.OPEN, need=Need.WAITING), Tally(Bucket.CANCELLED)]
    + [Tally(Bucket.DONE, str(place), need) for place in (0, 40, 127) for need in (None, Need.MAIL)]
    + [Tally(bucket, code) for bucket in (Bucket.FAILED, Bucket.EXPIRED) for code in ("", "API_LEVEL")]
    + [Tally(Bucket.UNKNOWN, "OUTCOME_UNKNOWN", Need.UNKNOWN)]
)


def histogram(seconds):
    return {str(place): count for place, count in Counter(time_bin(value) for value in seconds).items()}


# -- how an action counts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.PENDING, Status.ISSUED])
def test_a_reset_without_an_end_is_open_and_waits(status):
    assert tally_of(action(status=status)) == Tally(Bucket.OPEN, "", Need.WAITING)


def test_a_reset_that_is_done_counts_with_its_time_to_confirmation():
    done = finished(Status.DONE, ended(Outcome.OK), complete_time=T0 + 4 * SECOND)

    assert tally_of(done) == Tally(Bucket.DONE, str(time_bin(4.0)))


def test_clocks_that_disagree_make_no_negative_time():
    assert tally_of(finished(Status.DONE, complete_time=T0 - SECOND)).detail == "0"


@pytest.mark.parametrize(
    ("status", "reason", "tally"),
    [
        (Status.FAILED, Reason("API_LEVEL", "too old"), Tally(Bucket.FAILED, "API_LEVEL")),
        (Status.FAILED, Reason("what: is this?"), Tally(Bucket.FAILED, "OTHER")),
        (Status.EXPIRED, Reason("NO_ANSWER"), Tally(Bucket.EXPIRED, "NO_ANSWER")),
        (Status.CANCELLED, None, Tally(Bucket.CANCELLED)),
        (Status.UNKNOWN, Reason("OUTCOME_UNKNOWN"), Tally(Bucket.UNKNOWN, "OUTCOME_UNKNOWN", Need.UNKNOWN)),
    ],
)
def test_a_reset_that_is_not_done_counts_with_its_code(status, reason, tally):
    assert tally_of(finished(status, status_reason=reason)) == tally


@pytest.mark.parametrize(
    ("reason", "need"),
    [
        ("REJECTED", Need.MAIL),
        ("GAVE_UP", Need.MAIL),
        ("CIPHERTEXT_REJECTED", Need.MAIL),
        ("PASSCODE_DESTROYED", Need.MAIL),
        ("NOT_CURRENT", None),
    ],
)
def test_a_mail_that_left_somebody_untold_needs_a_look(reason, need):
    """Regression: a mail without a passcode that could be read was on nobody's list."""
    letter = ADMIN.failed(reason)
    done, failed = finished(Status.DONE, deliveries=(letter,)), finished(Status.FAILED, notice=letter)

    assert (tally_of(done).need, tally_of(failed).need) == (need, need)
    assert undelivered(done) == ((letter,) if need else ())


def test_a_mail_that_was_refused_once_and_then_taken_needs_no_look():
    sent = replace(ADMIN, status=DeliveryStatus.SENT)

    assert tally_of(finished(Status.DONE, deliveries=(sent, replace(ADMIN, reason="REJECTED")))).need is None


@given(TALLIES)
def test_a_tally_is_read_back_from_its_code(tally):
    assert Tally.parse(tally.code) == tally


@pytest.mark.parametrize("code", ["", "DONE", "DONE:3", "LATER::", "DONE:3:SOON", "DONE:3::"])
def test_a_code_of_another_version_is_no_tally(code):
    with pytest.raises(ValueError):
        Tally.parse(code)


def test_a_reset_is_counted_when_it_remembers_what_it_is_now():
    done = finished(Status.DONE)

    assert not is_counted(done)
    assert not is_counted(replace(done, counted="OPEN::WAITING"))
    assert is_counted(replace(done, counted=tally_of(done).code))


def test_a_reset_counts_on_the_utc_day_of_its_request():
    midnight = T0.replace(hour=0)

    assert place_of(action(create_time=midnight)) == ("enterprises/e", date(2026, 1, 5))
    assert place_of(action(create_time=midnight - SECOND, complete_time=OVER))[1] == date(2026, 1, 4)


def test_time_spent_waiting_for_a_late_acknowledgement_counts_too():
    expired = finished(Status.EXPIRED, attempt())
    late = replace(expired, status=Status.DONE, complete_time=T0 + 8 * DAY)

    assert tally_of(late).detail == str(time_bin(8 * 86_400))


# -- a day's figures ---------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 5), TALLIES), max_size=60))
def test_whatever_moves_the_figures_are_those_of_the_last_tallies(moves):
    figures, last = Figures(), {}
    for number, tally in moves:
        figures = figures.moved(f"enterprises/e/actions/{number}", last.get(number), tally)
        last[number] = tally
    fresh = Figures()
    for number, tally in last.items():
        fresh = fresh.moved(f"enterprises/e/actions/{number}", None, tally)

    assert figures == fresh
    assert figures.total == len(last)
    assert sum(figures.times.values()) == figures.of(Bucket.DONE)
    assert sum(figures.reasons.values()) == figures.total - figures.of(Bucket.DONE, Bucket.OPEN)
    assert figures.needing == {str(n): tally.need.value for n, tally in last.items() if tally.need}


def test_a_day_names_a_bounded_number_that_need_a_look_and_counts_them_all():
    figures = Figures()
    for number in range(MAX_NAMED + 5):
        figures = figures.moved(f"{NAME}{number}", None, tally_of(action()))

    assert (len(figures.needing), figures.of(Bucket.OPEN)) == (MAX_NAMED, MAX_NAMED + 5)
    left = figures.moved(f"{NAME}0", tally_of(action()), Tally(Bucket.CANCELLED))
    assert id_of(f"{NAME}0") not in left.needing


def test_figures_that_lost_a_count_do_not_become_negative():
    moved = Figures().moved(NAME, Tally(Bucket.OPEN), Tally(Bucket.CANCELLED))

    assert moved.counts == {"CANCELLED": 1}


def test_days_add_up():
    first = Figures({"DONE": 2, "OPEN": 1}, {}, {"3": 2}, {"a": "WAITING"})
    second = Figures({"DONE": 1, "FAILED": 1}, {"FAILED:X": 1}, {"3": 1})

    assert total_of([first, second]) == Figures({"DONE": 3, "OPEN": 1, "FAILED": 1}, {"FAILED:X": 1}, {"3": 3})


# -- times -------------------------------------------------------------------------------------------------------


def test_time_bins_are_narrow_and_meet_where_bars_meet():
    ratios = [high / low for low, high in pairwise(TIME_EDGES_S)]

    assert 1.0 < min(ratios) <= max(ratios) <= 1.15
    assert set(BAR_EDGES_S) < set(TIME_EDGES_S)
    assert TIME_EDGES_S[-1] > timedelta(days=30 + 7).total_seconds()


def test_time_bins_never_change_for_stored_figures_name_them_by_place():
    places = [0.1, 1.0, 5.0, 30.0, 300.0, 3600.0, 86_400.0, 1_000_000.0, 5_000_000.0]

    assert [time_bin(seconds) for seconds in places] == [0, 17, 28, 41, 58, 76, 99, 117, 127]


@given(st.integers(0, 10**6), st.integers(20, 400), st.floats(-0.5, 13.0), st.floats(0.2, 2.5))
def test_median_and_95th_percentile_are_right_within_ten_percent(seed, count, middle, spread):
    dice = random.Random(seed)
    seconds = sorted(min(max(dice.lognormvariate(middle, spread), 0.11), 3e6) for _ in range(count))
    for share in (0.5, 0.95):
        told = percentile_s(histogram(seconds), share)
        rank = math.ceil(share * count)
        assert told / 1.15 <= seconds[rank - 1] <= told * 1.15


def test_a_percentile_of_many_is_right_within_a_few_percent():
    dice = random.Random(7)
    seconds = sorted(dice.lognormvariate(2.0, 1.8) for _ in range(20_000))
    for share in (0.5, 0.95):
        assert percentile_s(histogram(seconds), share) == pytest.approx(seconds[int(share * 20_000)], rel=0.05)


@pytest.mark.parametrize("seconds", [1.0, 4.0, 47.0, 12_345.0, 2_000_000.0])
def test_a_single_time_is_told_within_eight_percent(seconds):
    assert percentile_s(histogram([seconds]), 0.5) == pytest.approx(seconds, rel=0.08)


def test_no_times_have_no_percentile():
    assert percentile_s({}, 0.5) is None


def test_times_out_of_range_are_told_as_its_ends():
    assert 0 < percentile_s(histogram([0.0]), 0.5) <= 0.1
    assert percentile_s(histogram([1e9]), 0.5) == TIME_EDGES_S[-1]


def test_bars_hold_every_time_up_to_and_with_their_edge():
    hours = [0.0, 5.0, 5.1, 30.0, 31.0, 300.0, 301.0, 3600.0, 3601.0, 86_400.0, 86_401.0, 1e9]

    assert bars_of(histogram(hours)) == (2, 2, 2, 2, 2, 2)
    assert bars_of(histogram([HOUR.total_seconds()])) == (0, 0, 0, 1, 0, 0)
