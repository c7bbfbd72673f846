"""Finding, starting and ending Google's emulators: with stand-ins for java and gcloud, and with the real ones."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from local import emulators
from local.ports import free_ports
from tests.contract.push_receiver import wait_until

NEVER_READY = """
import os, pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
whole = pathlib.Path(os.environ["PID_FILE"])
whole.with_suffix(".new").write_text(str(os.getpid()))
whole.with_suffix(".new").rename(whole)
signal.pause()
"""


@pytest.fixture(autouse=True)
def forget_places() -> Iterator[None]:
    emulators._find.cache_clear()
    yield
    emulators._find.cache_clear()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put a Python program on an otherwise empty PATH; the SDK is in none of the usual places."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(emulators, "_USUAL_ROOTS", ())

    def put(name: str, code: str) -> None:
        (folder / name).write_text(f"#!{sys.executable} -SE\n{code}")
        (folder / name).chmod(0o755)

    return put


def make_sdk(root: Path) -> None:
    for jar in (emulators._FIRESTORE_JAR, emulators._PUBSUB_JAR.replace("*", "0.8.20")):
        (root / jar).parent.mkdir(parents=True)
        (root / jar).touch()


def test_without_java_the_reason_says_so(program: Callable[[str, str], None]) -> None:
    assert "Java" in str(emulators.emulators_available())


def test_without_the_sdk_the_reason_names_what_is_missing(
    program: Callable[[str, str], None], tmp_path: Path
) -> None:
    program("java", "")
    assert "Firestore and Pub/Sub" in str(emulators.emulators_available())
    with pytest.raises(FileNotFoundError), emulators.firestore_emulator():
        pass


def test_gcloud_is_asked_for_a_place_that_is_not_usual(program: Callable[[str, str], None], tmp_path: Path) -> None:
    make_sdk(tmp_path / "odd place")
    program("java", "")
    program("gcloud", f"print({str(tmp_path / 'odd place')!r})")
    assert emulators.emulators_available() is None


def test_an_emulator_that_ends_at_once_is_reported(program: Callable[[str, str], None], tmp_path: Path) -> None:
    make_sdk(tmp_path)
    program("java", "raise SystemExit(3)")
    program("gcloud", f"print({str(tmp_path)!r})")
    with pytest.raises(RuntimeError, match="code 3"), emulators.pubsub_emulator():
        pass


def test_an_emulator_that_is_never_ready_is_ended(
    program: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sdk(tmp_path)
    program("java", NEVER_READY)
    program("gcloud", f"print({str(tmp_path)!r})")
    answers = emulators._answers

    def answers_once_it_is_deaf(port: int) -> bool:
        wait_until((tmp_path / "pid").exists)
        return answers(port)

    monkeypatch.setattr(emulators, "_answers", answers_once_it_is_deaf)
    monkeypatch.setattr(emulators, "START_TIMEOUT_S", 0.0)
    monkeypatch.setattr(emulators, "_STOP_TIMEOUT_S", 0.1)
    monkeypatch.setenv("PID_FILE", str(tmp_path / "pid"))
    with pytest.raises(RuntimeError, match="not ready"), emulators.firestore_emulator():
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.emulator
def test_an_emulator_serves_the_wanted_port_of_the_loopback_until_its_end(firestore_emulator: str) -> None:
    port = next(free_ports())
    with emulators.firestore_emulator(port) as address:
        assert address == f"127.0.0.1:{port}"
        connection = HTTPConnection(emulators.HOST, port, timeout=60)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((emulators.HOST, port), timeout=60)


@pytest.mark.emulator
def test_the_pubsub_emulator_answers(pubsub_emulator: str) -> None:
    connection = HTTPConnection(pubsub_emulator, timeout=60)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_a_missing_emulator_skips_on_a_laptop_and_fails_in_ci(tmp_path: Path, ci: str, outcome: str) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(firestore_emulator): pass\n")
    (tmp_path / "conftest.py").write_text((Path(__file__).parent.parent / "conftest.py").read_text())
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path)],
        env={"PATH": str(tmp_path), "CI": ci, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in ended.stdout
    assert "need Java" in ended.stdout


STARTS_ONE = """
import signal
from local.emulators import firestore_emulator
with firestore_emulator() as address:
    print(address, flush=True)
    signal.pause()
"""


@pytest.mark.emulator
def test_an_emulator_ends_with_whoever_started_it_even_by_sigkill(emulators_there: None) -> None:
    """Regression: a test run that was killed left its emulators behind, hundreds of megabytes each."""
    with subprocess.Popen([sys.executable, "-c", STARTS_ONE], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        host, _, port = starter.stdout.readline().strip().partition(":")
        starter.kill()
    wait_until(lambda: not listens(host, int(port)))


def listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
