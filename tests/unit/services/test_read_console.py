"""What the console shows, and to whom."""

import pytest

from shared.domain.errors import RejectedError
from shared.domain.roles import Right
from shared.services.ports import ActionFilter, Create, PageRequest
from shared.services.read_console import MAX_SEARCH_PAGES, ReadConsole
from tests.unit.services.fakes import FakeClock, MemoryStore
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, STRANGER, VIEWER, phone

ALL = PageRequest(50)
UNKNOWN = f"{ENTERPRISE}/devices/x"


def codes(findings):
    return [finding.code for finding in findings]


def not_found(call):
    with pytest.raises(RejectedError) as refused:
        call()
    return refused.value.reason == "NOT_FOUND"


def test_a_stranger_sees_nothing_at_all(world):
    name = world.accepted()
    console = world.console

    assert not_found(lambda: console.check_reset(STRANGER, DEVICE))
    assert not_found(lambda: console.device(STRANGER, DEVICE))
    assert not_found(lambda: console.devices(STRANGER, ENTERPRISE, "", "user", ALL))
    assert not_found(lambda: console.action(STRANGER, name))
    assert not_found(lambda: console.actions(STRANGER, ENTERPRISE, ActionFilter(), ALL))
    assert not_found(lambda: console.events(STRANGER, name, ALL))


def test_what_is_unknown_is_not_found(world):
    assert not_found(lambda: world.console.check_reset(VIEWER, UNKNOWN))
    assert not_found(lambda: world.console.device(VIEWER, UNKNOWN))
    assert not_found(lambda: world.console.events(VIEWER, f"{ENTERPRISE}/actions/x", ALL))


def test_a_member_learns_where_and_what_they_are(world):
    place = world.console.membership(VIEWER, ENTERPRISE)

    assert (place.enterprise, place.roles, place.rights) == (ENTERPRISE, ("viewer",), {Right.READ})
    assert not_found(lambda: world.console.membership(STRANGER, ENTERPRISE))


def test_only_the_callers_own_enterprises_are_listed(world):
    world.store.commit([Create("enterprises/other", {"display_name": "Other"})])
    listed = [place.enterprise for place in world.console.memberships(ADMIN)]

    assert listed == [ENTERPRISE]
    assert world.console.memberships(STRANGER) == []


def test_before_the_first_enterprise_there_is_none_to_list():
    empty = MemoryStore()

    assert ReadConsole(empty, FakeClock()).memberships(ADMIN) == []
    empty.inner.close()


def test_a_reset_is_judged_with_the_callers_rights(world):
    assert world.console.check_reset(ADMIN, DEVICE).eligible
    assert codes(world.console.check_reset(VIEWER, DEVICE).blockers) == ["ROLE"]


def test_a_running_reset_blocks_by_the_lock_and_not_by_what_lists_show(world):
    name = world.accepted()
    assert codes(world.console.check_reset(ADMIN, DEVICE).blockers) == ["IN_PROGRESS"]

    world.cancel(ADMIN, name)
    world.set(DEVICE, open_action={"name": name, "status": "PENDING"}, revision=99)
    assert world.console.check_reset(ADMIN, DEVICE).eligible


def test_a_device_is_read(world):
    assert world.console.device(VIEWER, DEVICE).user.email == "jo@example.com"


def test_devices_are_searched(world):
    found = world.console.devices(VIEWER, ENTERPRISE, "pix", "user", ALL)

    assert [row.device.name for row in found.rows] == [DEVICE]
    assert found.next_page_token == ""
    assert world.console.devices(VIEWER, ENTERPRISE, "nobody", "user", ALL).rows == ()


def many(world, count, **changes):
    now = world.clock.now()
    devices = [
        phone(now, f"{ENTERPRISE}/devices/m{n}", serial_number=f"SERIALNUMBER{n}", **changes) for n in range(count)
    ]
    world.mirror.put(devices, now)


def test_a_query_longer_than_a_term_is_filtered_here(world):
    many(world, 3)

    found = world.console.devices(VIEWER, ENTERPRISE, "serialnumber2", "user", ALL)

    assert [row.device.serial_number for row in found.rows] == ["SERIALNUMBER2"]


def test_pages_without_a_hit_are_skipped_but_not_for_ever(world):
    many(world, MAX_SEARCH_PAGES + 2)
    last = f"serialnumber{MAX_SEARCH_PAGES + 1}"

    first = world.console.devices(VIEWER, ENTERPRISE, last, "user", PageRequest(1))
    assert (first.rows, first.next_page_token != "") == ((), True)

    rest = world.console.devices(VIEWER, ENTERPRISE, last, "user", PageRequest(1, first.next_page_token))
    assert [row.device.serial_number.casefold() for row in rest.rows] == [last]


def test_pages_go_on_where_they_ended(world):
    many(world, 3)

    first = world.console.devices(VIEWER, ENTERPRISE, "", "model", PageRequest(3))
    rest = world.console.devices(VIEWER, ENTERPRISE, "", "model", PageRequest(3, first.next_page_token))

    assert (len(first.rows), len(rest.rows), rest.next_page_token) == (3, 1, "")


def test_an_action_tells_whether_its_passcode_can_be_read(world):
    name = world.accepted()
    assert not world.console.action(VIEWER, name).passcode_available

    world.issue(name)
    assert world.console.action(VIEWER, name).passcode_available


def test_actions_are_listed_newest_first_with_their_passcodes(world):
    first = world.done()
    world.mail(first)
    world.clock.forward(minutes=1)
    second = world.done("r2")

    listed = world.console.actions(VIEWER, ENTERPRISE, ActionFilter(), ALL)

    assert [(row.action.name, row.passcode_available) for row in listed.rows] == [(second, True), (first, False)]
    assert listed.next_page_token == ""


def test_a_page_of_actions_without_any_passcode_reads_none(world):
    world.accepted()
    world.store.trips()

    world.console.actions(VIEWER, ENTERPRISE, ActionFilter(), ALL)

    assert world.store.trips() == (1, 0)


def test_a_passcode_that_the_store_forgot_cannot_be_read(world):
    name = world.done()
    world.delete(world.document(name.replace("/actions/", "/passcodes/")))

    assert not world.console.action(VIEWER, name).passcode_available


def test_events_are_listed_oldest_first(world):
    name = world.issued()

    first = world.console.events(VIEWER, name, PageRequest(2))
    rest = world.console.events(VIEWER, name, PageRequest(2, first.next_page_token))

    assert [event.type for event in (*first.rows, *rest.rows)] == ["REQUESTED", "ISSUING", "ISSUED"]
    assert rest.next_page_token == ""
