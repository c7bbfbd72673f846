"""Read, decide, commit: what one commit holds, and that nothing is written for nothing."""

import pytest

from shared.domain.errors import ConflictError, TransientError
from shared.domain.history import SERVICE
from shared.services.case import Author
from tests.unit.services.world import ENTERPRISE

AUTHOR = Author(SERVICE)


def test_an_unknown_action_has_no_case(world):
    assert world.book.open(f"{ENTERPRISE}/actions/unknown") is None


def test_a_case_is_read_in_two_round_trips(world):
    name = world.accepted()
    world.store.trips()

    case = world.book.open(name, lambda action: [action.name.replace("/actions/", "/passcodes/")])

    assert world.store.trips() == (2, 0)
    assert (case.action.name, case.lock.holder, case.quiet_until) == (name, name, None)
    assert case.device.device.model == "Pixel 9"
    assert len(case.others) == 3


def test_the_quiet_time_is_read_with_the_case(world):
    name = world.accepted()
    world.quiet(minutes=1)

    assert world.book.open(name).quiet_until > world.clock.now()


def test_a_device_that_is_not_mirrored_is_no_reason_to_fail(world):
    name = world.issued()
    world.delete(world.document("enterprises/e/devices/d"))
    world.amapi.finish()

    world.advance(name)

    assert world.action(name).status == "DONE"


def test_what_changes_nothing_writes_nothing(world):
    name = world.accepted()
    case = world.book.open(name)
    world.store.trips()

    assert world.book.save(case, case.action, AUTHOR) == case.action
    assert world.store.trips() == (0, 0)


def test_every_commit_counts_the_revision_up(world):
    name = world.done()
    world.mail(name)

    assert world.action(name).revision == 6
    assert len(world.events(name)) == 5
    assert world.lock().revision == 2


def test_a_step_on_what_has_moved_since_writes_nothing(world):
    name = world.accepted()
    stale = world.book.open(name)
    world.issue(name)
    before = world.document(name)

    with pytest.raises(ConflictError):
        world.book.save(stale, stale.action, AUTHOR, urgent=True)
    assert world.document(name) == before


def test_a_store_that_is_down_is_told(world):
    world.store.down = True

    with pytest.raises(TransientError):
        world.book.open("enterprises/e/actions/a")


def test_turns_pause_in_between_and_not_before_the_first(world):
    assert list(world.book.turns(3)) == [1, 2, 3]
    assert len(world.clock.slept) == 2
    assert all(0.01 <= pause <= 0.1 for pause in world.clock.slept)


def test_a_conflict_stays_one_where_the_store_cannot_be_asked_whether_it_landed(world):
    name = world.accepted()
    case = world.book.open(name)

    def falls_silent() -> None:
        world.store.down = True
        raise ConflictError

    world.store.faults = [falls_silent]
    with pytest.raises(ConflictError):
        world.book.save(case, case.action, AUTHOR, urgent=True)

    world.store.down = False
    assert world.action(name) == case.action
