"""Saying who holds a device; the address is where passcodes may be sent."""

import pytest

from shared.domain.device import DeviceUser
from shared.domain.errors import ConflictError, RejectedError
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, RESETTER, REVEALER, STRANGER, VIEWER

SAM = DeviceUser("Sam", "sam@example.com", "fr")


def refusal(world, caller, device=DEVICE, user=SAM):
    with pytest.raises(RejectedError) as refused:
        world.assign(caller, device, user)
    return refused.value.reason


def test_an_assigned_user_is_shown_found_and_audited(world):
    record = world.assign(ADMIN, DEVICE, SAM)

    assert world.record() == record
    assert (record.user, record.user_key) == (SAM, "sam")
    assert "sam" in record.search
    (row,) = [w for writes in world.store.commits for w in writes if "/audit/" in w.name]
    assert (row.fields["type"], row.fields["who"]) == ("USER_ASSIGNED", ADMIN.email)
    assert row.fields["details"] == {"device": DEVICE, "email": "sam@example.com"}


def test_an_empty_user_takes_the_assignment_back(world):
    assert world.assign(ADMIN, DEVICE, DeviceUser()).user is None


@pytest.mark.parametrize("caller", [RESETTER, REVEALER, VIEWER])
def test_only_an_admin_may(world, caller):
    assert refusal(world, caller) == "ROLE_REQUIRED"
    assert world.record().user.email == "jo@example.com"


def test_what_is_unknown_or_foreign_is_not_found(world):
    assert refusal(world, STRANGER) == "NOT_FOUND"
    assert refusal(world, ADMIN, f"{ENTERPRISE}/devices/x") == "NOT_FOUND"
    assert refusal(world, ADMIN, "enterprises/x/devices/d") == "NOT_FOUND"


@pytest.mark.parametrize(
    "email", ["sam", "sam@example.com,eve@example.com", "sam@example.com\nBcc: eve@example.com"]
)
def test_an_address_that_mail_must_not_go_to_is_refused(world, email):
    assert refusal(world, ADMIN, user=DeviceUser("Sam", email)) == "INVALID_EMAIL"


def test_a_running_reset_is_never_mailed_to_an_address_that_it_was_not_accepted_with(world):
    name = world.done(notify_user=True)

    world.assign(ADMIN, DEVICE, SAM)
    world.mail(name)

    assert [mail.to for mail in world.first.box] == ["admin@example.com"]


def test_a_lost_race_is_decided_again_and_not_for_ever(world):
    world.store.faults = ["moved"]
    assert world.assign(ADMIN, DEVICE, SAM).user == SAM

    world.store.faults = ["moved"] * 5
    with pytest.raises(ConflictError):
        world.assign(ADMIN, DEVICE, SAM)
