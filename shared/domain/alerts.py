"""Every alert that the code raises: what it says to who is woken by it, and where the guide goes on (domain layer).

A log line raises an alert by bearing its code in the field ``alert``. Monitoring and the operations guide are made
from this table; a code that is not here is a fault of the build.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How soon somebody has to look, in Cloud Monitoring's words."""

    CRITICAL = "CRITICAL"
    """At once: a passcode is in doubt, or no reset works."""

    ERROR = "ERROR"
    """Within the hour: single resets or mails suffer."""

    WARNING = "WARNING"
    """The next working day: nobody's reset suffers."""


@dataclass(frozen=True, slots=True)
class AlertKind:
    """What is known of an alert beforehand; ``runbook`` is a heading of the operations guide, as its anchor."""

    summary: str
    severity: Severity
    runbook: str


ALERTS: Mapping[str, AlertKind] = {
    "ADVANCE_FAILED": AlertKind(
        "The timer could not bring a reset forward; it tries again later.", Severity.ERROR, "a-reset-is-stuck"
    ),
    "AMAPI_UNAUTHORISED": AlertKind(
        "The Android Management API refuses us, or one enterprise to us: its resets wait until that is mended.",
        Severity.CRITICAL,
        "amapi-refuses-us",
    ),
    "COUNT_FAILED": AlertKind(
        "A day's figures cannot be counted; resets are not affected.", Severity.WARNING, "errors-burst"
    ),
    "KEY_MISMATCH": AlertKind(
        "A passcode was sealed under another key than the one this function is given: nothing is lost, but it waits"
        " until the key's name is right again.",
        Severity.CRITICAL,
        "a-passcode-cannot-be-read",
    ),
    "MAIL_GAVE_UP": AlertKind(
        "A mail was tried for hours and ended unsent; its reader has not been told.",
        Severity.ERROR,
        "sendgrid-is-down",
    ),
    "MASS_RESET": AlertKind(
        "More resets were asked for within an hour than the enterprise allows; no more are accepted for now.",
        Severity.CRITICAL,
        "a-mass-reset",
    ),
    "MESSAGE_DROPPED": AlertKind(
        "A message was acknowledged without effect, because it could never have one.",
        Severity.ERROR,
        "a-dead-letter",
    ),
    "OUTCOME_UNKNOWN": AlertKind(
        "It cannot be established whether a device changed its passcode.",
        Severity.CRITICAL,
        "the-outcome-is-unknown",
    ),
    "PASSCODE_UNREADABLE": AlertKind(
        "A stored passcode does not open any more: its mail ended unsent, its reset failed, or it was not shown.",
        Severity.CRITICAL,
        "a-passcode-cannot-be-read",
    ),
    "STRAY_COMMAND": AlertKind(
        "A command ran after its reset had been given up: which passcode the device has is in doubt.",
        Severity.CRITICAL,
        "the-outcome-is-unknown",
    ),
}
