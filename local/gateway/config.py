"""What the gateway is told by its environment (laptop stack)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.stack_options import GATEWAY_PORT

BEHIND_GATEWAY = ("console", "reset_passcode", "reveal_passcode")
"""The functions that a person reaches; all others are called by Pub/Sub or the Scheduler."""


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """Validated settings.

    Attributes:
        port: TCP port on 127.0.0.1.
        targets: function name → base address such as ``http://127.0.0.1:20117``.
        audiences: function name → the ``aud`` that this function expects in its assertion.
        key_file: PEM file of the signing key; made where it is missing.
    """

    port: int
    targets: Mapping[str, str]
    audiences: Mapping[str, str]
    key_file: Path


def from_environ(environ: Mapping[str, str]) -> GatewayConfig:
    """Read ``DEMO_PORT``, ``GATEWAY_TARGETS``, ``GATEWAY_AUDIENCES`` and ``GATEWAY_KEY_FILE``.

    Raises:
        ValueError: with all faults in one message.
    """
    faults: list[str] = []
    targets = _json_map(environ, "GATEWAY_TARGETS", faults)
    audiences = _json_map(environ, "GATEWAY_AUDIENCES", faults)
    key_file = environ.get("GATEWAY_KEY_FILE", "")
    if not key_file:
        faults.append("GATEWAY_KEY_FILE is not set")
    port_text = environ.get("DEMO_PORT", str(GATEWAY_PORT))
    if not port_text.isdecimal():
        faults.append("DEMO_PORT is not a number")
    if faults:
        raise ValueError("; ".join(faults))
    return GatewayConfig(int(port_text), targets, audiences, Path(key_file))


def _json_map(environ: Mapping[str, str], name: str, faults: list[str]) -> dict[str, str]:
    try:
        value = json.loads(environ.get(name, ""))
    except ValueError:
        faults.append(f"{name} is not JSON")
        return {}
    if not isinstance(value, dict):
        faults.append(f"{name} is not a JSON object")
        return {}
    missing = [function for function in BEHIND_GATEWAY if function not in value]
    if missing:
        faults.append(f"{name} lacks {', '.join(missing)}")
    return {str(key): str(entry) for key, entry in value.items()}
