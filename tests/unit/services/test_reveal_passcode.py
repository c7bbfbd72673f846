"""Showing a passcode: first the audit row, then the plaintext, and never the wrong one."""

import logging

import pytest

from shared.domain import resource_names as names
from shared.domain.errors import AmbiguousOutcomeError, ConflictError, RejectedError, TransientError
from shared.domain.lock import Uncertain
from shared.domain.operation import Outcome
from shared.services.records import to_fields
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, RESETTER, REVEALER, STRANGER, VIEWER


def refusal(world, name, caller=ADMIN):
    with pytest.raises(RejectedError) as refused:
        world.reveal(caller, name, "because")
    return refused.value


def reveals(world, name):
    return [event for event in world.events(name) if event.type.value == "REVEALED"]


# -- showing -----------------------------------------------------------------------------------------------------


def test_a_reading_is_written_down_and_shown(world):
    name = world.done()
    world.mail(name)

    shown = world.reveal(REVEALER, name, "user is at the desk")

    assert shown.passcode == world.amapi.passcodes[0]
    assert (shown.superseded_by, shown.uncertain) == (None, None)
    assert shown.expire_time == world.action(name).purge_at
    (row,) = reveals(world, name)
    assert (row.who, row.details, row.time) == (
        REVEALER.email,
        {"reason": "user is at the desk"},
        world.clock.now(),
    )
    assert world.passcode(name).reveal_count == 1


def test_each_reading_is_a_row_of_its_own(world):
    name = world.done()

    world.reveal(ADMIN, name, "one")
    world.reveal(ADMIN, name, "two")

    assert [row.details["reason"] for row in reveals(world, name)] == ["one", "two"]
    assert reveals(world, name)[0].address == "192.0.2.1"
    assert world.passcode(name).reveal_count == 2


def test_a_reading_leaves_the_action_alone(world):
    name = world.done()
    before = world.document(name)

    world.reveal(ADMIN, name, "because")

    assert world.document(name) == before


def test_a_reading_takes_three_reads_and_one_commit(world):
    name = world.done()
    world.store.trips()

    world.reveal(ADMIN, name, "because")

    assert world.store.trips() == (3, 1)


def test_a_passcode_that_may_have_been_sent_is_shown_before_the_answer(world):
    name = world.accepted()
    world.amapi.fail("issue", AmbiguousOutcomeError("TIMEOUT", "no answer"))
    world.issue(name)

    assert world.reveal(ADMIN, name, "because").expire_time is None


def test_an_accepted_newer_reset_is_named(world):
    first = world.done()
    world.mail(first)
    second = world.accepted("r2")

    assert world.reveal(ADMIN, first, "because").superseded_by == second
    assert refusal(world, second).reason == "PASSCODE_NOT_AVAILABLE"


def test_a_doubt_about_the_device_is_shown(world):
    name = world.done()
    doubt = Uncertain("enterprises/e/actions/x", world.clock.now())
    world.set(names.lock_name(DEVICE), uncertain=to_fields(doubt), revision=99)

    assert world.reveal(ADMIN, name, "because").uncertain == "enterprises/e/actions/x"


def test_a_lock_that_remembers_nothing_names_nothing(world):
    name = world.done()
    world.set(names.lock_name(DEVICE), actions=[], revision=99)

    assert world.reveal(ADMIN, name, "because").superseded_by is None


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("caller", [RESETTER, VIEWER])
def test_a_member_without_the_role_is_refused_and_audited(world, caller):
    name = world.done()
    opened = world.cipher.decrypted
    world.store.trips()

    assert refusal(world, name, caller).reason == "ROLE_REQUIRED"
    assert world.refusals() == [(caller.email, "ROLE_REQUIRED")]
    assert (world.cipher.decrypted, reveals(world, name)) == (opened, [])


def test_a_refusal_whose_audit_row_raced_is_still_a_refusal(world):
    """Regression: the caller was told to try again instead of being refused."""
    name = world.done()
    world.store.faults = ["moved"]

    assert refusal(world, name, VIEWER).reason == "ROLE_REQUIRED"


@pytest.mark.parametrize("name", [f"{ENTERPRISE}/actions/unknown", "enterprises/foreign/actions/a"])
def test_what_is_unknown_or_foreign_is_not_found(world, name):
    assert refusal(world, name).reason == "NOT_FOUND"


def test_a_stranger_finds_nothing(world):
    assert refusal(world, world.done(), STRANGER).reason == "NOT_FOUND"


def test_a_passcode_that_was_never_sent_is_not_shown(world):
    assert refusal(world, world.accepted()).reason == "PASSCODE_NOT_AVAILABLE"


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.VOID])
def test_a_passcode_that_the_phone_did_not_take_is_not_shown(world, outcome):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.amapi.finish(outcome)
    world.advance(name)

    assert refusal(world, name).reason == "PASSCODE_NOT_AVAILABLE"


def test_a_superseded_passcode_is_gone_and_its_successor_named(world):
    first = world.done()
    world.mail(first)
    second = world.done("r2")

    error = refusal(world, first)

    assert (error.reason, error.metadata) == ("PASSCODE_DESTROYED", {"supersededBy": second})


def test_a_passcode_whose_time_is_over_is_not_shown_even_before_the_purge(world):
    name = world.done()
    world.mail(name)
    world.clock.time = world.action(name).purge_at
    assert refusal(world, name).reason == "PASSCODE_DESTROYED"

    world.poll()
    assert refusal(world, name).reason == "PASSCODE_DESTROYED"


def test_a_passcode_that_the_store_forgot_is_destroyed(world):
    name = world.done()
    world.delete(world.document(names.passcode_name(name)))

    assert refusal(world, name).reason == "PASSCODE_DESTROYED"


def test_a_passcode_that_was_destroyed_after_its_time_over_is_not_opened(world):
    name = world.done()
    world.mail(name)
    world.tick(days=31)
    opened = world.cipher.decrypted

    assert refusal(world, name).reason == "PASSCODE_DESTROYED"
    assert world.cipher.decrypted == opened


# -- audit before plaintext --------------------------------------------------------------------------------------


def test_a_failing_key_service_leaves_the_row(world):
    name = world.done()
    world.cipher.faults = [TransientError("KEY_SERVICE_UNAVAILABLE", "down")]

    with pytest.raises(TransientError):
        world.reveal(ADMIN, name, "because")
    assert len(reveals(world, name)) == 1


def test_a_ciphertext_that_does_not_open_leaves_the_row(world):
    name = world.done()
    world.set(names.passcode_name(name), ciphertext=b"other")

    assert refusal(world, name).reason == "CIPHERTEXT_REJECTED"
    assert len(reveals(world, name)) == 1


def test_a_ciphertext_that_does_not_open_for_a_reader_raises_the_alert(world, caplog):
    name = world.done()
    world.set(names.passcode_name(name), ciphertext=b"other")

    refusal(world, name)  # Regression: who read of a break-in was the only one to hear of it

    told = [record for record in caplog.records if getattr(record, "alert", "") == "PASSCODE_UNREADABLE"]
    assert [(record.action, record.reason) for record in told] == [(name, "CIPHERTEXT_REJECTED")]


@pytest.mark.parametrize("fault", ["moved", "down"])
def test_without_the_row_nothing_is_opened(world, fault):
    name = world.done()
    opened = world.cipher.decrypted
    world.store.faults = [fault] * 5

    with pytest.raises((ConflictError, TransientError)):
        world.reveal(ADMIN, name, "because")
    assert (world.cipher.decrypted, reveals(world, name)) == (opened, [])


def test_a_reading_whose_commit_lost_its_answer_is_one_reading(world):
    name = world.done()
    world.store.faults = ["lost"]

    assert world.reveal(ADMIN, name, "because").passcode

    assert len(reveals(world, name)) == world.passcode(name).reveal_count == 1


def test_a_row_that_was_never_written_is_written_by_a_later_turn(world):
    name = world.done()
    world.store.faults = ["moved", "lost"]

    assert world.reveal(ADMIN, name, "because").passcode

    assert len(reveals(world, name)) == world.passcode(name).reveal_count == 1


def test_only_a_passcode_that_was_shown_is_told_as_shown(world, caplog):
    name = world.done()
    world.cipher.faults = [TransientError("KEY_SERVICE_UNAVAILABLE", "down")]

    with caplog.at_level(logging.INFO), pytest.raises(TransientError):
        world.reveal(ADMIN, name, "because")

    assert "revealed" not in caplog.messages


def test_a_reading_that_races_the_newer_reset_is_refused(world):
    first = world.done()
    world.mail(first)
    opened = []
    world.store.faults = [lambda: opened.append((world.done("r2"), world.cipher.decrypted))]

    assert refusal(world, first).reason == "PASSCODE_DESTROYED"
    assert world.cipher.decrypted == opened[0][1]
    assert reveals(world, first) == []


def test_a_revealed_passcode_has_no_text_form(world):
    shown = world.reveal(ADMIN, world.done(), "because")

    assert shown.passcode.reveal() not in repr(shown)
