"""May this device's passcode be reset now, and what should be known before (domain layer).

Every blocker and every warning is told together, each with a stable code and one English text for a person. The
mirror may be out of date, so a verdict is a forecast: the worker reads a stale device afresh before it sends.

Decided where the sources leave a choice:

* A work profile on Android 7 is warned about, not blocked: a profile owner could change its lock there while the
  user was unlocked (Android's ``DevicePolicyManager.resetPassword``), and a failed try leaves the old passcode.
* AMAPI manages Android devices alone and has no field for a platform. A device that has reported no API level is
  blocked under ``API_LEVEL``, because nothing says what it runs.
* ``state`` is what the server wants and ``appliedState`` what the device does: either of them blocks. A state word
  that is not known here blocks too.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.action import Status
from shared.domain.device import Device, DeviceRecord
from shared.domain.passcode_rule import UnsatisfiablePolicyError, describe, rule_for
from shared.domain.reset_warnings import Finding, warnings_for
from shared.domain.scope import Scope, reset_scope

MIN_API_LEVEL = 24
"""Android 7.0: before it an admin app cannot replace a passcode through Android Device Policy as it is today."""

_HARMLESS_STATES = frozenset({"", "DEVICE_STATE_UNSPECIFIED", "ACTIVE", "DELETED"})
"""``DELETED`` is told as ``GONE``, together with the date; an absent state is an unreported one."""

_STATES = {
    "PROVISIONING": Finding("PROVISIONING", "Set-up is not finished on this device."),
    "DISABLED": Finding("DISABLED", "This device is disabled. Enable it first."),
    "LOST": Finding("LOST_MODE", "Lost mode is on. Stop it first."),
    "PREPARING_FOR_MIGRATION": Finding(
        "PREPARING_FOR_MIGRATION", "This device is still moving to Android Device Policy. Wait until it has moved."
    ),
    "DEACTIVATED_BY_DEVICE_FINANCE": Finding(
        "DEACTIVATED_BY_DEVICE_FINANCE",
        "The financing agent has locked this device. It has to be unlocked there first.",
    ),
}
_ROLE = Finding("ROLE", "Your role cannot reset passcodes.")
_MODE = Finding(
    "MANAGEMENT_MODE",
    "It is not known whether this device is fully managed or has a work profile, so nobody can say which lock would"
    " change.",
)
_RUNNING = Finding("IN_PROGRESS", "A reset is already running. Only one can run at a time.")
_UNRESOLVED = Finding(
    "IN_PROGRESS", "An earlier reset, whose outcome is unknown, may still run. No other can start until it is over."
)
_ENDED = Finding(
    "IN_PROGRESS",
    "An earlier reset has ended, but a command or a mail of it is not over yet. No other can start until it is.",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one device.

    Attributes:
        eligible: whether there is no blocker.
        scope: the lock that would change; None where that is not known (then it is blocked).
        blockers: every reason against, the caller's role first.
        warnings: what to know before; they never block.
        passcode_rule: one phrase such as ``8 digits``; "" where no passcode fits.
    """

    eligible: bool
    scope: Scope | None
    blockers: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    passcode_rule: str


def judge(device_record: DeviceRecord, *, now: datetime, may_reset: bool = True) -> Verdict:
    """Judge a device.

    Args:
        device_record: the mirrored device.
        now: aware UTC time.
        may_reset: whether the caller's role allows resets.
    """
    device = device_record.device
    scope = reset_scope(device)
    phrase, unsatisfiable = _passcode(device)
    blockers = (
        *(() if may_reset else (_ROLE,)),
        *_gone(device_record),
        *_states(device),
        *_api_level(device),
        *(() if scope else (_MODE,)),
        *unsatisfiable,
        *_open_action(device_record),
    )
    return Verdict(
        eligible=not blockers,
        scope=scope,
        blockers=blockers,
        warnings=warnings_for(device_record, scope, now),
        passcode_rule=phrase,
    )


def _passcode(device: Device) -> tuple[str, tuple[Finding, ...]]:
    try:
        return describe(rule_for(device)), ()
    except UnsatisfiablePolicyError as error:
        return "", (Finding(error.reason, error.message),)


def _gone(record: DeviceRecord) -> tuple[Finding, ...]:
    if record.gone_time is not None:
        return (Finding("GONE", f"This device left management on {record.gone_time.date().isoformat()}."),)
    if "DELETED" in (record.device.state, record.device.applied_state):
        return (Finding("GONE", "This device left management."),)
    return ()


def _states(device: Device) -> tuple[Finding, ...]:
    words = dict.fromkeys((device.state, device.applied_state))
    return tuple(_STATES.get(word, _unknown_state(word)) for word in words if word not in _HARMLESS_STATES)


def _unknown_state(word: str) -> Finding:
    return Finding("UNKNOWN_STATE", f"This device is in a state that this product does not know: {word[:60]}.")


def _api_level(device: Device) -> tuple[Finding, ...]:
    if device.api_level >= MIN_API_LEVEL:
        return ()
    if device.api_level <= 0:
        return (
            Finding("API_LEVEL", "This device has not reported its Android version. A reset needs 7.0 or later."),
        )
    version = f"Android {device.android_version}" if device.android_version else f"API level {device.api_level}"
    return (Finding("API_LEVEL", f"{version} is too old. A reset needs Android 7.0 or later."),)


def _open_action(record: DeviceRecord) -> tuple[Finding, ...]:
    if record.open_action is None:
        return ()
    return (in_progress(record.open_action.status),)


def in_progress(status: str) -> Finding:
    """Return the blocker that a reset of this status is for another one, as long as it holds the device's lock."""
    if status == Status.UNKNOWN:
        return _UNRESOLVED
    return _RUNNING if status in {Status.PENDING, Status.ISSUED} else _ENDED
