"""Starts Google's Firestore and Pub/Sub emulators, for ``make demo ARGS=--emulators`` and for the tests.

Java is run directly: ``gcloud emulators … start`` wraps it, and leaves it running when gcloud itself is stopped.
Both listen on the loopback alone and keep everything in memory.

Source: the launch scripts beside the jars in the Google Cloud SDK (components ``cloud-firestore-emulator`` and
``pubsub-emulator``; Debian packages ``google-cloud-cli-firestore-emulator``, ``google-cloud-cli-pubsub-emulator``).
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from local.ports import free_ports
from local.tied_process import tied

HOST = "127.0.0.1"

START_TIMEOUT_S = 60.0
"""A start takes a second; a busy two-core machine took ten, and this only ends a hang."""

_GCLOUD_TIMEOUT_S = 20.0  # gcloud is a Python program of its own and slow when its disk is cold
_POLL_S = 0.05
_STOP_TIMEOUT_S = 10.0  # it takes half a second; there is nothing to save

HEAP_MB = 256
"""Enough for the demo and most tests; without a bound it grows to 750 MB. With 20,000 documents in so little room
the emulator mostly collects garbage, and takes 10 s a query."""

_JAVA = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.language=en")  # quick to start
_FIRESTORE_JAR = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
_FIRESTORE_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_PUBSUB_JAR = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar"

_USUAL_ROOTS = (
    "/usr/lib/google-cloud-sdk",
    "/usr/lib64/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/snap/google-cloud-cli/current",
    "/opt/homebrew/share/google-cloud-sdk",
    "~/google-cloud-sdk",
)


def emulators_available() -> str | None:
    """Return None where both emulators can be started, else one sentence that says what is missing."""
    if shutil.which("java") is None:
        return "Google's emulators need Java, and there is none on the PATH."
    missing = [name for name, jar in (("Firestore", _FIRESTORE_JAR), ("Pub/Sub", _PUBSUB_JAR)) if not _find(jar)]
    if missing:
        return f"The Google Cloud SDK's emulator is not installed for {' and '.join(missing)}."
    return None


@contextmanager
def firestore_emulator(port: int = 0, heap_mb: int = HEAP_MB) -> Iterator[str]:
    """Run the Firestore emulator and yield its ``host:port`` (``FIRESTORE_EMULATOR_HOST``).

    Args:
        port: where to listen; 0 takes a free one.
        heap_mb: memory for its documents; 100,000 devices and as many resets need 4,000.

    Raises:
        FileNotFoundError: it is not installed.
        RuntimeError: it did not start.
    """
    listen = port or next(free_ports())
    with _running(firestore_command(listen, heap_mb), listen) as address:
        yield address


@contextmanager
def pubsub_emulator(port: int = 0) -> Iterator[str]:
    """Run the Pub/Sub emulator and yield its ``host:port`` (``PUBSUB_EMULATOR_HOST``); else as above."""
    listen = port or next(free_ports())
    with _running(pubsub_command(listen), listen) as address:
        yield address


def firestore_command(port: int, heap_mb: int = HEAP_MB) -> tuple[str, ...]:
    """Return the command that runs the Firestore emulator; it is ready when ``GET /`` answers 200.

    Raises:
        FileNotFoundError: it is not installed.
    """
    return (*_java(heap_mb), "-cp", _path(_FIRESTORE_JAR), _FIRESTORE_MAIN, "--host", HOST, "--port", str(port))


def pubsub_command(port: int) -> tuple[str, ...]:
    """Return the command that runs the Pub/Sub emulator; else as above."""
    return (*_java(HEAP_MB), "-jar", _path(_PUBSUB_JAR), f"--host={HOST}", f"--port={port}")


def _java(heap_mb: int) -> tuple[str, ...]:
    return (shutil.which("java") or "java", f"-Xmx{heap_mb}m", *_JAVA)


@contextmanager
def _running(command: tuple[str, ...], port: int) -> Iterator[str]:
    # A session of its own, so that Ctrl-C ends the caller first. No ``preexec_fn``, nor a library that uses one: it
    # makes Python fork, and a fork aborts in a process in which gRPC is at work.
    process = subprocess.Popen(
        tied(command),
        stdin=subprocess.DEVNULL,
        # Nobody reads what it says; a pipe would fill up and stop it.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_ready(process, port)
        yield f"{HOST}:{port}"
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _answers(port):
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended with code {process.returncode} before it was ready")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the emulator was not ready within {START_TIMEOUT_S:.0f} s")
        time.sleep(_POLL_S)


def _answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End this very process: asked first, killed when it does not listen."""
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _path(jar: str) -> str:
    found = _find(jar)
    if found is None:
        raise FileNotFoundError(jar)
    return str(found)


@cache
def _find(jar: str) -> Path | None:
    return next((found for root in _roots() for found in sorted(root.glob(jar), reverse=True)), None)


def _roots() -> Iterator[Path]:
    """Yield the places of the SDK; gcloud knows for certain, but takes a second to say so."""
    for usual in _USUAL_ROOTS:
        yield Path(usual).expanduser()
    gcloud = shutil.which("gcloud")
    if gcloud:
        told = subprocess.run(
            [gcloud, "info", "--format=value(installation.sdk_root)"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_GCLOUD_TIMEOUT_S,
        )
        if told.stdout.strip():
            yield Path(told.stdout.strip())
