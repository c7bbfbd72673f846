"""The operations that AMAPI keeps of its commands."""

import copy
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.simulator.schemas import TYPE_PREFIX

Json = dict[str, Any]

DEFAULT_DURATION = "600s"
"""AMAPI's own ten minutes, where the caller names none. Source: discovery document, ``Command.duration``."""
CANCELLED = 1
FAILED_PRECONDITION = 9
DEADLINE_EXCEEDED = 4
"""google.rpc codes. How an expired operation really looks is not documented; code 4 is assumed."""


@dataclass
class Operation:
    """One command of one device and what became of it."""

    name: str
    device_id: str
    command: Json
    expires_at_s: float
    done: bool = False
    error_code: str = ""
    error: Json | None = None
    has_response: bool = False
    is_gone: bool = False

    def finish(self, error_code: str, completion: str) -> None:
        """Make it done, in the shape that ``completion`` names (see ``phone.COMPLETIONS``)."""
        self.done = True
        self.is_gone = completion == "not_found"
        if not error_code:
            self.has_response = completion == "response"
            return
        if completion != "error_only":
            self.error_code = error_code
        if completion in {"error_only", "both"}:
            self.error = {"code": FAILED_PRECONDITION, "message": f"The device refused the command: {error_code}"}

    def give_up(self, code: int) -> None:
        """Make it done with a google.rpc code, without ever having run."""
        self.done = True
        self.error = {"code": code, "message": "CANCELLED" if code == CANCELLED else "DEADLINE_EXCEEDED"}

    def to_json(self, *, has_password: bool) -> Json:
        """Return AMAPI's JSON; ``done`` is left out while it is false, as proto JSON does."""
        metadata = {"@type": TYPE_PREFIX + "Command", **copy.deepcopy(self.command)}
        if not has_password:
            metadata.pop("newPassword", None)
        if self.error_code:
            metadata["errorCode"] = self.error_code
        body: Json = {"name": self.name, "metadata": metadata}
        if self.done:
            body["done"] = True
        if self.error:
            body["error"] = dict(self.error)
        if self.has_response:
            body["response"] = {"@type": TYPE_PREFIX + "IssueCommandResponse"}
        return body


@dataclass
class OperationBook:
    """All operations, by name, in order of their making."""

    _by_name: dict[str, Operation] = field(default_factory=dict)
    _by_device: dict[str, list[Operation]] = field(default_factory=dict)
    _last_id: int = 0

    def open(self, device_name: str, command: Json, user_name: str) -> Operation:
        """Store a command as AMAPI does: id and ``createTime`` are the same millisecond, used once."""
        self._last_id = max(int(time.time() * 1000), self._last_id + 1)
        stored = {"duration": DEFAULT_DURATION, **command, "createTime": rfc3339(self._last_id / 1000)}
        if user_name:
            stored["userName"] = user_name
        expires_at_s = self._last_id / 1000 + duration_s(stored["duration"])
        name = f"{device_name}/operations/{self._last_id}"
        operation = Operation(name, device_name.rpartition("/")[2], stored, expires_at_s)
        self._by_name[name] = operation
        self._by_device.setdefault(device_name, []).append(operation)
        return operation

    def get(self, name: str) -> Operation | None:
        """Return an operation that AMAPI still knows."""
        operation = self._by_name.get(name)
        return None if operation is None or operation.is_gone else operation

    def of_device(self, device_name: str) -> list[Operation]:
        """Return the operations of a device that AMAPI still knows, oldest first."""
        return [operation for operation in self._by_device.get(device_name, []) if not operation.is_gone]

    def waiting(self, device_name: str) -> list[Operation]:
        """Return those that are not done, oldest first."""
        return [operation for operation in self._by_device.get(device_name, []) if not operation.done]


def rfc3339(epoch_s: float) -> str:
    """Return a time as AMAPI writes it, to the millisecond."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration_s(value: str) -> float:
    """Return the seconds of a ``google-duration``."""
    return float(value.removesuffix("s"))
