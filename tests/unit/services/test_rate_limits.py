"""Rates of people and of an enterprise: counted with what they allow, refused with a time to come back."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.domain.device import DeviceUser
from shared.domain.errors import RejectedError, TransientError
from shared.services.accept_reset import ResetWish
from shared.services.access import Caller
from shared.services.ports import Create
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, RESETTER, World, phone

PEOPLE = [Caller(f"person{number}@example.com") for number in range(6)]


def limit(world: World, **limits: int) -> None:
    world.set(ENTERPRISE, **limits)


def fleet(world: World, size: int) -> list[str]:
    """Mirror more phones, whose resets do not meet."""
    names = [f"{ENTERPRISE}/devices/phone{number:03}" for number in range(size)]
    for name in names:
        world.amapi.devices[name] = phone(world.clock.now(), name=name)
    world.mirror.put([world.amapi.devices[name] for name in names], world.clock.now())
    return names


def refused(world: World, caller: Caller, device: str, request_id: str) -> RejectedError:
    with pytest.raises(RejectedError) as error:
        world.accept(caller, device, ResetWish(), request_id)
    return error.value


def test_one_person_may_start_so_many_resets_and_then_waits(world):
    limit(world, max_resets_per_person=2)
    devices = fleet(world, 4)
    for device in devices[:2]:
        world.accept(ADMIN, device, ResetWish(), device[-3:])
        world.clock.forward(minutes=1)

    error = refused(world, ADMIN, devices[2], "third")

    assert (error.reason, error.metadata) == ("TOO_MANY_RESETS", {"retryAfter": "480"})
    assert world.refusals() == [(ADMIN.email, "TOO_MANY_RESETS")]
    assert world.accept(RESETTER, devices[2], ResetWish(), "another person")
    world.clock.forward(seconds=480)
    assert world.accept(ADMIN, devices[3], ResetWish(), "third")


def test_a_repeat_of_an_accepted_request_is_not_counted_and_not_refused(world):
    limit(world, max_resets_per_person=1)
    first = world.accept(ADMIN, DEVICE, ResetWish(), "r1")

    assert world.accept(ADMIN, DEVICE, ResetWish(), "r1") == first


def test_a_refused_reset_is_not_counted(world):
    limit(world, max_resets_per_person=1)
    with pytest.raises(RejectedError, match="INVALID_VALIDITY"):
        world.accept(ADMIN, DEVICE, ResetWish(valid_for=timedelta(seconds=1)), "r1")

    assert world.accept(ADMIN, DEVICE, ResetWish(), "r2")


def test_a_mass_reset_is_stopped_and_somebody_is_called(world, caplog):
    limit(world, max_resets_per_hour=3)
    devices = fleet(world, 4)
    member = world.document(ADMIN.member_name(ENTERPRISE)).fields
    world.store.commit([Create(p.member_name(ENTERPRISE), {**member, "email": p.email}) for p in PEOPLE])
    for person, device in zip(PEOPLE, devices[:3], strict=False):
        world.accept(person, device, ResetWish(), "r")

    with caplog.at_level(logging.ERROR):
        error = refused(world, PEOPLE[3], devices[3], "r")

    assert (error.reason, error.metadata) == ("RESETS_STOPPED", {"retryAfter": "3600"})
    assert [record.alert for record in caplog.records] == ["MASS_RESET"]


def test_many_at_once_never_pass_a_limit_together(world):
    limit(world, max_resets_per_person=5, max_resets_per_hour=7)
    devices = fleet(world, 40)
    world.clock.sleep = lambda _seconds: None  # the turns of a loser come at once here

    def ask(number: int) -> bool:
        try:
            world.accept((ADMIN, RESETTER)[number % 2], devices[number], ResetWish(), f"r{number}")
        except (RejectedError, TransientError):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(ask, range(len(devices))))

    assert sum(accepted) <= 7
    assert max(sum(accepted[0::2]), sum(accepted[1::2])) <= 5
    assert sum(accepted) >= 5


def test_one_person_may_read_so_many_passcodes_and_then_waits(world):
    limit(world, max_readings_per_person=2)
    name = world.done()
    for _ in range(2):
        world.reveal(ADMIN, name, "because")

    with pytest.raises(RejectedError) as error:
        world.reveal(ADMIN, name, "once more")

    assert (error.value.reason, error.value.metadata) == ("TOO_MANY_READINGS", {"retryAfter": "600"})
    assert world.passcode(name).reveal_count == 2
    assert world.refusals() == [(ADMIN.email, "TOO_MANY_READINGS")]
    world.clock.forward(minutes=10)
    assert world.reveal(ADMIN, name, "later").passcode


def test_the_last_reading_allowed_is_shown_though_its_commit_lost_its_answer(world):
    limit(world, max_readings_per_person=1)
    name = world.done()
    world.store.faults = ["lost"]

    assert world.reveal(ADMIN, name, "because").passcode
    assert world.refusals() == []


def test_the_last_reset_allowed_is_accepted_though_its_commit_lost_its_answer(world):
    limit(world, max_resets_per_person=1, max_resets_per_hour=1)
    world.store.faults = ["lost"]

    assert world.accept(ADMIN, DEVICE, ResetWish(), "r1")
    assert world.refusals() == []


def test_without_limits_nothing_is_counted(world):
    world.done()
    assert not [write for writes in world.store.commits for write in writes if "/windows/" in write.name]


def test_a_person_is_counted_whatever_the_case_of_the_address(world):
    limit(world, max_resets_per_person=1)
    devices = fleet(world, 1)
    world.accept(ADMIN, DEVICE, ResetWish(), "r1")

    assert refused(world, Caller(ADMIN.email.upper()), devices[0], "r2").reason == "TOO_MANY_RESETS"


def test_a_user_without_an_address_is_told_before_anything_is_counted(world):
    limit(world, max_resets_per_person=1)
    world.assign(ADMIN, DEVICE, DeviceUser("Jo Doe", "", "de"))
    with pytest.raises(RejectedError, match="USER_HAS_NO_ADDRESS"):
        world.accept(ADMIN, DEVICE, ResetWish(notify_user=True), "r1")

    assert world.accept(ADMIN, DEVICE, ResetWish(), "r2")
