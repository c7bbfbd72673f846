"""Picks free TCP ports of 127.0.0.1, and says clearly when a wanted one is taken (laptop stack)."""

import random
import socket
from collections.abc import Iterator, Mapping

INNER_PORTS = range(20000, 30000)
"""Below the range from which systems take the local ends of outgoing connections: a port that is free now cannot
be lost to one before the server binds it. Source: Linux ip_local_port_range 32768-60999, IANA 49152-65535."""

MAX_PICKS = 2000


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
    """Yield ports that are free now, none twice; for servers that nobody but the stack itself addresses."""
    candidates = random.sample(INNER_PORTS, MAX_PICKS)
    yield from (port for port in candidates if is_free(port))
