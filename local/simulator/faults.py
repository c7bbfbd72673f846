"""Faults that the next calls of a method run into."""

import re
import threading
from dataclasses import dataclass

from local.simulator import schemas

BEFORE_ACCEPT = ("drop_before_accept", "timeout_before_accept", "http_400_echo", "redirect")
AFTER_ACCEPT = (
    "drop_after_accept",
    "reset_after_accept",
    "timeout",
    "malformed",
    "wrong_name",
    "truncated",
    "http_503_after_accept",
)
"""The call takes effect and its answer is lost: closed or reset connection, no answer at all, a 200 that is no
JSON, a 200 about another operation, half a body, an error."""
_STATUS = re.compile(r"http_([45]\d\d)")
"""``http_429`` and so on: refused with that status, nothing takes effect."""


@dataclass
class _Fault:
    method: str
    kind: str
    left: int


class Faults:
    """A list of faults, each for so many calls of one method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[_Fault] = []

    def add(self, method: str, kind: str, count: int) -> None:
        """Let the next ``count`` calls of ``method`` fail.

        Args:
            method: the id or its end (``issueCommand``, ``operations.get``), ``*`` for any.
            kind: one of ``BEFORE_ACCEPT``, ``AFTER_ACCEPT``, or ``http_`` and a status from 400 on.
            count: number of calls, 0 removes the faults of this method.

        Raises:
            ValueError: there is no such method or kind.
        """
        if not any(_matches(method, known.id) for known in schemas.methods()):
            raise ValueError(f"no such method: {method}")
        if kind not in BEFORE_ACCEPT + AFTER_ACCEPT and not _STATUS.fullmatch(kind):
            raise ValueError(f"no such kind: {kind}")
        with self._lock:
            if count == 0:
                self._faults = [fault for fault in self._faults if fault.method != method]
            else:
                self._faults.append(_Fault(method, kind, count))

    def take(self, method_id: str) -> str:
        """Return the kind that this call runs into, "" for none."""
        with self._lock:
            for fault in self._faults:
                if _matches(fault.method, method_id):
                    fault.left -= 1
                    self._faults = [each for each in self._faults if each.left > 0]
                    return fault.kind
        return ""


def status_of(kind: str) -> int:
    """Return the HTTP status that a kind stands for, 0 where it stands for none."""
    match = _STATUS.fullmatch(kind)
    return int(match.group(1)) if match else 0


def _matches(wanted: str, method_id: str) -> bool:
    return wanted == "*" or f".{method_id}".endswith("." + wanted.removeprefix("androidmanagement."))
