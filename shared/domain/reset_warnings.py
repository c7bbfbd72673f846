"""What an admin should know before a reset, though nothing of it forbids one (domain layer).

Source: AMAPI discovery document, ``NonComplianceDetail.specificNonComplianceReason``,
``DeviceSettings.isDeviceSecure``, ``PasswordRequirements.maximumFailedPasswordsForWipe`` and
``StartLostModeStatus`` (``RESET_PASSWORD_RECENTLY``); Android's ``DevicePolicyManager.setResetPasswordToken``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.device import Device, DeviceRecord
from shared.domain.passcode_rule import wipe_after
from shared.domain.scope import Scope
from shared.domain.timing import MIRROR_FRESH

OFFLINE_AFTER = timedelta(hours=6)
"""Android Device Policy reports about once an hour: six missed in a row are no longer a delay."""

STALE_AFTER = MIRROR_FRESH
"""The age from which the worker does not believe the mirror either and reads the device afresh."""

TOKEN_API_LEVEL = 26
"""Android 8: from here a reset uses a token, which works before the first unlock after a restart."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One blocker or warning: ``code`` is stable, ``message`` is English for a person and holds no markup."""

    code: str
    message: str


_DIRECT_BOOT = Finding(
    "DIRECT_BOOT",
    "Restarted and not unlocked since. A reset usually still works, but the device may take a few minutes to"
    " answer.",
)
_TOKEN_PENDING = Finding(
    "TOKEN_PENDING",
    "The user may have to unlock once first. The device has asked for it; if the reset fails for that, the log says"
    " so.",
)
_UNLOCKED_ONLY = Finding(
    "UNLOCKED_ONLY", "On Android 7 a reset works only after the user has unlocked the phone since its last restart."
)
_NO_SCREEN_LOCK = Finding(
    "NO_SCREEN_LOCK", "No screen lock is set now. After the reset the device asks for this passcode."
)
_NO_PROFILE_LOCK = Finding(
    "NO_SCREEN_LOCK", "No screen lock is set now. After the reset the work profile asks for this passcode."
)
_LOST_MODE_AFTER = Finding(
    "LOST_MODE_AFTER", "Stolen? Start lost mode first. Android refuses lost mode for a while after a reset."
)
_PAUSED_PROFILE = Finding(
    "PAUSED_PROFILE", "A paused work profile waits. The reset happens when the user turns it on."
)
_SEPARATE_LOCK = Finding(
    "SEPARATE_LOCK",
    "From now on the work profile has a passcode of its own, also if it shared that of the phone until now.",
)
_NEVER_REPORTED = Finding("STALE_REPORT", "No report of this device is known. The facts may be out of date.")


def warnings_for(record: DeviceRecord, scope: Scope | None, now: datetime) -> tuple[Finding, ...]:
    """Return every warning, the most pressing first; ``now`` is aware UTC."""
    device = record.device
    return (
        *_reach(record, now),
        *_obstacles(device),
        *_effects(device, scope),
        *_report(device, now),
    )


def _reach(record: DeviceRecord, now: datetime) -> Iterator[Finding]:
    times = (record.last_seen, record.device.last_status_report_time)
    seen = max((time for time in times if time is not None), default=None)
    if seen is not None and now - seen > OFFLINE_AFTER:
        yield Finding(
            "OFFLINE",
            f"Offline since {_utc(seen)} ({_ago(now - seen)}). The device gets the new passcode when it is next"
            " online, within the time chosen for the reset.",
        )


def _obstacles(device: Device) -> Iterator[Finding]:
    reasons = {entry.specific_reason for entry in device.non_compliance}
    if "USER_NOT_UNLOCKED" in reasons:
        yield _DIRECT_BOOT
    if "PASSWORD_POLICIES_USER_CREDENTIALS_CONFIRMATION_REQUIRED" in reasons:
        yield _TOKEN_PENDING
    if 0 < device.api_level < TOKEN_API_LEVEL:
        yield _UNLOCKED_ONLY


def _effects(device: Device, scope: Scope | None) -> Iterator[Finding]:
    if device.is_secure is False:
        yield _NO_PROFILE_LOCK if scope is Scope.WORK_PROFILE else _NO_SCREEN_LOCK
    tries = wipe_after(device)
    if tries:
        noun = "passcode" if tries == 1 else "passcodes"
        yield Finding("WIPES_AFTER", f"Erases itself after {tries} wrong {noun}. Read the new passcode out slowly.")
    if device.ownership == "COMPANY_OWNED":
        yield _LOST_MODE_AFTER
    if scope is Scope.WORK_PROFILE:
        yield _PAUSED_PROFILE
        yield _SEPARATE_LOCK


def _report(device: Device, now: datetime) -> Iterator[Finding]:
    reported = device.last_status_report_time
    if reported is None:
        yield _NEVER_REPORTED
    elif now - reported > STALE_AFTER:
        yield Finding("STALE_REPORT", f"No report since {_utc(reported)}. The facts may be out of date.")


def _utc(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _ago(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004  # two days read better as days
