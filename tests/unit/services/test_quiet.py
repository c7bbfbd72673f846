"""AMAPI's quiet time: written once, by whoever comes first."""

import random
from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.errors import ThrottledError, TransientError, UnauthorisedError
from shared.services.quiet import is_quiet, keep_quiet, spread

THROTTLED = ThrottledError("QUOTA", "x")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def until(world):
    document = world.document(names.QUIET_NAME)
    return document.fields["quiet_until"] if document else None


def test_an_error_that_asks_for_no_quiet_writes_nothing(world):
    assert keep_quiet(world.store, TransientError("HTTP_503", "x"), world.clock.now()) is None
    assert until(world) is None


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (THROTTLED, MINUTE),
        (ThrottledError("QUOTA", "x", retry_after_s=5), MINUTE),
        (ThrottledError("QUOTA", "x", retry_after_s=90), 90 * SECOND),
        (UnauthorisedError("DENIED", "x"), 5 * MINUTE),
    ],
)
def test_the_wait_is_what_amapi_asks_for_but_a_minute_at_least(world, error, wait):
    now = world.clock.now()

    assert keep_quiet(world.store, error, now) == until(world) == now + wait
    assert is_quiet(world.store, now + wait - SECOND)
    assert not is_quiet(world.store, now + wait)


def test_nothing_is_quiet_before_anything_was_written(world):
    assert not is_quiet(world.store, world.clock.now())


def test_it_is_written_only_where_it_moves_by_more_than_half_a_minute(world):
    now = world.clock.now()
    keep_quiet(world.store, THROTTLED, now)

    keep_quiet(world.store, THROTTLED, now + 30 * SECOND)
    assert until(world) == now + MINUTE

    keep_quiet(world.store, THROTTLED, now + 31 * SECOND)
    assert until(world) == now + 91 * SECOND


def test_a_longer_quiet_time_is_not_shortened(world):
    now = world.clock.now()
    keep_quiet(world.store, UnauthorisedError("DENIED", "x"), now)

    keep_quiet(world.store, THROTTLED, now)

    assert until(world) == now + 5 * MINUTE


@pytest.mark.parametrize("fault", ["moved", "lost", "down"])
def test_the_write_is_never_tried_again(world, fault):
    world.store.faults = [fault]

    assert keep_quiet(world.store, THROTTLED, world.clock.now()) == world.clock.now() + MINUTE
    assert world.store.faults == []
    assert len(world.store.commits) == (1 if fault == "lost" else 0)


def test_the_flood_does_not_return_at_once(world):
    now = world.clock.now()
    drawn = {now + spread(random.Random(seed)) for seed in range(20)}

    assert len(drawn) == 20
    assert all(now <= time <= now + MINUTE for time in drawn)
