"""What the program says of itself is true, complete and fits the screen."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from passcodectl.api import ANSWERS, OPERATIONS, ResetWish
from passcodectl.exits import EXPLAINED, Exit
from passcodectl.inert import width
from passcodectl.options import CtlCommand
from passcodectl.program import build
from passcodectl.views import MEANINGS

ROOT = Path(__file__).parents[2]
COMMANDS = build().commands
GUIDE = (ROOT / "docs" / "passcodectl.md").read_text(encoding="utf-8")
OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_help_fits_eighty_columns_and_explains_each_option(run, name):
    ended = run(*([name] if name else []), "--help")
    assert ended.code == 0
    assert max(map(width, ended.out.splitlines())) <= 80
    command = COMMANDS[name] if name else build()
    assert command.help
    # click's mark of a paragraph that is not to be wrapped, where it was not understood
    assert "\\b" not in ended.out
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.opts[-1] in ended.out


def test_the_programs_help_names_every_command_in_full_and_every_exit_code(run):
    text = run("-h").out
    assert "..." not in text.partition("Options:")[2]
    for name, command in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(command.get_short_help_str(200))}$", text, re.MULTILINE)
    for code, meaning in EXPLAINED.items():
        assert re.search(rf"^  {int(code)} +{re.escape(meaning)}$", text, re.MULTILINE)


def test_the_help_of_reset_reads_as_it_was_read(run):
    assert run("reset", "--help").out == (Path(__file__).parent / "reset_help.txt").read_text(encoding="utf-8")


def test_every_exit_code_is_explained_in_the_guide_in_the_same_words():
    assert set(EXPLAINED) == set(Exit)
    table = re.findall(r"^\| (\d+) \| (.+) \|$", GUIDE, re.MULTILINE)
    assert table == [(str(int(code)), meaning) for code, meaning in EXPLAINED.items()]


def test_every_command_line_of_the_guide_is_one_that_the_program_takes():
    lines = [
        line.partition("#")[0].partition(">")[0] for line in GUIDE.splitlines() if line.startswith("passcodectl ")
    ]
    assert len(lines) >= 9
    for line in lines:
        words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line.partition("|")[0])][1:]
        context = build().make_context("passcodectl", words, resilient_parsing=False, obj=_Ctl())
        name, command, rest = build().resolve_command(context, [*context._protected_args, *context.args])
        assert isinstance(command, CtlCommand), line
        command.make_context(name, rest, parent=context)


class _Ctl:
    def __init__(self) -> None:
        from passcodectl.choices import Choices  # noqa: PLC0415  # beside its only use

        self.choices = Choices()


def test_no_command_line_at_all_shows_the_help_and_sends_nothing(run):
    ended = run()
    assert ended.code == 2
    assert "Exit codes" in ended.err + ended.out


def test_the_version_is_told(run):
    assert re.fullmatch(r"passcodectl, version \d+\.\d+\.\d+\n", run("--version").out)


def test_every_path_is_one_of_the_api():
    known = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in OPENAPI["paths"].items()
        for method, operation in methods.items()
    }
    assert {name: known[name] for name in OPERATIONS} == OPERATIONS


def test_every_body_and_answer_is_as_the_api_describes_it():
    schemas = OPENAPI["components"]["schemas"]
    whole = ResetWish("id", "why", notify_user=True, valid_for_s=60, lock_now=False, require_entry=True).body()
    assert set(whole) == set(schemas["ResetBody"]["properties"])
    assert ResetWish("id").body() == {"requestId": "id", "lockNow": True}
    operations = {each["operationId"]: each for methods in OPENAPI["paths"].values() for each in methods.values()}
    for name, wanted in ANSWERS.items():
        content = operations[name]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert set(wanted) <= set(schemas[content.rpartition("/")[2]]["required"]), name
    assert set(ANSWERS) == set(OPERATIONS)


def test_every_query_parameter_and_status_is_one_of_the_api():
    operations = {each["operationId"]: each for methods in OPENAPI["paths"].values() for each in methods.values()}
    parameters = {each["name"]: each["schema"] for each in operations["listActions"]["parameters"]}
    assert {"device", "status", "actor", "from", "to", "pageSize", "pageToken"} <= set(parameters)
    assert list(MEANINGS) == parameters["status"]["enum"]
    (order,) = (each for each in operations["listDevices"]["parameters"] if each["name"] == "orderBy")
    (choice,) = (each.type.choices for each in COMMANDS["devices"].params if each.name == "order")
    assert list(choice) == order["schema"]["enum"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_made_for_each_shell(run, shell):
    ended = run("completion", shell)
    assert ended.code == 0
    assert f"_PASSCODECTL_COMPLETE={shell}_complete" in ended.out


def test_bash_takes_its_script_and_completes_commands_options_and_statuses(run, tmp_path):
    script = tmp_path / "completion.bash"
    script.write_text(run("completion", "bash").out)
    subprocess.run(["bash", "-n", str(script)], check=True)
    subprocess.run(["bash", "-c", f"source {script} && complete -p passcodectl"], check=True, capture_output=True)
    assert completed("passcodectl re") == ["reset", "reveal"]
    assert "--notify-user" in completed("passcodectl reset --no")
    assert completed("passcodectl log --status U") == ["unknown"]


def completed(line: str) -> list[str]:
    """Return what Tab would offer, asked as click's bash function asks."""
    asked = {"_PASSCODECTL_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    command = [sys.executable, "-m", "passcodectl"]
    told = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **asked}, capture_output=True, text=True, check=True
    )
    return [row.partition(",")[2] for row in told.stdout.splitlines()]
