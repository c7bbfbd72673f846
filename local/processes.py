"""Starts, watches and ends the processes of the laptop stack, on top of mirakuru.

What mirakuru leaves open is closed here: a child sees its own variables only, its output goes to a file, all
children start at once, and none outlives its parent, be it killed.
"""

import os
import secrets
import signal
import string
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mirakuru import HTTPExecutor, ProcessExitedWithError, SimpleExecutor, TimeoutExpired
from mirakuru.base import ENV_UUID
from mirakuru.exceptions import ProcessFinishedWithError

from local.tied_process import tied

START_TIMEOUT_S = 60.0
"""A loaded two-core machine needs some 10 s; a hung start must still end before anyone gives up on it."""

STOP_TIMEOUT_S = 10.0
"""As Cloud Run gives an instance between SIGTERM and SIGKILL. Source: Cloud Run container contract."""

LOOK_EVERY_S = 0.05

SYSTEM_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What any program needs; everything else a child must be given by name. Proxies are left out: all is loopback."""


class ChildError(Exception):
    """A child did not start; the message names it and shows the end of its log."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """How to run one child.

    Attributes:
        name: also the name of its log file.
        command: program and arguments.
        env: every variable that it sees beside ``SYSTEM_VARIABLES``.
        health_url: answers GET once the child is ready; "" = ready as soon as it runs.
        ready_status: regular expression of the HTTP status that means ready.
        clean_codes: exit codes after SIGTERM that are no fault (143 is Java's).
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    health_url: str = ""
    ready_status: str = "200"
    clean_codes: frozenset[int] = frozenset({0, -signal.SIGTERM, 143})


class Child:
    """One running process."""

    def __init__(self, spec: ChildSpec, log_dir: Path) -> None:
        self.spec = spec
        self.log_path = log_dir / f"{spec.name}.log"
        self._executor: Any = None

    def start(self) -> None:
        """Start the process and return at once.

        Raises:
            RuntimeError: this is not the main thread. Linux ties a child to the thread that started it, so it would
                be ended, silently, together with any other.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(f"{self.spec.name} must be started from the main thread")
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("w", encoding="utf-8") as log:
            self._executor = _executor(self.spec, log)
            SimpleExecutor.start(self._executor)

    def wait_ready(self) -> None:
        """Wait until it is ready.

        Raises:
            ChildError: it ended, or was not ready in time.
        """
        if not self.spec.health_url:
            return
        try:
            self._executor.wait_for(self._executor.check_subprocess)
        except ProcessExitedWithError as end:
            raise ChildError(f"{self.spec.name} ended with exit code {end.exit_code}.\n{self.tail()}") from None
        except TimeoutExpired:
            message = f"{self.spec.name} was not ready after {START_TIMEOUT_S:.0f} s.\n{self.tail()}"
            raise ChildError(message) from None

    def wait_done(self) -> None:
        """Wait for the end of a child that does one thing and ends.

        Raises:
            ChildError: it failed, or did not end in time.
        """
        try:
            code = self._executor.process.wait(START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            message = f"{self.spec.name} did not end within {START_TIMEOUT_S:.0f} s.\n{self.tail()}"
            raise ChildError(message) from None
        if code:
            raise ChildError(f"{self.spec.name} ended with exit code {code}.\n{self.tail()}")

    def running(self) -> bool:
        """Tell whether the process lives."""
        return self._executor is not None and bool(self._executor.running())

    def signal_stop(self) -> None:
        """Ask it to end, without waiting; safe to repeat."""
        if self.running():
            with suppress(ProcessLookupError):
                os.killpg(self._executor.process.pid, signal.SIGTERM)

    def wait_stopped(self) -> str:
        """Wait for its end, by force after ``STOP_TIMEOUT_S``; returns what was wrong with it, "" if nothing."""
        if self._executor is None:
            return ""
        self._executor._timeout = STOP_TIMEOUT_S  # noqa: SLF001  # mirakuru has one timeout for start and stop
        try:
            self._executor.stop()
        except ProcessFinishedWithError as end:
            if end.exit_code not in self.spec.clean_codes:
                return f"{self.spec.name} ended with exit code {end.exit_code}"
        return ""

    def tail(self, lines: int = 15) -> str:
        """Return the end of its log under a heading."""
        try:
            text = self.log_path.read_text("utf-8", "replace")
        except OSError:
            text = ""
        last = "\n".join(text.splitlines()[-lines:]) or "(empty)"
        return f"--- end of {self.log_path} ---\n{last}"


def stop_all(children: Iterable[Child]) -> list[str]:
    """End all together and wait; returns what was wrong. Safe to repeat."""
    ending = list(children)
    for child in ending:
        child.signal_stop()
    return [problem for child in ending if (problem := child.wait_stopped())]


def _executor(spec: ChildSpec, log: Any) -> Any:
    options: dict[str, Any] = {
        "envvars": dict(spec.env),
        "stdin": None,
        "stdout": log,
        "stderr": log,
        "timeout": START_TIMEOUT_S,
        "sleep": LOOK_EVERY_S,
        "popen_kwargs": {"close_fds": True},
    }
    if not spec.health_url:
        return _Running(tied(list(spec.command)), **options)
    return _Serving(
        tied(list(spec.command)),
        spec.health_url,
        status=f"^(?:{spec.ready_status})$",
        method="GET",
        request_timeout=2.0,
        **options,
    )


def _mark() -> str:
    """Return a mark of one child, without a digit.

    When any Python process that has loaded mirakuru ends, mirakuru kills whatever is marked by a text with that
    process's id anywhere in it. Its own marks are ids and hexadecimal digits, so the end of one stack, or of a test
    run, killed a child of another now and then, and nothing said so.

    Source: ``cleanup_subprocesses`` and ``processes_with_env_psutil`` of mirakuru 3.1.
    """
    return "".join(secrets.choice(string.ascii_letters) for _ in range(32))


class _Bounded:
    """Replaces of an executor its mark, the child's environment, and how the child is set apart from its parent."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._uuid = _mark()

    @property
    def envvars(self) -> dict[str, str]:
        """The child's whole environment; mirakuru's own mark finds grandchildren that left the group."""
        system = {name: os.environ[name] for name in SYSTEM_VARIABLES if name in os.environ}
        return {**system, **self._envvars, ENV_UUID: self._uuid}  # type: ignore[attr-defined]  # the executor's

    @property
    def _popen_kwargs(self) -> dict[str, Any]:
        """Take Ctrl-C away from the child by a session of its own, without running Python between fork and exec.

        A process in which gRPC is at work may not be forked that way: it aborts.
        """
        kwargs: dict[str, Any] = super()._popen_kwargs  # type: ignore[misc]  # the executor's
        return {**kwargs, "preexec_fn": None, "start_new_session": True}


class _Running(_Bounded, SimpleExecutor):  # type: ignore[misc]  # mirakuru's types are not followed
    """A child without a port."""


class _Serving(_Bounded, HTTPExecutor):  # type: ignore[misc]  # mirakuru's types are not followed
    """A child that answers HTTP."""
