"""``add-member``, ``remove-member`` and ``change-settings``, as an operator gives them against the laptop stack."""

import subprocess
import sys
from dataclasses import fields

import pytest

from infra.bootstrap.__main__ import DONE, NEEDS_YOU, main
from local.seed import ENTERPRISE, seed
from shared.adapters.sqlite import SqliteStore
from shared.domain.resource_names import member_name
from shared.domain.settings import EnterpriseSettings
from shared.services.ports import Create

WHO = "kim@example.com"
FLAGS = ["--env", "staging", "--project", "demo-passcode-reset", "--by", "night shift"]


@pytest.fixture
def environ(tmp_path):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(str(path))
    seed(store)
    store.close()
    return {"STORE": f"sqlite:{path}"}


@pytest.fixture
def stored(environ):
    store = SqliteStore(environ["STORE"].removeprefix("sqlite:"))
    yield store
    store.close()


def roles(stored, email=WHO):
    name = member_name(ENTERPRISE, email)
    document = stored.get_many([name]).get(name)
    return document and document.fields["roles"]


def test_a_member_comes_changes_and_leaves(environ, stored, capsys):
    assert main(["add-member", WHO, "--role", "resetter", "--role", "viewer", *FLAGS], environ) == DONE
    assert roles(stored) == ["resetter", "viewer"]
    assert main(["add-member", WHO, "--role", "viewer", *FLAGS], environ) == DONE
    assert roles(stored) == ["viewer"]
    assert main(["add-member", WHO, "--role", "viewer", *FLAGS], environ) == DONE
    assert main(["remove-member", WHO, *FLAGS], environ) == DONE
    assert roles(stored) is None
    assert main(["remove-member", WHO, *FLAGS], environ) == DONE
    printed = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert printed == [
        f"done       {WHO} is a member: resetter, viewer",
        f"done       {WHO} is viewer, and was resetter, viewer",
        f"ok         {WHO} is that already: viewer",
        f"done       {WHO} is no member any more, and was viewer",
        f"ok         {WHO} is no member",
    ]


def test_the_place_is_told_before_the_change(environ, capsys):
    main(["add-member", WHO, "--role", "viewer", *FLAGS], environ)
    assert f"add-member: {ENTERPRISE} in {environ['STORE'].removeprefix('sqlite:')}" in capsys.readouterr().out


def test_of_several_enterprises_one_has_to_be_named(environ, stored, capsys):
    stored.commit([Create("enterprises/LC00two", {"display_name": "Two"})])
    assert main(["add-member", WHO, "--role", "viewer", *FLAGS], environ) == NEEDS_YOU
    assert "--enterprise enterprises/LC00two" in capsys.readouterr().out
    assert main(["add-member", WHO, "--role", "viewer", *FLAGS, "--enterprise", "LC00demo"], environ) == DONE
    assert roles(stored) == ["viewer"]


def test_what_cannot_be_a_member_is_refused(environ, stored, capsys):
    assert main(["add-member", "kim", "--role", "viewer", *FLAGS], environ) == NEEDS_YOU
    assert "not one plain e-mail address" in capsys.readouterr().out
    assert main(["remove-member", WHO, *FLAGS, "--enterprise", "LC00none"], environ) == NEEDS_YOU
    assert "The store knows no enterprises/LC00none" in capsys.readouterr().out


def test_settings_are_changed_and_told(environ, stored, capsys):
    flags = ["--retention-days", "7", "--max-resets-per-hour", "200", *FLAGS]
    assert main(["change-settings", *flags], environ) == DONE
    fields = stored.get_many([ENTERPRISE])[ENTERPRISE].fields
    assert (fields["retention_days"], fields["max_resets_per_hour"]) == (7, 200)
    assert fields["display_name"] == "Demo"
    assert main(["change-settings", *flags], environ) == DONE
    printed = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert printed[0] == "done       retention_days is 7, and was 30"
    assert printed[1].startswith("done       max_resets_per_hour is 200")
    assert all(line.startswith("ok ") for line in printed[2:])


def test_every_setting_of_an_enterprise_can_be_changed_by_the_command(capsys):
    """The guide sends operators here for all of them, and away from editing documents by hand."""
    with pytest.raises(SystemExit):
        main(["change-settings", "--help"], {})
    told = capsys.readouterr().out
    for setting in fields(EnterpriseSettings):
        assert f"--{setting.name.replace('_', '-')} " in told


def test_the_language_of_mails_may_name_its_country(environ, stored):
    assert main(["change-settings", "--locale", "de-CH", *FLAGS], environ) == DONE
    assert stored.get_many([ENTERPRISE])[ENTERPRISE].fields["locale"] == "de-CH"


def test_the_default_validity_is_changed_within_what_a_reset_may_ask_for(environ, stored):
    assert main(["change-settings", "--default-valid-for-s", "604800", *FLAGS], environ) == DONE
    assert stored.get_many([ENTERPRISE])[ENTERPRISE].fields["default_valid_for_s"] == 604_800


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--default-valid-for-s", "59"],
        ["--default-valid-for-s", "2592001"],
        ["--default-valid-for-s", "24h"],
        ["--retention-days", "91"],
        ["--max-resets-per-hour", "-1"],
        ["--max-resets-per-hour", "1001"],
        ["--contact", "a b"],
        ["--locale", "gr"],
        ["--locale", ""],
        ["--display-name", "Demo\x1b[2J"],
        ["--display-name", "x" * 101],
    ],
)
def test_settings_that_make_no_sense_are_refused(environ, stored, flags):
    before = stored.get_many([ENTERPRISE])
    with pytest.raises(SystemExit) as ended:
        main(["change-settings", *flags, *FLAGS], environ)
    assert ended.value.code == 2
    assert stored.get_many([ENTERPRISE]) == before


@pytest.mark.parametrize("role", ["owner", ""])
def test_a_role_has_to_be_one(environ, role):
    with pytest.raises(SystemExit) as ended:
        main(["add-member", WHO, "--role", role, *FLAGS], environ)
    assert ended.value.code == 2


def test_a_store_that_is_not_there_is_told(tmp_path, capsys):
    assert main(["remove-member", WHO, *FLAGS], {"STORE": f"sqlite:{tmp_path / 'none'}"}) == NEEDS_YOU
    assert "Run make demo once" in capsys.readouterr().out


def test_an_empty_store_is_told(tmp_path, capsys):
    SqliteStore(str(tmp_path / "store.sqlite")).close()
    assert main(["remove-member", WHO, *FLAGS], {"STORE": f"sqlite:{tmp_path / 'store.sqlite'}"}) == NEEDS_YOU
    assert "Run make bootstrap first" in capsys.readouterr().out


def test_the_program_runs_by_its_name(environ):
    command = [sys.executable, "-m", "infra.bootstrap", "remove-member", "viewer@example.com", *FLAGS]
    ended = subprocess.run(command, env=environ, capture_output=True, check=False, text=True)
    assert (ended.returncode, ended.stderr) == (DONE, "")
    assert "viewer@example.com is no member any more" in ended.stdout
