"""Whose passcode a device's page is about, and what can be said of it."""

import pytest

from shared.domain.action import Status
from shared.domain.errors import RejectedError
from shared.domain.lock import Uncertain
from shared.domain.resource_names import lock_name, passcode_name
from shared.services.read_passcode import FIRST_LOOK, PasscodeState, ReadPasscode
from shared.services.records import to_fields
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, STRANGER, VIEWER


@pytest.fixture
def read(world) -> ReadPasscode:
    return ReadPasscode(world.store, world.clock)


def finished(world, request_id: str = "r1") -> str:
    """One reset from request to the last mail."""
    name = world.done(request_id)
    world.mail(name)
    return name


def test_without_a_reset_there_is_no_passcode(read):
    known = read(VIEWER, DEVICE)
    assert (known.state, known.action, known.running) == (PasscodeState.NONE, None, None)


def test_the_latest_confirmed_passcode_is_kept_until_its_time(world, read):
    name = finished(world)
    known = read(VIEWER, DEVICE)
    assert known.action is not None
    assert (known.state, known.action.name, known.latest) == (PasscodeState.KEPT, name, True)
    assert known.destroy_time == world.action(name).purge_at


def test_while_mails_wait_the_end_of_keeping_is_foretold(world, read):
    action = world.action(world.done())
    assert action.complete_time is not None
    assert read(VIEWER, DEVICE).destroy_time == action.complete_time + action.retention


def test_a_first_reset_that_runs_has_no_passcode_to_show(world, read):
    name = world.issued()
    known = read(VIEWER, DEVICE)
    assert known.running is not None
    assert (known.state, known.running.name) == (PasscodeState.NONE, name)


def test_while_a_newer_reset_runs_the_older_passcode_stays(world, read):
    old = finished(world)
    new = world.issued_again("r2")
    known = read(VIEWER, DEVICE)
    assert known.action is not None
    assert known.running is not None
    assert (known.state, known.action.name, known.running.name) == (PasscodeState.KEPT, old, new)


def test_a_reset_is_not_newer_than_itself(world, read):
    finished(world)
    new = world.issued_again("r2")
    known = read(VIEWER, DEVICE, new)
    assert (known.state, known.running, known.latest) == (PasscodeState.KEPT, None, False)
    assert known.destroy_time is None


def test_a_replaced_passcode_names_the_newer_one(world, read):
    old, new = finished(world), finished(world, "r2")
    known = read(VIEWER, DEVICE, old)
    assert known.newer is not None
    assert (known.state, known.newer.name, known.latest) == (PasscodeState.SUPERSEDED, new, False)


def test_the_newer_one_is_found_although_the_lock_has_forgotten_it(world, read):
    old, new = finished(world), finished(world, "r2")
    world.set(lock_name(DEVICE), actions=[old])
    world.set(DEVICE, latest_action=None)
    known = read(VIEWER, DEVICE, old)
    assert known.newer is not None
    assert known.newer.name == new


def test_a_cleaned_up_document_still_tells_that_it_was_replaced(world, read):
    old, new = finished(world), finished(world, "r2")
    world.delete(world.document(passcode_name(old)))
    known = read(VIEWER, DEVICE, old)
    assert known.newer is not None
    assert (known.state, known.newer.name) == (PasscodeState.SUPERSEDED, new)


def test_a_passcode_past_its_time_is_destroyed(world, read):
    name = finished(world)
    world.clock.forward(days=31)
    known = read(VIEWER, DEVICE)
    assert known.action is not None
    assert (known.state, known.action.name) == (PasscodeState.DESTROYED, name)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_refused_passcode_never_was_on_the_phone(world, read, status):
    name = world.issued()
    world.set_action(name, status=status, lock_held=False)
    assert read(VIEWER, DEVICE, name).state is PasscodeState.NEVER
    assert read(VIEWER, DEVICE).state is PasscodeState.NONE


def test_an_unsent_passcode_is_not_on_the_phone(world, read):
    assert read(VIEWER, DEVICE, world.accepted()).state is PasscodeState.NEVER


def test_an_unknown_outcome_puts_the_older_passcode_in_doubt(world, read):
    old = finished(world)
    new = world.issued_again("r2")
    world.set_action(new, status=Status.UNKNOWN, lock_held=False)
    shown, doubtful = read(VIEWER, DEVICE), read(VIEWER, DEVICE, new)
    assert shown.action is not None
    assert shown.doubtful is not None
    assert doubtful.confirmed is not None
    assert (shown.action.name, shown.doubtful.name) == (old, new)
    assert (doubtful.state, doubtful.confirmed.name, doubtful.doubtful) == (PasscodeState.KEPT, old, None)


def test_an_unknown_outcome_alone_is_what_the_page_is_about(world, read):
    name = world.issued()
    world.set_action(name, status=Status.UNKNOWN, lock_held=False)
    known = read(VIEWER, DEVICE)
    assert known.action is not None
    assert (known.action.name, known.latest, known.confirmed) == (name, True, None)


def test_a_stray_command_puts_the_newest_passcode_in_doubt(world, read):
    old, new = finished(world), finished(world, "r2")
    world.set(lock_name(DEVICE), uncertain=to_fields(Uncertain(old, world.clock.now())))
    known = read(VIEWER, DEVICE)
    assert known.action is not None
    assert known.doubtful is not None
    assert (known.action.name, known.doubtful.name) == (new, old)


def test_older_resets_are_read_where_the_newest_do_not_settle_it(world, read):
    old = finished(world)
    later = []
    for turn in range(FIRST_LOOK):
        world.clock.forward(minutes=1)
        later.append(world.issued_again(f"r{turn + 2}"))
        world.set_action(later[-1], status=Status.EXPIRED, lock_held=False, complete_time=world.clock.now())
        world.set(lock_name(DEVICE), holder=None)
    known = read(VIEWER, DEVICE)
    assert known.action is not None
    assert known.action.name == old


def test_an_action_of_another_device_is_not_found(world, read):
    name = finished(world)
    world.set_action(name, device_name=f"{ENTERPRISE}/devices/other")
    for wanted in (name, f"{ENTERPRISE}/actions/x"):
        with pytest.raises(RejectedError) as refused:
            read(ADMIN, DEVICE, wanted)
        assert refused.value.reason == "NOT_FOUND"


def test_strangers_and_unknown_devices_are_answered_alike(world, read):
    finished(world)
    for caller, device in ((STRANGER, DEVICE), (ADMIN, f"{ENTERPRISE}/devices/x")):
        with pytest.raises(RejectedError) as refused:
            read(caller, device)
        assert refused.value.reason == "NOT_FOUND"
