"""The program as people start it, against the laptop stack: real functions, simulated phones."""

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from local.stack import Stack
from local.stack_options import StackOptions
from tests.e2e.demo_site import Phone, Site, eventually

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[2]
PROGRAM = str(ROOT / "bin" / "passcodectl")
OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    options = StackOptions(
        state_dir=tmp_path_factory.mktemp("ctl"), gateway_port=0, simulator_port=0, inbox_port=0, tick_s=0.5
    )
    with Stack(options) as stack:
        yield Site(stack)
        assert stack.dead() == []
    assert stack.problems == []


@pytest.fixture
def phone(site: Site) -> Phone:
    return site.take_phone()


@pytest.fixture
def environment(site: Site, tmp_path: Path) -> dict[str, str]:
    """Of a person who signed in to nothing else; a folder that is not the repository."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TERM": "xterm",
        "PASSCODECTL_LAPTOP": "1",
        "PASSCODECTL_URL": site.url,
    }


@pytest.fixture
def ctl(environment, tmp_path):
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )

    return call


def conforms(document: Any, schema: str) -> None:
    resolved = {"$ref": f"#/components/schemas/{schema}", "components": OPENAPI["components"]}
    jsonschema.validate(document, resolved)


def test_a_watched_reset_ends_done_and_its_passcode_opens_the_phone(ctl, site, phone):
    ended = ctl("reset", phone.serial, "--yes", "--wait", "--reason", "left in a taxi")
    assert ended.returncode == 0, ended.stderr
    assert "DONE, the phone acknowledged" in ended.stdout
    (action,) = site.resets(phone)
    action_id = action["name"].rpartition("/")[2]
    assert action_id in ended.stdout
    revealed = ctl("reveal", action_id, "--reason", "caller identified by badge", "--print")
    assert (revealed.returncode, revealed.stderr) == (0, "")
    assert revealed.stdout == site.on_phone(phone)["passcode"] + "\n"
    assert "caller identified by badge" in ctl("events", action_id).stdout


def test_a_phone_that_refuses_exits_1_with_the_reason(ctl, site, phone):
    site.set_phone(phone, outcome="INVALID_VALUE")
    ended = ctl("reset", phone.id, "--yes", "--wait")
    assert ended.returncode == 1
    assert "The reset ended FAILED: The device refused the passcode: its rules have changed" in ended.stderr
    assert "[INVALID_VALUE]. The old passcode still works." in ended.stderr
    assert "[INVALID_VALUE]" in ended.stdout


def test_the_same_request_id_twice_is_one_reset(ctl, site, phone):
    first = ctl("reset", phone.id, "--yes", "--json", "--request-id", "INC-4711")
    second = ctl("reset", phone.id, "--yes", "--json", "--wait", "--request-id", "INC-4711")
    assert (first.returncode, second.returncode) == (0, 0)
    assert json.loads(first.stdout)["name"] == json.loads(second.stdout)["name"]
    assert len(site.resets(phone)) == 1


def test_a_phone_that_is_offline_is_still_running_and_can_be_cancelled(ctl, site, phone):
    site.set_phone(phone, online=False)
    ended = ctl("reset", phone.id, "--yes", "--wait", "--timeout", "2s", "--json")
    assert ended.returncode == 7
    action = json.loads(ended.stdout)
    conforms(action, "ActionResource")
    assert json.loads(ended.stderr)["error"]["action"] == action["name"]
    again = ctl("reset", phone.id, "--yes")
    assert again.returncode == 3
    assert "[RESET_IN_PROGRESS]" in again.stderr
    cancelled = ctl("cancel", action["name"], "--wait", "--json")
    assert cancelled.returncode == 0, cancelled.stderr
    assert json.loads(cancelled.stdout)["status"] == "CANCELLED"


def test_ctrl_c_stops_the_watching_and_not_the_reset(site, phone, environment, heeded_interrupt, tmp_path):
    site.set_phone(phone, online=False)
    command = [PROGRAM, "reset", phone.id, "--yes", "--wait"]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        told_so_far = list(takewhile(lambda line: "ISSUED" not in line, watching.stdout))
        assert told_so_far[0].startswith("Accepted")
        watching.send_signal(signal.SIGINT)
        _, told = watching.communicate(timeout=500)
    assert watching.returncode == 130
    assert "Stopped watching. The reset goes on." in told
    site.set_phone(phone, online=True)
    eventually(lambda: site.resets(phone)[0]["status"] == "DONE")


def test_on_a_terminal_a_passcode_stands_on_a_screen_of_its_own_and_goes_with_enter(
    ctl, site, phone, environment, tmp_path
):
    action = json.loads(ctl("reset", phone.id, "--yes", "--wait", "--json").stdout)
    command = [PROGRAM, "reveal", action["name"], "--reason", "caller identified"]
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdin=terminal, stdout=terminal, stderr=terminal
    ) as shown:
        os.close(terminal)
        seen = b""
        while b"Enter clears this." not in seen:
            seen += os.read(keyboard, 4096)
        os.write(keyboard, b"\n")
        while b"action log." not in seen:
            seen += os.read(keyboard, 4096)
        assert shown.wait(500) == 0
    os.close(keyboard)
    before, _, rest = seen.decode().partition("\x1b[?1049h")
    page, _, after = rest.partition("\x1b[?1049l")
    passcode = site.on_phone(phone)["passcode"]
    assert passcode in page.replace(" ", "")
    assert passcode not in (before + after).replace(" ", "")


@pytest.mark.parametrize(
    ("persona", "arguments", "code"),
    [
        ("admin", ["whoami"], 0),
        ("viewer", ["whoami"], 0),
        ("stranger", ["whoami"], 4),
        ("nobody", ["whoami"], 4),
        ("viewer", ["reset", "PHONE", "--yes"], 4),
        ("revealer", ["reset", "PHONE", "--yes"], 4),
        ("resetter", ["reveal", "01M85070NYPA4YBVAF6Q6T2B2B", "--reason", "curious", "--print"], 5),
        ("stranger", ["device", "PHONE"], 5),
    ],
)
def test_roles_have_their_exit_codes(ctl, site, persona, arguments, code):
    device = site.api("GET", "enterprises/LC00demo/devices?pageSize=1")["devices"][0]
    words = [device["name"].rpartition("/")[2] if word == "PHONE" else word for word in arguments]
    assert ctl(*words, "--as", persona).returncode == code


def test_every_json_is_the_apis_own(ctl, phone):
    ctl("reset", phone.id, "--yes", "--wait")
    device = json.loads(ctl("device", phone.serial, "--json").stdout)
    conforms(device["device"], "DeviceResource")
    conforms(device["verdict"], "VerdictResource")
    for line in ctl("devices", "--json").stdout.splitlines():
        conforms(json.loads(line), "DeviceResource")
    actions = [json.loads(line) for line in ctl("log", "--device", phone.id, "--json").stdout.splitlines()]
    assert len(actions) == 1
    conforms(actions[0], "ActionResource")
    events = [json.loads(line) for line in ctl("events", actions[0]["name"], "--json").stdout.splitlines()]
    assert [each["type"] for each in events][:1] == ["REQUESTED"]
    for event in events:
        conforms(event, "EventResource")
    revealed = ctl("reveal", actions[0]["name"], "--reason", "caller identified", "--json")
    conforms(json.loads(revealed.stdout), "RevealResource")
