"""Kill any function between any two of its effects: the passcode of the phone still comes by mail, from one action.

Exhaustive over the moments of the happy path, with every message delivered twice and in any order, or half of
them lost, so that the timer mends it. The auditor checks every promise on the way.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from shared.adapters.firestore import FirestoreStore
from shared.adapters.sqlite import SqliteStore
from shared.domain.action import DeliveryStatus, Status
from shared.services.ports import ActionFilter, PageRequest, Store
from tests.simulation.faults import When
from tests.simulation.kills import KillAt, Moment
from tests.simulation.people import ENTERPRISE
from tests.simulation.profile import HAPPY, Profile
from tests.simulation.world import World

MAX_EFFECTS = 60
"""More than any happy path has; a run tells how many it had."""

HALF = replace(HAPPY, name="half of the messages", lost_message_rate=0.5)
SEEDS = (1, 2, 3)
Stores = Callable[[], Store]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Stores]:
    """New SQLite files."""
    with ExitStack() as closing:

        def opened() -> Store:
            store = SqliteStore(str(tmp_path / f"{uuid.uuid4().hex}.db"))
            closing.callback(store.close)
            return store

        yield opened


@pytest.fixture
def databases(firestore_emulator: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    """New databases of Firestore's emulator."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    with ExitStack() as closing:

        def opened() -> Store:
            store = FirestoreStore(f"t-{uuid.uuid4().hex[:20]}", "passcodes")
            closing.callback(store.close)
            return store

        yield opened


def run(opened: Stores, seed: int, profile: Profile, moment: Moment) -> KillAt:
    world = World(seed, profile, opened(), partial(KillAt, moment))
    world.run()
    (document,) = world.store.actions(ENTERPRISE, ActionFilter(), PageRequest(10)).documents
    action = world.auditor.actions[document.name]
    assert action.status is Status.DONE
    assert {delivery.status for delivery in action.deliveries} == {DeliveryStatus.SENT}
    assert len({key for name, key in world.auditor.mails if name == action.name}) == len(action.deliveries)
    passcodes = {command.passcode for command in world.fleet.commands.values()}
    assert len(passcodes) == 1
    assert isinstance(world.faults, KillAt)
    return world.faults


def run_all(opened: Stores, seed: int, profile: Profile) -> None:
    """Kill before and after every effect there is; a run without the moment was one too many, and the last."""
    kinds: set[str] = set()
    for number in range(1, MAX_EFFECTS):
        for when in (When.BEFORE, When.AFTER):
            faults = run(opened, seed, profile, Moment(number, when))
        if not faults.total:
            break
        kinds.add(faults.effects[number - 1])
    else:
        raise AssertionError("the happy path has more effects than were tried")
    assert kinds == {"commit", "publish", "encrypt", "decrypt", "issue", "get_operation", "send"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", [HAPPY, HALF], ids=["all-twice", "half-lost"])
def test_a_killed_process_loses_nothing_on_sqlite(files: Stores, profile: Profile, seed: int):
    run_all(files, seed, profile)


@pytest.mark.emulator
def test_a_killed_process_loses_nothing_on_firestore(databases: Stores):
    run_all(databases, SEEDS[0], HAPPY)
