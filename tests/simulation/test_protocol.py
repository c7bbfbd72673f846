"""The true services in many hostile worlds; see ``auditor`` for what is promised and ``profile`` for the worlds.

A failing seed prints its trace; ``make simulate SEEDS=…`` runs more of them.
"""

import pytest

from tests.simulation import mutants
from tests.simulation.profile import BAD_POST, BAD_STORE, MIX, STRAY_CALLS, Profile
from tests.simulation.world import World

SEEDS_EACH = 25
"""Per kind of world; together some hundred seeds in less than a minute on two busy cores."""

REGRESSIONS = {
    "a mail whose answer was lost arrived after the lock was let go": (BAD_POST, 7),
    "a stray copy of a settled reset, found when it had run already, left no mark": (STRAY_CALLS, 182),
    "a reading whose commit lost its answer was written, and counted, twice": (BAD_STORE, 87),
}
"""Seeds that found a bug in the services, by the bug."""


def run(seed: int, profile: Profile) -> World:
    world = World(seed, profile)
    try:
        return world.run()
    finally:
        world.close()


@pytest.mark.parametrize("profile", dict.fromkeys(MIX), ids=lambda profile: profile.name.replace(" ", "-"))
def test_every_promise_holds_in_every_world(profile: Profile):
    worlds = [run(seed, profile) for seed in range(SEEDS_EACH)]

    assert sum(sum(world.auditor.mails.values()) for world in worlds) > SEEDS_EACH
    assert sum(world.auditor.reveals for world in worlds) > 0
    assert (sum(world.faults.total for world in worlds) > 0) is (profile.max_faults > 0)


@pytest.mark.parametrize("bug", REGRESSIONS)
def test_a_bug_stays_away(bug: str):
    profile, seed = REGRESSIONS[bug]

    run(seed, profile)


def test_one_seed_is_one_history():
    first, second = (run(5, MIX[5]) for _ in range(2))

    assert first.auditor.actions == second.auditor.actions
    assert list(first.engine.trace) == list(second.engine.trace)


def test_overlapping_attempts_cost_copies_and_break_nothing(monkeypatch: pytest.MonkeyPatch):
    mutants.no_lease(monkeypatch)

    for seed in range(SEEDS_EACH):
        run(seed, mutants.UNANSWERED)
