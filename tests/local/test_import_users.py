"""``make import-users``: what is printed, and the exit status."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from local.import_users import MAX_TOLD, SOME_UNUSED, UNUSABLE, USED, main
from local.seed import ENTERPRISE, seed
from shared.adapters.firestore import FirestoreStore
from shared.adapters.sqlite import SqliteStore
from shared.domain.device import Device, DeviceRecord, DeviceUser
from shared.domain.errors import TransientError
from shared.runtime.clock import SystemClock
from shared.services.case import CaseBook
from shared.services.mirror import Mirror
from shared.services.ports import Update
from shared.services.records import from_fields

DEVICE = f"{ENTERPRISE}/devices/d1"
GOOD = "serial,name,email\nS1,Ann,ann@example.com\n"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "store.sqlite"
    store = SqliteStore(str(path))
    seed(store)
    Mirror(CaseBook(store, SystemClock(), Random(1))).put([Device(DEVICE, serial_number="S1")], datetime.now(UTC))
    store.close()
    return {"STORE": f"sqlite:{path}"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users.csv"
    path.write_text(GOOD)
    return path


@pytest.fixture
def _there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)


def user(environ: dict[str, str]) -> DeviceUser | None:
    store = SqliteStore(environ["STORE"].removeprefix("sqlite:"))
    record = from_fields(DeviceRecord, store.get_many([DEVICE])[DEVICE].fields)
    store.close()
    return record.user


def test_a_good_file_is_imported(environ, file, capsys):
    assert main([str(file)], environ) == USED
    assert user(environ) == DeviceUser("Ann", "ann@example.com")
    assert "1 imported, 0 unchanged, 0 not used." in capsys.readouterr().out
    assert main([str(file), "--enterprise", "enterprises/LC00demo"], environ) == USED
    assert "0 imported, 1 unchanged, 0 not used." in capsys.readouterr().out


def test_a_dry_run_writes_nothing_and_says_so(environ, file, capsys):
    assert main([str(file), "--dry-run"], environ) == USED
    assert user(environ) is None
    assert "1 would be imported (dry run: nothing was written)" in capsys.readouterr().out


def test_what_is_not_used_is_told_by_line(environ, file, capsys):
    file.write_text("serial,name,email,team\nS9,Bob,bob@example.com,x\nS1,Ann,nonsense,x\nS1,Ann,,x\n")
    assert main([str(file)], environ) == SOME_UNUSED
    told = capsys.readouterr().out.splitlines()
    assert told[1] == "Line 2: No device has the serial number 'S9'."
    assert told[2] == "Line 3: 'nonsense' is not one plain e-mail address."
    assert told[3] == "Columns without meaning here: 'team'."
    assert told[4] == "1 imported, 0 unchanged, 2 not used."


def test_a_file_of_the_wrong_kind_does_not_fill_the_screen(environ, file, capsys):
    file.write_text("serial,name\n" + "S9,Bob\n" * (MAX_TOLD + 5))
    assert main([str(file)], environ) == SOME_UNUSED
    out = capsys.readouterr().out
    assert out.count("\nLine ") == MAX_TOLD
    assert "… and 5 more." in out


def test_who_is_assigned_in_the_console_stays(environ, file, capsys):
    store = SqliteStore(environ["STORE"].removeprefix("sqlite:"))
    document = store.get_many([DEVICE])[DEVICE]
    from_console = {"assigned_user": {"display_name": "Eva", "email": "", "locale": ""}, "revision": 2}
    store.commit([Update(DEVICE, from_console, document.version)])
    store.close()
    assert main([str(file)], environ) == USED
    assert "1 of these devices go on showing the user assigned in the console." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "changes", "told"),
    [
        (["missing.csv"], {}, "cannot be read: No such file or directory"),
        (["users.csv", "--enterprise", "a/b"], {}, "--enterprise is enterprises/{e} or its id."),
        (["users.csv", "--enterprise", "LC9"], {}, "There is no enterprises/LC9 in this store."),
        (["users.csv"], {"STORE": "sqlite:nowhere.sqlite"}, "There is no nowhere.sqlite."),
        (["users.csv"], {"STORE": "firestore"}, "together with GOOGLE_CLOUD_PROJECT"),
        (["users.csv"], {"STORE": "postgres"}, "STORE is sqlite:PATH, or firestore"),
        (["users.csv"], {"STORE": "sqlite:broken.sqlite"}, "The store cannot be used"),
        (["broken.sqlite"], {}, "names no column serial_number or device_id"),
    ],
)
@pytest.mark.usefixtures("_there")
def test_what_cannot_be_used_at_all_changes_nothing(environ, capsys, arguments, changes, told):
    Path("broken.sqlite").write_text("this is no database, and no table")
    assert main(arguments, {**environ, **changes}) == UNUSABLE
    assert told in capsys.readouterr().err
    assert user(environ) is None


def test_a_store_that_fails_on_the_way_is_told(environ, file, monkeypatch, capsys):
    def down(*_asked):
        raise TransientError("STORE_UNAVAILABLE", "down")

    monkeypatch.setattr(SqliteStore, "devices", down)
    assert main([str(file)], environ) == SOME_UNUSED
    assert "It stopped before its end: STORE_UNAVAILABLE." in capsys.readouterr().err


@pytest.mark.emulator
def test_it_imports_into_firestore(firestore_emulator, file, monkeypatch, capsys):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    store = FirestoreStore("t-import-users", "passcodes")
    seed(store)
    Mirror(CaseBook(store, SystemClock(), Random(1))).put([Device(DEVICE, serial_number="S1")], datetime.now(UTC))
    cloud = {"STORE": "firestore", "GOOGLE_CLOUD_PROJECT": "t-import-users", "FIRESTORE_DATABASE": "passcodes"}
    assert main([str(file)], cloud) == USED
    out = capsys.readouterr().out
    assert "project t-import-users, database passcodes" in out
    assert from_fields(DeviceRecord, store.get_many([DEVICE])[DEVICE].fields).user == DeviceUser(
        "Ann", "ann@example.com"
    )
    store.close()


def test_it_runs_as_the_makefile_calls_it(environ, file):
    done = subprocess.run(
        [sys.executable, "-m", "local.import_users", str(file), "--by", "ops@example.com"],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (USED, "")
    assert user(environ) == DeviceUser("Ann", "ann@example.com")
