"""AMAPI's quiet time: written once, by whoever comes first."""

import random
from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.action import Status
from shared.domain.errors import (
    AmbiguousOutcomeError,
    EnterpriseRefusedError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from shared.services.quiet import is_quiet, keep_quiet, spread
from tests.unit.services.world import ENTERPRISE

THROTTLED = ThrottledError("QUOTA", "x")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def until(world):
    document = world.document(names.QUIET_NAME)
    return document.fields["quiet_until"] if document else None


def test_an_error_that_asks_for_no_quiet_writes_nothing(world):
    assert keep_quiet(world.store, TransientError("HTTP_503", "x"), world.clock.now(), ENTERPRISE) is None
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

    assert keep_quiet(world.store, error, now, ENTERPRISE) == until(world) == now + wait
    assert is_quiet(world.store, now + wait - SECOND, ENTERPRISE)
    assert not is_quiet(world.store, now + wait, ENTERPRISE)


def test_one_enterprise_that_amapi_refuses_silences_only_itself(world):
    """Regression: the 403 about one customer's enterprise stopped everybody's resets, five minutes at a time."""
    now = world.clock.now()

    keep_quiet(world.store, EnterpriseRefusedError("PERMISSION_DENIED", "x"), now, ENTERPRISE)

    assert is_quiet(world.store, now + 5 * MINUTE - SECOND, ENTERPRISE)
    assert not is_quiet(world.store, now + 5 * MINUTE, ENTERPRISE)
    assert not is_quiet(world.store, now, "enterprises/other")


def test_the_later_of_the_two_quiet_times_holds(world):
    now = world.clock.now()
    keep_quiet(world.store, EnterpriseRefusedError("PERMISSION_DENIED", "x"), now, ENTERPRISE)
    keep_quiet(world.store, ThrottledError("QUOTA", "x", retry_after_s=600), now, ENTERPRISE)

    assert is_quiet(world.store, now + 9 * MINUTE, ENTERPRISE)
    assert is_quiet(world.store, now + 9 * MINUTE, "enterprises/other")


def test_refusals_that_are_over_are_forgotten_and_those_of_others_kept(world):
    now = world.clock.now()
    refusal = EnterpriseRefusedError("PERMISSION_DENIED", "x")
    keep_quiet(world.store, refusal, now, ENTERPRISE)
    keep_quiet(world.store, refusal, now + 3 * MINUTE, "enterprises/second")

    keep_quiet(world.store, refusal, now + 6 * MINUTE, "enterprises/third")
    keep_quiet(world.store, THROTTLED, now + 7 * MINUTE, ENTERPRISE)

    assert set(world.document(names.QUIET_NAME).fields["refused"]) == {"second", "third"}
    assert world.document(names.QUIET_NAME).fields["revision"] == 4


def test_nothing_is_quiet_before_anything_was_written(world):
    assert not is_quiet(world.store, world.clock.now(), ENTERPRISE)


def test_it_is_written_only_where_it_moves_by_more_than_half_a_minute(world):
    now = world.clock.now()
    keep_quiet(world.store, THROTTLED, now, ENTERPRISE)

    keep_quiet(world.store, THROTTLED, now + 30 * SECOND, ENTERPRISE)
    assert until(world) == now + MINUTE

    keep_quiet(world.store, THROTTLED, now + 31 * SECOND, ENTERPRISE)
    assert until(world) == now + 91 * SECOND


def test_a_longer_quiet_time_is_not_shortened(world):
    now = world.clock.now()
    keep_quiet(world.store, UnauthorisedError("DENIED", "x"), now, ENTERPRISE)

    keep_quiet(world.store, THROTTLED, now, ENTERPRISE)

    assert until(world) == now + 5 * MINUTE


@pytest.mark.parametrize("fault", ["moved", "lost", "down"])
def test_the_write_is_never_tried_again(world, fault):
    world.store.faults = [fault]

    assert keep_quiet(world.store, THROTTLED, world.clock.now(), ENTERPRISE) == world.clock.now() + MINUTE
    assert world.store.faults == []
    assert len(world.store.commits) == (1 if fault == "lost" else 0)


def test_an_end_by_time_that_falls_into_quiet_waits_for_it_and_no_longer(world):
    """Regression: the look was put off by half of the action's age, and the device stayed closed as long."""
    name = world.accepted()
    world.amapi.fail("issue", AmbiguousOutcomeError("TIMEOUT", "no answer"))
    world.issue(name)
    world.clock.time = world.action(name).attempts[0].over_at
    world.quiet(minutes=1)

    world.advance(name)
    assert world.action(name).wake_at <= world.clock.now() + 2 * MINUTE

    world.tick(minutes=2)
    assert (world.action(name).status, world.lock().holder) == (Status.UNKNOWN, None)


def test_the_flood_does_not_return_at_once(world):
    now = world.clock.now()
    drawn = {now + spread(random.Random(seed)) for seed in range(20)}

    assert len(drawn) == 20
    assert all(now <= time <= now + MINUTE for time in drawn)
