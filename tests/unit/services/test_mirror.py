"""The mirrored devices: what AMAPI says, beside what was assigned here."""

import json
from datetime import timedelta

import pytest

from shared.domain.device import DeviceUser
from shared.domain.errors import ConflictError
from shared.services.mirror import digest_of
from tests.unit.services.world import DEVICE, ENTERPRISE, phone

NEW = f"{ENTERPRISE}/devices/new"
TOKEN = json.dumps({"user": {"displayName": "New Person", "email": "new@example.com"}})


def test_a_new_device_is_listed(world):
    now = world.clock.now()

    assert world.mirror.put([phone(now, NEW, enrollment_token_data=TOKEN)], now) == 1

    record = world.record(NEW)
    assert (record.user.email, record.user_key, record.model_key) == ("new@example.com", "new person", "pixel 9")
    assert (record.mirror_time, record.last_seen, record.gone_time) == (now, now, None)
    assert "new" in record.search


@pytest.mark.parametrize("enrolled", [True, False])
def test_a_device_that_never_reported_was_seen_at_its_enrolment_or_now(world, enrolled):
    now = world.clock.now()
    enrolment = now - timedelta(days=1) if enrolled else None

    world.mirror.put_one(phone(None, NEW, enrollment_time=enrolment), now)

    assert world.record(NEW).last_seen == (enrolment or now)


def test_users_that_were_assigned_here_stay(world):
    later = world.clock.forward(minutes=1)

    world.mirror.put_one(phone(later, enrollment_token_data=TOKEN), later)

    record = world.record()
    assert (record.user.email, record.enrolled_user.email) == ("jo@example.com", "new@example.com")


def test_a_reset_that_runs_stays_shown(world):
    name = world.accepted()
    later = world.clock.forward(minutes=1)

    world.mirror.put_one(phone(later), later)

    assert (world.record().open_action.name, world.record().latest_action) == (name, name)


def test_a_phone_that_is_enrolled_again_keeps_its_user(world):
    now = world.clock.now()
    world.set(DEVICE, imported_user={"display_name": "Imported", "email": "", "locale": ""}, revision=99)

    world.mirror.put_one(phone(now, NEW, previous_device_names=(f"{ENTERPRISE}/devices/x", DEVICE)), now)

    record = world.record(NEW)
    assert (record.assigned_user.email, record.imported_user.display_name) == ("jo@example.com", "Imported")


def test_a_phone_that_is_enrolled_again_stands_in_the_lists_once(world):
    now = world.clock.now()

    again = phone(now, NEW, previous_device_names=(DEVICE,))
    world.mirror.put([again], now)

    assert (world.record(DEVICE).gone_time, world.record(DEVICE).search) == (now, None)
    assert world.record(NEW).gone_time is None
    assert world.mirror.put([again], now + timedelta(seconds=1)) == 1, "the earlier record is not written again"


def test_an_earlier_name_that_is_still_listed_is_not_gone(world):
    now = world.clock.now()

    world.mirror.put([phone(now, NEW, previous_device_names=(DEVICE,)), phone(now)], now)

    assert world.record(DEVICE).gone_time is None


def test_a_phone_that_was_handed_on_does_not_keep_its_former_user(world):
    now = world.clock.now()

    world.mirror.put_one(phone(now, NEW, previous_device_names=(DEVICE,), enrollment_token_data=TOKEN), now)

    assert world.record(NEW).user.email == "new@example.com"


def test_the_newest_of_several_earlier_records_counts(world):
    later = world.clock.forward(minutes=1)
    newest = f"{ENTERPRISE}/devices/d2"
    world.mirror.put_one(phone(later, newest), later)
    world.set(newest, assigned_user={"display_name": "Newest", "email": "", "locale": ""}, revision=9)

    world.mirror.put_one(phone(later, NEW, previous_device_names=(newest, DEVICE)), later)

    assert world.record(NEW).assigned_user == DeviceUser("Newest")


def test_a_phone_does_not_bring_its_user_from_another_enterprise(world):
    """Regression: a phone enrolled elsewhere before would have had its new passcode mailed to its former user."""
    elsewhere = "enterprises/other/devices/d"
    now = world.clock.now()
    world.mirror.put_one(phone(now, elsewhere), now)
    world.set(
        elsewhere, assigned_user={"display_name": "", "email": "theirs@example.net", "locale": ""}, revision=9
    )

    world.mirror.put_one(phone(now, NEW, previous_device_names=(elsewhere,)), now)

    assert world.record(NEW).user is None


def test_a_reading_of_an_older_report_does_not_overwrite(world):
    now = world.clock.now()

    assert world.mirror.put([phone(now - timedelta(seconds=1), model="Old")], now) == 0
    assert world.record().device.model == "Pixel 9"


def test_a_reading_by_a_clock_that_is_behind_is_not_dropped(world):
    """Regression: the sync noted the digest of what was dropped, so the record stayed stale for days."""
    now = world.clock.now()

    assert world.mirror.put([phone(now, model="New")], now - timedelta(minutes=5)) == 1
    assert (world.record().device.model, world.record().mirror_time) == ("New", now)


def test_a_gone_device_comes_back(world):
    now = world.clock.now()
    world.mirror.gone([DEVICE], now)
    assert (world.record().gone_time, world.record().search) == (now, None)

    world.mirror.put_one(phone(now), now)

    assert world.record().gone_time is None
    assert world.record().search


def test_marking_gone_again_or_what_is_not_there_writes_nothing(world):
    now = world.clock.now()
    world.mirror.gone([DEVICE], now)
    world.store.trips()

    world.mirror.gone([DEVICE, NEW], now + timedelta(days=1))

    assert world.store.trips()[1] == 0
    assert world.record().gone_time == now


def test_a_lost_race_is_decided_again(world):
    later = world.clock.forward(minutes=1)
    world.store.faults = ["moved"]
    assert world.mirror.put([phone(later)], later) == 1

    world.store.faults = ["moved"]
    world.mirror.gone([DEVICE], later)
    assert world.record().gone_time == later


def test_after_five_lost_turns_it_raises(world):
    now = world.clock.now()
    world.store.faults = ["moved"] * 5
    with pytest.raises(ConflictError):
        world.mirror.put([phone(now)], now)

    world.store.faults = ["moved"] * 5
    with pytest.raises(ConflictError):
        world.mirror.gone([DEVICE], now)


def test_any_difference_changes_the_digest(world):
    now = world.clock.now()

    assert digest_of(phone(now)) == digest_of(phone(now))
    assert digest_of(phone(now)) != digest_of(phone(now, is_secure=None))
    assert digest_of(phone(now)) != digest_of(phone(now + timedelta(microseconds=1)))
