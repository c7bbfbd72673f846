"""Standard input, output and error that are closed, full, deaf, or of an old encoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.passcodectl.fake_api import TOKEN, device

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shell(api):
    """Run a line of bash in which ``ctl`` is the program, and return what it wrote and its exit code."""

    def call(line: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "PASSCODECTL_URL": api.url,
            "PASSCODECTL_ENTERPRISE": "LC01",
            "PASSCODECTL_TOKEN": TOKEN,
            **more,
        }
        begin = f'ctl() {{ "{sys.executable}" -m passcodectl "$@"; }}; '
        return subprocess.run(
            ["bash", "-c", begin + line],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            encoding=more.get("PYTHONIOENCODING", "utf-8"),
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )

    return call


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ctl devices >&-", 0),
        ("ctl reset a1 --yes >&- 2>&-", 0),
        ("ctl device nothing 2>&-", 5),
        ("ctl reset a1 <&-", 2),
        ("ctl reveal 01M --reason curious <&-", 2),
        ("ctl devices --token-file - <&-", 4),
        ("ctl devices <&- >&- 2>&-", 0),
    ],
)
def test_a_stream_that_is_closed_changes_no_exit_code(shell, line, code):
    ended = shell(line)
    assert ended.returncode == code, ended.stderr
    assert "fault of this program" not in ended.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [("--help", 141), ("reset --help", 141), ("device nothing", 5), ("log --bogus", 2), ("log --bogus --json", 2)],
)
def test_where_nobody_reads_the_exit_code_is_still_that_of_no_failed_reset(shell, tmp_path, words, code):
    gone = tmp_path / "gone"
    program = f"until [ -e {gone} ]; do sleep 0.01; done; ctl {words}; echo $? >{tmp_path}/code"
    told = shell(f"({program}) 2>&1 | {{ exec <&-; : >{gone}; }}; cat {tmp_path}/code")
    assert told.stdout == f"{code}\n"


@pytest.mark.parametrize("json_too", ["", "--json"])
def test_a_reset_whose_answer_cannot_be_written_is_told_beside_it(shell, api, json_too):
    ended = shell(f"ctl reset a1 --yes {json_too} >/dev/full")
    (action,) = api.actions.values()
    assert ended.returncode == 70
    assert "The output cannot be written: No space left on device." in ended.stderr
    assert action["name"].rpartition("/")[2] in ended.stderr
    if json_too:
        assert json.loads(ended.stderr)["error"]["requestId"] == action["requestId"]


@pytest.mark.parametrize("words", [r"devices $'\xe9'", r"reset a1 --yes --reason $'taxi \xe9'"])
def test_bytes_of_another_encoding_are_a_wrong_command_line(shell, api, words):
    ended = shell(f"ctl {words}")
    assert ended.returncode == 2
    assert r"\udce9 is not text in the encoding of this terminal" in ended.stderr
    assert api.seen == []


def test_a_name_that_the_encoding_lacks_does_not_end_the_program(shell, api):
    api.add(device("b1", user={"displayName": "李小龙", "email": "", "locale": ""}))
    ended = shell("ctl devices b1", PYTHONIOENCODING="latin-1")
    assert ended.returncode == 0, ended.stderr
    assert r"\u674e\u5c0f\u9f99" in ended.stdout
