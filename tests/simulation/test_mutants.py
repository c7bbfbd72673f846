"""The simulation notices every weakened rule: otherwise its silence about the true protocol would mean nothing."""

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.world import World


def seed_that_notices(mutant: Mutant) -> int | None:
    for seed in range(mutant.max_seeds):
        world = World(seed, mutant.world)
        try:
            world.run()
        except AssertionError:
            return seed
        finally:
            world.close()
    return None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule.replace(" ", "-"))
def test_a_weakened_rule_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch):
    mutant.weaken(monkeypatch)

    assert seed_that_notices(mutant) is not None
