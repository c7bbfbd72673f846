"""``make demo`` itself, in real processes on free ports."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from local import demo
from local.function_environment import FUNCTIONS
from local.ports import free_ports
from local.stack_options import ROOT, StackOptions


def environment(tmp_path) -> dict[str, str]:
    ports = free_ports()
    chosen = {name: str(next(ports)) for name in ("DEMO_PORT", "SIMULATOR_PORT", "INBOX_PORT")}
    return {**os.environ, **chosen, "STATE_DIR": str(tmp_path / "var"), "PYTHONPATH": str(ROOT)}


@contextmanager
def running_demo(tmp_path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local.demo", *arguments]
    with subprocess.Popen(
        command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process


def finish(process: subprocess.Popen[str]) -> str:
    told, _ = process.communicate(timeout=500)
    return told


@pytest.mark.stack
def test_one_reset_goes_from_request_to_mail(tmp_path):
    with running_demo(tmp_path, "--once") as process:
        told = finish(process)
    assert process.returncode == 0, told
    assert "The passcode in the mail opens the phone." in told
    assert "DONE" in told


@pytest.mark.stack
def test_one_reset_goes_from_request_to_mail_on_googles_emulators(tmp_path, firestore_emulator):
    with running_demo(tmp_path, "--once", "--emulators") as process:
        told = finish(process)
    assert process.returncode == 0, told
    assert "The passcode in the mail opens the phone." in told


@pytest.mark.stack
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_stays_up_until_it_is_told_to_end(tmp_path, number):
    with running_demo(tmp_path) as process:
        for line in process.stdout:
            if "Ctrl-C ends it" in line:
                break
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) > len(FUNCTIONS)
        process.send_signal(number)
        told = finish(process)
    assert process.returncode == 0, told
    assert "Stopped." in told
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)


@pytest.mark.stack
def test_a_process_that_dies_meanwhile_is_named(tmp_path):
    with running_demo(tmp_path) as process:
        for line in process.stdout:
            if "Ctrl-C ends it" in line:
                break
        children = psutil.Process(process.pid).children()
        victim = next(child for child in children if "--target notify" in " ".join(child.cmdline()))
        victim.kill()
        told = finish(process)
    assert process.returncode == 1
    assert "notify ended unexpectedly." in told


STAND_IN = """
import functions_framework
@functions_framework.http
def {name}(request):
    return {{"complete": True}}
"""


@pytest.mark.stack
def test_a_failed_reset_is_told_with_the_logs(tmp_path, monkeypatch, capsys):
    directory = tmp_path / "functions"
    for name in FUNCTIONS:
        (directory / name).mkdir(parents=True)
        (directory / name / "main.py").write_text(STAND_IN.format(name=name))
    nowhere = {"AMAPI_ENDPOINT": "http://127.0.0.1:9", "SENDGRID_HOST": "http://127.0.0.1:9"}
    options = StackOptions(gateway_port=0, state_dir=tmp_path / "var", functions_dir=directory, environ=nowhere)
    monkeypatch.setattr(demo, "options_from_environ", lambda _environ, *, emulators: options)
    monkeypatch.setattr(sys, "argv", ["demo", "--once"])
    before = [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)]
    try:
        assert demo.main() == 1
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    told = capsys.readouterr()
    assert "Ready in" in told.out
    assert "The reset failed: KeyError: 'devices'" in told.err
    assert "end of" in told.err
    assert "issue_command.log" in told.err


def test_a_stack_that_cannot_start_is_told_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["demo", "--once"])
    monkeypatch.setenv("DEMO_PORT", "http")
    monkeypatch.setattr(demo, "Stack", lambda _options: pytest.fail("a stack was made"))
    before = [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)]
    try:
        assert demo.main() == 1
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert "DEMO_PORT" in capsys.readouterr().err
