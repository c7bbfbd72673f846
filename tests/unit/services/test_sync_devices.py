"""The full pass: resumed where it stopped, writing only what changed, finding what vanished."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.errors import ThrottledError, TransientError
from shared.services import sync_devices
from shared.services.ports import Create
from shared.services.records import from_fields
from shared.services.sync_devices import MAX_RUN_S, PASS_EVERY, TURN_S, SyncReport, SyncState
from tests.unit.services.world import DEVICE, ENTERPRISE, phone

OTHER = "enterprises/other"


@pytest.fixture
def fleet(world, monkeypatch):
    """Six phones, one a page, two pages between saves."""
    monkeypatch.setattr(sync_devices, "PAGES_A_SAVE", 2)
    world.amapi.page_size = 1
    for number in range(1, 6):
        name = f"{ENTERPRISE}/devices/d{number}"
        world.amapi.devices[name] = phone(world.clock.now(), name)
    return world


def state(world, enterprise=ENTERPRISE):
    return from_fields(SyncState, world.document(f"{enterprise}/sync/state").fields)


def test_a_pass_mirrors_every_device(fleet):
    assert fleet.sync() == SyncReport(complete=True, pages=6, written=6)

    assert fleet.record(f"{ENTERPRISE}/devices/d5").device.model == "Pixel 9"
    assert (state(fleet).finished, state(fleet).page_token, state(fleet).number) == (fleet.clock.now(), "", 1)


def test_between_two_passes_nothing_is_asked(fleet):
    fleet.sync()
    fleet.clock.forward(hours=23)

    assert fleet.sync() == SyncReport(complete=True, pages=0, written=0)
    assert fleet.amapi.calls.count("devices") == 6


def test_a_second_pass_writes_nothing_where_nothing_changed(fleet):
    fleet.sync()
    fleet.clock.time += PASS_EVERY

    assert fleet.sync() == SyncReport(complete=True, pages=6, written=0)


def test_a_second_pass_writes_only_what_changed(fleet):
    fleet.sync()
    fleet.clock.time += PASS_EVERY
    fleet.amapi.devices[DEVICE] = replace(fleet.amapi.devices[DEVICE], android_version="16")

    assert fleet.sync().written == 1
    assert fleet.record().device.android_version == "16"


def test_a_vanished_device_is_marked_gone_and_comes_back(fleet):
    gone = f"{ENTERPRISE}/devices/d3"
    fleet.sync()
    kept = fleet.amapi.devices.pop(gone)
    fleet.clock.time += PASS_EVERY
    fleet.sync()
    assert fleet.record(gone).gone_time == fleet.clock.now()
    assert fleet.record(f"{ENTERPRISE}/devices/d4").gone_time is None

    fleet.amapi.devices[gone] = kept
    fleet.clock.time += PASS_EVERY
    fleet.sync()
    assert fleet.record(gone).gone_time is None


def test_a_fleet_that_vanished_is_looked_up_in_bounded_runs_until_the_pass_ends(fleet, monkeypatch):
    """Regression: every run asked for all of them, was cut off before its save, and began again for ever."""
    fleet.sync()
    vanished = [name for name in fleet.amapi.devices if name != DEVICE]
    for name in vanished:
        del fleet.amapi.devices[name]
    fleet.clock.time += PASS_EVERY
    monkeypatch.setattr(sync_devices, "MAX_PAGES", 4)

    assert fleet.sync() == SyncReport(complete=False, pages=4, written=0)
    assert sum(fleet.record(name).gone_time is not None for name in vanished) == 2
    fleet.sync()
    fleet.sync()
    assert all(fleet.record(name).gone_time for name in vanished)
    assert (state(fleet).finished, state(fleet).number) == (fleet.clock.now(), 2)
    assert fleet.sync() == SyncReport(complete=True, pages=0, written=0)


def test_a_device_that_a_page_left_out_is_not_gone(fleet, monkeypatch):
    skipped = f"{ENTERPRISE}/devices/d3"
    fleet.sync()
    fleet.clock.time += PASS_EVERY
    whole = fleet.amapi.list_devices
    monkeypatch.setattr(
        fleet.amapi,
        "list_devices",
        lambda *where: ([d for d in whole(*where)[0] if d.name != skipped], whole(*where)[1]),
    )
    fleet.sync()

    assert fleet.record(skipped).gone_time is None


def test_a_run_is_bounded_and_the_next_resumes_at_the_saved_page(fleet, monkeypatch):
    monkeypatch.setattr(sync_devices, "MAX_PAGES", 4)

    assert fleet.sync() == SyncReport(complete=False, pages=4, written=4)
    assert state(fleet).page_token == "4"
    assert fleet.sync() == SyncReport(complete=True, pages=2, written=2)


def test_a_slow_run_ends_in_time_and_the_next_resumes_at_the_saved_page(fleet):
    """A function that outlasts its timeout answers 504, and passes for one that does not run."""
    times = iter([0.0, 0.0, MAX_RUN_S])

    slow = replace(fleet.sync, elapsed=lambda: next(times))

    assert slow() == SyncReport(complete=False, pages=2, written=2)
    assert state(fleet).page_token == "2"
    assert fleet.sync() == SyncReport(complete=True, pages=4, written=4)


def test_a_pass_over_several_runs_takes_no_seen_device_for_vanished(fleet, monkeypatch):
    fleet.sync()
    fleet.clock.time += PASS_EVERY
    monkeypatch.setattr(sync_devices, "MAX_PAGES", 2)

    for _ in range(3):
        fleet.sync()

    assert state(fleet).number == 2
    assert all(fleet.record(name).gone_time is None for name in fleet.amapi.devices)


@pytest.mark.parametrize(
    ("error", "quiet"), [(ThrottledError("QUOTA", "x"), True), (TransientError("HTTP_503", "x"), False)]
)
def test_an_interrupted_pass_resumes_and_keeps_quiet_where_amapi_wants_it(fleet, error, quiet):
    fleet.amapi.fail("devices", None, None, None, error)

    assert fleet.sync() == SyncReport(complete=False, pages=2, written=2)
    assert (fleet.document(names.QUIET_NAME) is not None) is quiet

    fleet.clock.forward(minutes=1)
    assert fleet.sync() == SyncReport(complete=True, pages=4, written=4)


def test_quiet_is_honoured_also_for_the_next_enterprise(fleet):
    """Regression: after a 429 the pass went on with the next enterprise, and each run began in the quiet time."""
    fleet.store.commit([Create(OTHER, {"display_name": "Other"})])
    fleet.amapi.fail("devices", ThrottledError("QUOTA", "x"))

    assert not fleet.sync().complete
    fleet.clock.forward(seconds=59)
    assert not fleet.sync().complete
    assert fleet.amapi.calls.count("devices") == 1

    fleet.clock.forward(seconds=1)
    assert fleet.sync().complete


def test_a_page_token_that_amapi_forgot_begins_the_pass_anew(fleet, monkeypatch):
    """Regression: the saved token was sent again at every run, and no pass ever ended."""
    monkeypatch.setattr(sync_devices, "MAX_PAGES", 2)
    fleet.sync()
    monkeypatch.setattr(sync_devices, "MAX_PAGES", 100)
    fleet.amapi.fail("devices", TransientError("INVALID_ARGUMENT", "page token"))

    report = fleet.sync()

    assert (report.complete, report.written) == (True, 4)
    assert state(fleet).number == 1
    assert fleet.record().gone_time is None


def test_an_invalid_argument_without_a_token_is_a_failure_like_any_other(fleet):
    fleet.amapi.fail("devices", TransientError("INVALID_ARGUMENT", "odd"))

    assert fleet.sync() == SyncReport(complete=False, pages=0, written=0)


def test_each_enterprise_has_its_own_pass(fleet):
    fleet.store.commit([Create(OTHER, {"display_name": "Other"})])
    theirs = f"{OTHER}/devices/d"
    fleet.amapi.devices[theirs] = phone(fleet.clock.now(), theirs)

    assert fleet.sync() == SyncReport(complete=True, pages=7, written=7)
    assert fleet.record(theirs).device.name == theirs


def test_a_pass_that_takes_whole_runs_does_not_keep_another_enterprise_waiting_for_ever(fleet, monkeypatch):
    """Regression: the first by name had the first word in each run, and could use up all of its pages each time."""
    monkeypatch.setattr(sync_devices, "MAX_PAGES", 2)
    fleet.store.commit([Create(OTHER, {"display_name": "Other"})])
    theirs = f"{OTHER}/devices/d"
    fleet.amapi.devices[theirs] = phone(fleet.clock.now(), theirs)
    listed = fleet.amapi.list_devices
    fleet.amapi.list_devices = lambda e, token: (listed(e, token)[0], "0" if e == ENTERPRISE else "")

    for _ in range(2):
        fleet.sync()
        fleet.clock.forward(seconds=TURN_S)

    assert fleet.record(theirs).device.name == theirs
    assert state(fleet).finished is None


def test_of_two_overlapping_runs_one_loses_its_save_and_nothing_is_lost(fleet):
    reports = []
    fleet.amapi.during["devices"] = lambda: reports.append(fleet.sync())

    mine = fleet.sync()

    assert reports == [SyncReport(complete=True, pages=6, written=6)]
    assert not mine.complete
    assert fleet.sync() == SyncReport(complete=True, pages=0, written=0)
    assert all(fleet.record(name).gone_time is None for name in fleet.amapi.devices)


def test_a_save_whose_answer_was_lost_is_not_repeated(fleet):
    fleet.store.faults = ["none", "none", "lost"]

    assert not fleet.sync().complete
    assert state(fleet).page_token == "2"
    assert fleet.sync() == SyncReport(complete=True, pages=4, written=4)


def test_a_quiet_pass_costs_three_round_trips_a_save(fleet):
    fleet.sync()
    fleet.clock.time += PASS_EVERY
    fleet.store.trips()

    fleet.sync()

    assert fleet.store.trips() == (3 * 2 + 2, 3)


def test_a_pass_that_ends_at_a_clock_behind_is_not_begun_again(fleet):
    fleet.sync()
    fleet.clock.time -= timedelta(minutes=5)

    assert fleet.sync() == SyncReport(complete=True, pages=0, written=0)
