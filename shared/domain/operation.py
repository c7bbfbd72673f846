"""AMAPI's long-running operation, reduced to what a reset may believe of it (domain layer).

``newPassword`` may come back in an operation's metadata: no field here could hold it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a finished operation ended."""

    OK = "OK"
    ERROR = "ERROR"
    VOID = "VOID"
    """Cancelled (google.rpc code 1) or past its time (code 4): it did not run."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one device.

    Attributes:
        resets: whether its command resets a passcode, and not something else.
        outcome: None while it is not done.
        error_code: ``metadata.errorCode`` where set, else ``RPC_{code}``; "" unless the outcome is ERROR.
        duration_s: AMAPI echoes the command's validity; with ``create_time`` it is an attempt's fingerprint.
    """

    name: str
    device_name: str
    resets: bool = False
    create_time: datetime | None = None
    duration_s: int | None = None
    outcome: Outcome | None = None
    error_code: str = ""
    error_message: str = ""
