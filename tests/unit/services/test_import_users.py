"""Importing users: per device wholly or not at all, safe to repeat, nothing silent."""

from collections.abc import Callable

import pytest

from shared.domain.device import Device, DeviceUser
from shared.domain.user_table import Fault, UserRow
from shared.services import import_users
from shared.services.import_users import ImportReport, ImportUsers
from shared.services.ports import DeviceQuery, PageRequest, Update
from tests.unit.services.world import ADMIN, ENTERPRISE, World

ANN, BOB = DeviceUser("Ann", "ann@example.com", "de"), DeviceUser("Bob", "bob@example.com")


@pytest.fixture
def fleet(world: World) -> World:
    devices = [
        Device(f"{ENTERPRISE}/devices/d{n}", model="Pixel", serial_number=f"R58Long0000{n}") for n in range(5)
    ]
    world.mirror.put(devices, world.clock.now())
    return world


def by_id(line: int, number: int, user: DeviceUser | None = ANN) -> UserRow:
    return UserRow(line, "", f"d{number}", user)


def by_serial(line: int, number: int, user: DeviceUser | None = ANN) -> UserRow:
    return UserRow(line, f"r58long0000{number} ", "", user)


def imported(world: World, *rows: UserRow, dry_run: bool = False) -> ImportReport:
    return ImportUsers(world.book, world.new_id)(ENTERPRISE, rows, ADMIN, dry_run=dry_run)


def device(world: World, number: int):
    return world.record(f"{ENTERPRISE}/devices/d{number}")


def audit(world: World) -> list[dict]:
    """Return the audit rows committed."""
    writes = [write for commit in world.store.commits for write in commit]
    return [dict(write.fields) for write in writes if "/audit/" in write.name]


def found(world: World, term: str) -> list[str]:
    page = world.store.devices(ENTERPRISE, DeviceQuery(term), PageRequest(20))
    return [document.name.rpartition("/")[2] for document in page.documents]


def test_a_device_is_found_by_id_or_serial_number_and_then_by_its_user(fleet):
    report = imported(fleet, by_id(2, 1), by_serial(3, 2, BOB))
    assert report == ImportReport(written=2)
    assert (device(fleet, 1).user, device(fleet, 2).user) == (ANN, BOB)
    assert (found(fleet, "ann"), found(fleet, "bob")) == (["d1"], ["d2"])
    assert device(fleet, 3).imported_user is None


def test_each_device_written_has_its_audit_row(fleet):
    imported(fleet, by_id(2, 1), by_id(3, 2, None))
    (row,) = audit(fleet)
    assert (row["type"], row["who"]) == ("USER_IMPORTED", ADMIN.email)
    assert row["details"] == {"device": f"{ENTERPRISE}/devices/d1", "email": "ann@example.com"}


def test_a_second_time_nothing_is_written(fleet):
    imported(fleet, by_id(2, 1))
    before = len(fleet.store.commits)
    assert imported(fleet, by_id(2, 1)) == ImportReport(unchanged=1)
    assert len(fleet.store.commits) == before


def test_an_import_ranks_below_an_assignment(fleet):
    fleet.assign(ADMIN, f"{ENTERPRISE}/devices/d1", BOB)
    assert imported(fleet, by_id(2, 1)) == ImportReport(written=1, outranked=1)
    assert imported(fleet, by_id(2, 1)) == ImportReport(unchanged=1, outranked=1)
    assert device(fleet, 1).user == BOB


def test_a_row_without_user_takes_the_import_back(fleet):
    imported(fleet, by_id(2, 1))
    assert imported(fleet, by_id(2, 1, None)) == ImportReport(written=1)
    assert device(fleet, 1).user is None
    assert found(fleet, "ann") == []
    assert imported(fleet, by_id(2, 1, None)) == ImportReport(unchanged=1)


def test_a_dry_run_tells_the_same_and_writes_nothing(fleet):
    before = len(fleet.store.commits)
    report = imported(fleet, by_id(2, 1), by_id(3, 9), by_serial(4, 2), dry_run=True)
    assert (report.written, len(report.faults)) == (2, 1)
    assert len(fleet.store.commits) == before


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (by_id(7, 9), "There is no such device in this enterprise."),
        (UserRow(7, "R58Long", "", ANN), "No device has the serial number 'R58Long'."),
        (UserRow(7, "\N{COMBINING ACUTE ACCENT}", "", ANN), "No device has the serial number"),
        (UserRow(7, "", "enterprises/other/devices/d1", ANN), "belongs to another enterprise."),
        (UserRow(7, "R58Long00002", "d1", ANN), "Its serial number and its device id are of two devices."),
    ],
)
def test_a_device_that_cannot_be_told_is_told_with_its_line(fleet, row, told):
    report = imported(fleet, row, by_id(8, 3))
    assert report.written == 1
    assert [fault.line for fault in report.faults] == [7]
    assert told in report.faults[0].message


def test_serial_number_and_id_of_one_device_agree(fleet):
    name = f"{ENTERPRISE}/devices/d1"
    assert imported(fleet, UserRow(2, "R58Long00001", name, ANN)) == ImportReport(written=1)


def test_a_serial_number_of_two_devices_needs_the_id(fleet):
    fleet.mirror.put([Device(f"{ENTERPRISE}/devices/twin", serial_number="R58Long00001")], fleet.clock.now())
    report = imported(fleet, by_serial(2, 1))
    assert "2 devices have the serial number" in report.faults[0].message
    assert imported(fleet, UserRow(2, "R58Long00001", "twin", ANN)).written == 1


def test_a_device_that_left_management_is_not_written(fleet):
    fleet.mirror.gone([f"{ENTERPRISE}/devices/d1"], fleet.clock.now())
    report = imported(fleet, by_id(2, 1))
    assert report.faults == (Fault(2, "The device has left management."),)


def test_of_two_rows_for_one_device_none_is_used(fleet):
    report = imported(fleet, by_id(2, 1), by_serial(5, 1, BOB), by_id(9, 2))
    assert report.written == 1
    message = "Lines 2, 5 name the same device; none of them is used."
    assert report.faults == (Fault(2, message), Fault(5, message))
    assert device(fleet, 1).user is None


def test_many_serial_numbers_are_found_by_reading_every_device_once(fleet, monkeypatch):
    monkeypatch.setattr(import_users, "MAX_SEARCHES", 2)
    monkeypatch.setattr(import_users, "_PAGE", 2)
    report = imported(fleet, *(by_serial(n + 2, n) for n in range(5)), UserRow(9, "none", "", ANN))
    assert (report.written, [fault.line for fault in report.faults]) == (5, [9])


def test_many_devices_are_written_in_several_commits(fleet, monkeypatch):
    monkeypatch.setattr(import_users, "AT_ONCE", 2)
    assert imported(fleet, *(by_id(n + 2, n) for n in range(5))).written == 5
    assert [device(fleet, n).user for n in range(5)] == [ANN] * 5


def moves(world: World, number: int) -> Callable[[], None]:
    """Return somebody else's write of a device, for just before a commit."""

    def move() -> None:
        name = f"{ENTERPRISE}/devices/d{number}"
        document = world.store.inner.get_many([name])[name]
        world.store.inner.commit([Update(name, {"revision": document.fields["revision"] + 1}, document.version)])

    return move


@pytest.mark.parametrize(
    "faults", [["moved"], ["moved", "none", "moved"], ["moved", "none", "none", "moved", "moved"]]
)
def test_what_a_lost_commit_held_is_read_again(fleet, faults):
    fleet.store.faults = list(faults)
    assert imported(fleet, *(by_id(n + 2, n) for n in range(4))) == ImportReport(written=4)
    assert [device(fleet, n).user for n in range(4)] == [ANN] * 4
    assert len(audit(fleet)) == 4


def test_a_device_that_moves_meanwhile_is_read_again(fleet):
    fleet.store.faults = [moves(fleet, 2)]
    assert imported(fleet, *(by_id(n + 2, n) for n in range(4))) == ImportReport(written=4)
    assert [device(fleet, n).user for n in range(4)] == [ANN] * 4
    assert len(audit(fleet)) == 4


def test_a_device_that_keeps_moving_is_told_and_the_others_stand(fleet):
    fleet.store.faults = ["moved", "none", "none", *["moved"] * 5]
    report = imported(fleet, *(by_id(n + 2, n) for n in range(4)))
    assert (report.written, report.faults) == (
        3,
        (Fault(4, "The device kept changing. Import this row again."),),
    )
    assert device(fleet, 2).user is None


def test_a_commit_whose_answer_was_lost_is_not_made_twice(fleet):
    fleet.store.faults = ["lost"]
    assert imported(fleet, by_id(2, 1)) == ImportReport(unchanged=1)
    assert len(audit(fleet)) == 1


def test_a_store_that_fails_on_the_way_is_told_with_what_was_done(fleet, monkeypatch):
    monkeypatch.setattr(import_users, "AT_ONCE", 2)
    fleet.store.faults = ["none", "down"]
    report = imported(fleet, *(by_id(n + 2, n) for n in range(5)))
    assert (report.written, report.stopped) == (2, "STORE_UNAVAILABLE")
    assert imported(fleet, *(by_id(n + 2, n) for n in range(5))) == ImportReport(written=3, unchanged=2)
