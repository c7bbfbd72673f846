"""Two enterprises in one project: what AMAPI says of one is no matter of the other."""

from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.action import Status
from shared.domain.errors import EnterpriseRefusedError, ThrottledError
from shared.services.accept_reset import ResetWish
from shared.services.ports import Create
from tests.unit.services.world import ADMIN, DEVICE, phone

OTHER = "enterprises/other"
THEIRS = f"{OTHER}/devices/d"
REFUSED = EnterpriseRefusedError("PERMISSION_DENIED", "Caller is not authorized to manage enterprise.")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def two(world):
    member = {"email": ADMIN.email, "roles": ["admin"]}
    world.store.commit([Create(OTHER, {"display_name": "Other"}), Create(ADMIN.member_name(OTHER), member)])
    world.amapi.devices[THEIRS] = phone(world.clock.now(), THEIRS)
    world.mirror.put_one(world.amapi.devices[THEIRS], world.clock.now())
    return world


def refused(world, method):
    """Have every call about the first enterprise refused from now on."""
    real = getattr(world.amapi, method)

    def call(name, *args, **more):
        if name.startswith(f"{names.enterprise_of(DEVICE)}/"):
            raise REFUSED
        return real(name, *args, **more)

    setattr(world.amapi, method, call)


def test_an_enterprise_that_was_taken_from_us_does_not_stop_the_other_ones_resets(two):
    """Regression: its 403 silenced AMAPI for everybody, again and again: nobody's reset was ever sent."""
    refused(two, "issue_reset")
    mine = two.accepted()
    two.issue(mine)

    theirs = two.accept(ADMIN, THEIRS, ResetWish(), "r2").name
    two.issue(theirs)

    assert two.action(theirs).status is Status.ISSUED
    assert two.action(mine).retry_at >= two.clock.now() + 5 * MINUTE


def test_a_look_that_is_refused_for_one_enterprise_goes_on_for_the_other(two):
    mine = two.issued()
    theirs = two.accept(ADMIN, THEIRS, ResetWish(), "r2").name
    two.issue(theirs)
    two.amapi.finish()
    refused(two, "get_operation")

    two.tick(minutes=2)

    assert (two.action(mine).status, two.action(theirs).status) == (Status.ISSUED, Status.DONE)


def test_the_pass_over_the_other_ones_devices_goes_on(two):
    refused(two, "list_devices")
    two.amapi.list_devices = _whole(two.amapi.list_devices)

    two.sync()
    two.clock.forward(minutes=1)
    two.sync()

    assert two.document(f"{OTHER}/sync/state").fields.get("finished")
    assert list(two.document(names.QUIET_NAME).fields["refused"]) == ["e"]


def _whole(list_devices):
    return lambda enterprise, token: list_devices(f"{enterprise}/", token)


def test_the_quota_is_everybodys(two):
    mine = two.accepted()
    two.amapi.fail("issue", ThrottledError("RESOURCE_EXHAUSTED", "quota", retry_after_s=60))
    two.issue(mine)

    theirs = two.accept(ADMIN, THEIRS, ResetWish(), "r2").name
    two.issue(theirs)

    assert two.amapi.calls.count("issue") == 1
    assert two.action(theirs).attempts == ()
