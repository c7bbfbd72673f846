"""What the operations guide tells about the first set-up is what the programs take."""

import argparse
import json
import re
import shlex
from pathlib import Path

import pytest

from infra.bootstrap import members
from infra.bootstrap.__main__ import COMMANDS, STEPS
from infra.bootstrap.options import setup_options, setup_parser
from infra.bootstrap.telling import Telling
from local.simulator import schemas
from tests.infra.google_cloud import PROJECT

GUIDE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
JOINED = GUIDE.replace("\\\n", " ").replace("$ENV", "staging")
SETUPS = re.findall(r'^make bootstrap ENV=(\w+) ARGS="([^"]*)"', JOINED, re.MULTILINE)
OTHERS = re.findall(r"python -m infra\.bootstrap ([a-z-]+ [^\n`]*--[^\n`]*)", JOINED)


@pytest.mark.parametrize(("env", "flags"), SETUPS)
def test_every_make_bootstrap_of_the_guide_is_understood(tmp_path, env, flags):
    arguments = ["--env", env, "--project", PROJECT, "--environments", str(tmp_path), *shlex.split(flags)]
    options = setup_options(setup_parser(tuple(STEPS)), arguments, {})
    assert (options.env, options.admin) == (env, "you@example.com")


@pytest.mark.parametrize("command", [text.strip() for text in OTHERS])
def test_every_other_command_of_the_guide_is_understood(tmp_path, monkeypatch, command):
    name, *arguments = shlex.split(command)
    assert name in COMMANDS
    if name == "live-check":
        arguments += ["--project", PROJECT, "--environments", str(tmp_path)]
        assert setup_options(setup_parser(tuple(STEPS)), arguments, {}).env == "staging"
        return
    taken = []
    monkeypatch.setattr(members, "_changed", lambda _parser, asked, *_rest: taken.append(asked))
    extra = [] if "--project" in arguments else ["--project", PROJECT]
    if "--help" in arguments:
        with pytest.raises(SystemExit) as ended:
            COMMANDS[name](arguments, {}, Telling())
        assert ended.value.code == 0
        return
    COMMANDS[name]([*arguments, *extra], {}, Telling())
    assert isinstance(taken[0], argparse.Namespace)


def test_the_guide_has_commands_to_be_checked():
    assert len(SETUPS) >= 3
    assert {text.split()[0] for text in OTHERS} == set(COMMANDS) - {"setup"}


def test_the_guide_tells_every_step_in_order():
    table = GUIDE.partition("| step | makes sure |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(STEPS)


@pytest.mark.parametrize(
    ("path", "schema"), [("policies/pilot", "Policy"), ("enrollmentTokens", "EnrollmentToken")]
)
def test_the_bodies_of_the_pilot_are_amapis(path, schema):
    body = re.search(rf"\$AMAPI/{path}\" -d '(.*?)'", GUIDE, re.DOTALL)[1]
    assert schemas.flaws(schema, json.loads(body)) == []
