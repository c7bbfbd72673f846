"""The device's lock as data."""

from shared.domain.lock import DeviceLock
from shared.domain.timing import MAX_LOCK_ACTIONS
from tests.unit.domain.facts import NAME, NEWER, OLDER, lock


def test_the_lock_remembers_who_takes_it_as_the_newest():
    taken = lock(OLDER, holder=None).taken_by(NAME)

    assert (taken.holder, taken.actions) == (NAME, (OLDER, NAME))
    assert taken.is_newest(NAME)
    assert not taken.is_newest(OLDER)


def test_an_empty_lock_has_no_newest():
    assert not DeviceLock().is_newest(NAME)
    assert DeviceLock().claimants == ()


def test_the_lock_forgets_the_oldest_first():
    full = DeviceLock()
    for number in range(MAX_LOCK_ACTIONS + 1):
        full = full.taken_by(f"a{number}")

    assert (len(full.actions), full.actions[0], full.actions[-1]) == (MAX_LOCK_ACTIONS, "a1", "a20")


def test_before_and_without():
    assert lock(OLDER, NAME, NEWER).before(NAME) == (OLDER,)
    assert lock(OLDER).before(NAME) == ()
    assert lock(OLDER, NAME).without(OLDER).actions == (NAME,)


def test_a_command_is_looked_for_in_the_holder_first_and_then_from_the_newest():
    assert lock(OLDER, NAME, NEWER).claimants == (NAME, NEWER, OLDER)
    assert lock(OLDER, NAME, NEWER, holder=None).claimants == (NEWER, NAME, OLDER)
