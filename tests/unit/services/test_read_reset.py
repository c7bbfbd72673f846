"""What the pages around one reset read: before it, and while it runs."""

import pytest

from shared.domain.action import Delivery, DeliveryStatus, Recipient, Status
from shared.domain.errors import RejectedError
from shared.services.read_reset import ReadReset, is_settled
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, RESETTER, STRANGER, VIEWER


@pytest.fixture
def reads(world) -> ReadReset:
    return ReadReset(world.store, world.clock)


def refused(call) -> str:
    with pytest.raises(RejectedError) as error:
        call()
    return error.value.reason


def test_a_request_id_leads_to_its_action_for_its_own_caller_alone(world, reads):
    name = world.accepted("r1")
    assert reads.earlier(ADMIN, DEVICE, "r1") == name
    assert reads.earlier(RESETTER, DEVICE, "r1") is None
    assert reads.earlier(ADMIN, DEVICE, "r2") is None
    assert refused(lambda: reads.earlier(STRANGER, DEVICE, "r1")) == "NOT_FOUND"


def test_before_a_first_reset_nothing_runs(reads):
    before = reads.before(ADMIN, DEVICE)
    assert (before.verdict.eligible, before.running) == (True, None)


def test_the_running_reset_is_the_one_that_holds_the_lock(world, reads):
    name = world.accepted()
    before = reads.before(ADMIN, DEVICE)
    assert before.running is not None
    assert before.running.name == name
    assert [finding.code for finding in before.verdict.blockers] == ["IN_PROGRESS"]


def test_a_free_lock_outweighs_what_lists_show(world, reads):
    name = world.accepted()
    world.cancel(ADMIN, name)
    world.set(DEVICE, open_action={"name": name, "status": "PENDING"})
    before = reads.before(ADMIN, DEVICE)
    assert (before.verdict.eligible, before.running) == (True, None)


def test_the_readers_role_is_part_of_the_verdict(reads):
    assert [finding.code for finding in reads.before(VIEWER, DEVICE).verdict.blockers] == ["ROLE"]


def test_strangers_and_unknown_names_are_answered_alike(world, reads):
    name = world.accepted()
    calls = (
        lambda: reads.before(STRANGER, DEVICE),
        lambda: reads.before(ADMIN, f"{ENTERPRISE}/devices/x"),
        lambda: reads.watched(STRANGER, name),
        lambda: reads.watched(ADMIN, f"{ENTERPRISE}/actions/x"),
    )
    assert [refused(call) for call in calls] == ["NOT_FOUND"] * 4


def test_a_watched_reset_comes_with_its_device_and_history(world, reads):
    watched = reads.watched(VIEWER, world.issued())
    assert watched.record is not None
    assert watched.record.device.name == DEVICE
    assert [event.type for event in watched.events] == ["REQUESTED", "ISSUING", "ISSUED"]
    assert not watched.settled


def test_a_device_that_is_not_mirrored_any_more_does_not_hide_the_reset(world, reads):
    name = world.issued()
    world.delete(world.document(DEVICE))
    assert reads.watched(VIEWER, name).record is None


def test_a_reset_is_settled_once_its_mails_are_sent_and_its_lock_is_free(world):
    name = world.done()
    assert not is_settled(world.action(name))
    world.mail(name)
    assert is_settled(world.action(name))


@pytest.mark.parametrize(
    ("status", "notice", "settled"),
    [
        (Status.CANCELLED, None, True),
        (Status.FAILED, DeliveryStatus.PENDING, False),
        (Status.FAILED, DeliveryStatus.FAILED, True),
        (Status.EXPIRED, DeliveryStatus.SENT, True),
        (Status.UNKNOWN, DeliveryStatus.SENT, False),
        (Status.ISSUED, None, False),
    ],
)
def test_what_ended_without_a_passcode_waits_only_for_its_notice(world, status, notice, settled):
    name = world.accepted()
    told = Delivery(Recipient.ADMIN, "admin@example.com", status=notice) if notice else None
    world.set_action(name, status=status, notice=told, lock_held=status is Status.ISSUED)
    assert is_settled(world.action(name)) is settled
