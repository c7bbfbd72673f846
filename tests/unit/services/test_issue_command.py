"""The worker sends: what it checks before, and what it refuses unsent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.action import Status
from shared.domain.device import PasswordPolicy
from shared.domain.errors import (
    ThrottledError,
    TransientError,
)
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, phone

MINUTE = timedelta(minutes=1)
THROTTLED = ThrottledError("RESOURCE_EXHAUSTED", "quota", retry_after_s=60)


def quiet_until(world):
    document = world.document(names.QUIET_NAME)
    return document.fields["quiet_until"] if document else None


# -- sending -----------------------------------------------------------------------------------------------------


def test_a_reset_is_sent_once_with_its_passcode_and_choices(world):
    name = world.issued(lock_now=False, require_entry=True)

    action = world.action(name)
    assert (action.status, action.attempts[0].operation) == (Status.ISSUED, f"{DEVICE}/operations/1")
    assert world.amapi.sent == [
        {"duration_s": action.attempts[0].duration_s, "lock_now": False, "require_entry": True}
    ]
    assert world.amapi.passcodes[0] == world.reveal(ADMIN, name, "check").passcode
    assert world.told(name)[:3] == ["REQUESTED", "ISSUING", "ISSUED"]


def test_sending_takes_six_reads_and_two_commits(world):
    name = world.accepted()
    world.store.trips()

    world.issue(name)

    assert world.store.trips() == (6, 2)


def test_a_repeated_message_sends_nothing(world):
    name = world.issued()

    world.issue(name)

    assert world.amapi.calls == ["issue"]


def test_an_unknown_action_is_acknowledged(world):
    world.issue(f"{ENTERPRISE}/actions/unknown")

    assert world.amapi.calls == []


def test_the_claim_is_written_before_the_call(world):
    name = world.accepted()
    seen = []
    world.amapi.during["issue"] = lambda: seen.append(world.action(name))

    world.issue(name)

    assert len(seen[0].attempts) == 1
    assert seen[0].attempts[0].operation is None


def test_nothing_is_sent_without_the_passcode(world):
    name = world.accepted()
    world.cipher.faults.append(TransientError("KEY_SERVICE_UNAVAILABLE", "down"))

    with pytest.raises(TransientError):
        world.issue(name)
    assert world.action(name).attempts == ()
    assert world.amapi.calls == []


def test_nothing_is_sent_in_the_last_half_second(world):
    name = world.accepted()
    world.clock.time = world.action(name).expire_time - timedelta(milliseconds=500)

    world.issue(name)

    assert world.amapi.calls == []


# -- refused unsent ----------------------------------------------------------------------------------------------


def test_who_lost_the_role_resets_nothing(world):
    name = world.accepted()
    world.set(ADMIN.member_name(ENTERPRISE), roles=["viewer"])

    assert world.ended_unsent(name) == "ACTOR_NOT_AUTHORISED"
    assert world.cipher.decrypted == 0


def test_who_is_no_member_any_more_resets_nothing(world):
    name = world.accepted()
    member = world.document(ADMIN.member_name(ENTERPRISE))
    world.set(member.name, roles=None)

    assert world.ended_unsent(name) == "ACTOR_NOT_AUTHORISED"


def test_a_destroyed_passcode_is_not_sent(world):
    name = world.accepted()
    world.set(names.passcode_name(name), ciphertext=None)

    assert world.ended_unsent(name) == "PASSCODE_DESTROYED"


def test_a_passcode_of_another_action_is_not_sent(world):
    name = world.accepted()
    world.set(names.passcode_name(name), ciphertext=b"other")

    assert world.ended_unsent(name) == "CIPHERTEXT_REJECTED"


def test_a_worker_with_the_wrong_key_sends_nothing_and_ends_nothing(world):
    name = world.accepted()
    right = world.passcode(name).key_name
    world.set(names.passcode_name(name), key_name="local/another")

    with pytest.raises(TransientError, match="KEY_MISMATCH"):
        world.issue(name)
    assert (world.action(name).status, world.action(name).attempts) == (Status.PENDING, ())

    world.set(names.passcode_name(name), key_name=right)
    world.issue(name)
    assert world.action(name).status is Status.ISSUED


@pytest.mark.parametrize(
    "changes",
    [
        {"applied_state": "LOST"},
        {"management_mode": "PROFILE_OWNER"},
        {"password_policies": (PasswordPolicy(scope="SCOPE_DEVICE", quality="ALPHANUMERIC"),)},
    ],
    ids=["in lost mode", "another lock", "stricter rules"],
)
def test_a_device_that_has_changed_gets_nothing(world, changes):
    name = world.accepted()
    world.mirror.put([phone(world.clock.now(), **changes)], world.clock.now())

    assert world.ended_unsent(name) == "DEVICE_CHANGED"


def test_a_stale_device_is_read_afresh_and_the_mirror_too(world):
    name = world.accepted(valid_for=timedelta(days=3))
    now = world.clock.forward(hours=25)
    world.amapi.devices[DEVICE] = phone(now, android_version="16")

    world.issue(name)

    assert world.amapi.calls == ["device", "issue"]
    assert (world.record().mirror_time, world.record().device.android_version) == (now, "16")
    assert world.record().user.email == "jo@example.com"


def test_a_stale_device_that_has_changed_gets_nothing(world):
    name = world.accepted(valid_for=timedelta(days=3))
    world.amapi.devices[DEVICE] = phone(world.clock.forward(hours=25), applied_state="DISABLED")

    assert world.ended_unsent(name) == "DEVICE_CHANGED"


def test_a_stale_device_that_is_gone_gets_nothing(world):
    name = world.accepted(valid_for=timedelta(days=3))
    world.clock.forward(hours=25)
    world.amapi.devices.clear()

    assert world.ended_unsent(name) == "DEVICE_GONE"


def test_a_device_that_is_not_mirrored_any_more_is_read_afresh(world):
    name = world.accepted()
    case = world.book.open(name)

    world.issue.freshness.check(replace(case, device=None), world.reveal_sealed(name))

    assert world.amapi.calls == ["device"]


def test_no_answer_about_a_stale_device_is_tried_again(world):
    name = world.accepted(valid_for=timedelta(days=3))
    world.clock.forward(hours=25)
    world.amapi.fail("device", TransientError("HTTP_503", "down"))

    with pytest.raises(TransientError):
        world.issue(name)
    assert world.action(name).status is Status.PENDING


def test_a_throttled_look_at_a_stale_device_waits_quietly(world):
    name = world.accepted(valid_for=timedelta(days=3))
    now = world.clock.forward(hours=25)
    world.amapi.fail("device", THROTTLED)

    world.issue(name)

    assert quiet_until(world) == now + MINUTE
    assert world.action(name).attempts == ()
