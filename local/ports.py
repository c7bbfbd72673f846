"""Picks free TCP ports of 127.0.0.1, and says clearly when a wanted one is taken (laptop stack)."""

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

INNER_PORTS = range(20000, 30000)
"""Below the range from which systems take the local ends of outgoing connections: a port that is free now cannot
be lost to one before the server binds it. Source: Linux ip_local_port_range 32768-60999, IANA 49152-65535."""

MAX_PICKS = 2000

HELD_IN = "passcode-reset-ports"
"""Beginning of the name of a file among the temporary ones: whoever has picked a port has its byte locked."""


class PortTakenError(Exception):
    """A port that the user may choose is in use."""


def require_free(wanted: Mapping[str, int]) -> None:
    """Check published ports; ``wanted`` maps the environment variable that moves a port to the port.

    Raises:
        PortTakenError: naming every port that is taken, or wanted twice, and its variables.
    """
    users: dict[int, list[str]] = {}
    for variable, port in wanted.items():
        users.setdefault(port, []).append(variable)
    twice = [
        f"{' and '.join(variables)} are {port}: give each a port of its own."
        for port, variables in users.items()
        if len(variables) > 1
    ]
    if twice:
        raise PortTakenError("\n".join(twice))
    taken = [
        f"Port {port} is taken by another program. End it, or choose another port, such as {variable}={port + 1}."
        for variable, port in wanted.items()
        if not is_free(port)
    ]
    if taken:
        raise PortTakenError("\n".join(taken))


def is_free(port: int) -> bool:
    """Tell whether a server could bind ``port`` on 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else the last run's TIME_WAIT counts
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports() -> Iterator[int]:
    """Yield ports that are free now, none twice; for servers that nobody but the stack itself addresses.

    A port that was picked is this process's until it ends: a server takes a second until it binds its port, and
    another stack that starts in that second must not pick the same one.
    """
    candidates = random.sample(INNER_PORTS, MAX_PICKS)
    yield from (port for port in candidates if _HELD.take(port) and is_free(port))


class _Held:
    """The ports that this process has picked, locked against the picks of all others of this user."""

    def __init__(self) -> None:
        self._ports: set[int] = set()
        self._process = 0
        self._file: int | None = None

    def take(self, port: int) -> bool:
        """Hold a port until the process ends; False where it is held already, by this process or another."""
        if self._process != os.getpid():  # a fork inherits the numbers, not the locks
            self._process, self._ports, self._file = os.getpid(), set(), _lock_file()
        if port in self._ports or not _lock(self._file, port):
            return False
        self._ports.add(port)
        return True


def _lock_file() -> int | None:
    """Open the file of all locks; None where that is not allowed, and a pick is no more than a look then."""
    path = Path(tempfile.gettempdir()) / f"{HELD_IN}-{os.getuid()}"
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _lock(file: int | None, port: int) -> bool:
    """Lock one byte of the file; the kernel gives it back when the process ends, of whatever it dies."""
    if file is None:
        return True
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


_HELD = _Held()
