"""What may be chosen about the laptop stack, and what of the user's environment it obeys (laptop stack)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

GATEWAY_PORT = 8080
SIMULATOR_PORT = 8090
INBOX_PORT = 8025
MAX_PORT = 65535

TICK_S = 2.0
"""Seconds between two calls of ``poll_status``; a minute in production, which nobody would sit through here."""

SYNC_S = 300.0
"""Seconds between two calls of ``sync_devices``, as in production."""

PRESETS = (
    "AMAPI_ENDPOINT",
    "SENDGRID_HOST",
    "SENDGRID_API_KEY",
    "SES_ENDPOINT",
    "SES_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "EMAIL_FROM",
    "LOG_LEVEL",
)
"""The user's variables that functions are given. Any other, such as a project of the cloud, stays outside."""


class StackError(Exception):
    """The stack could not start; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class StackOptions:
    """How the stack shall run.

    Attributes:
        emulators: Google's Firestore and Pub/Sub emulators instead of the embedded store and bus.
        state_dir: everything that is kept or logged.
        gateway_port: 0 = a free one; likewise ``simulator_port`` and ``inbox_port``.
        environ: the user's environment; only ``PRESETS`` of it are obeyed.
        overrides: variables of single processes by name (``{"notify": {"SENDGRID_HOST": "…"}}``), for tests.
        functions_dir: where ``<name>/main.py`` of each function lies.
        tick_s: see ``TICK_S``; likewise ``sync_s``.
        ticker: False where a test calls the timed functions itself.
    """

    emulators: bool = False
    state_dir: Path = ROOT / "var"
    gateway_port: int = GATEWAY_PORT
    simulator_port: int = SIMULATOR_PORT
    inbox_port: int = INBOX_PORT
    environ: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    functions_dir: Path = ROOT / "functions"
    tick_s: float = TICK_S
    sync_s: float = SYNC_S
    ticker: bool = True

    @property
    def presets(self) -> dict[str, str]:
        """The part of ``environ`` that is obeyed; an empty variable counts as unset."""
        return {name: self.environ[name] for name in PRESETS if self.environ.get(name)}


def options_from_environ(environ: Mapping[str, str], *, emulators: bool = False) -> StackOptions:
    """Return the options of ``make demo``.

    Raises:
        StackError: a port or a period that is not a number, or no port.
    """
    options = _options(environ, emulators=emulators)
    ports = {
        "DEMO_PORT": options.gateway_port,
        "SIMULATOR_PORT": options.simulator_port,
        "INBOX_PORT": options.inbox_port,
    }
    wrong = [
        f"{name}={port} is no port: take one from 1 to {MAX_PORT}."
        for name, port in ports.items()
        if not 0 <= port <= MAX_PORT
    ]
    if wrong:
        raise StackError("\n".join(wrong))
    return options


def _options(environ: Mapping[str, str], *, emulators: bool) -> StackOptions:
    try:
        return StackOptions(
            emulators=emulators,
            state_dir=Path(environ.get("STATE_DIR") or ROOT / "var"),
            gateway_port=int(environ.get("DEMO_PORT", GATEWAY_PORT)),
            simulator_port=int(environ.get("SIMULATOR_PORT", SIMULATOR_PORT)),
            inbox_port=int(environ.get("INBOX_PORT", INBOX_PORT)),
            environ=dict(environ),
            tick_s=float(environ.get("TICK_S", TICK_S)),
            sync_s=float(environ.get("SYNC_S", SYNC_S)),
        )
    except ValueError as fault:
        message = f"DEMO_PORT, SIMULATOR_PORT, INBOX_PORT, TICK_S and SYNC_S must be numbers: {fault}"
        raise StackError(message) from fault
