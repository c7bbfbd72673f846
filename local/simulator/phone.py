"""One simulated phone: what it shows to AMAPI, its locks, and how it carries commands out.

Whether a reset works depends on more than the passcode: Android 8 and newer need a reset token that is active,
older ones a user who has unlocked since boot; a paused work profile does nothing until it is on again.

Source: AOSP ``DevicePolicyManager.resetPassword``, ``setResetPasswordToken``, ``resetPasswordWithToken``. Which
``errorCode`` AMAPI reports for a missing token is not documented; ``UNKNOWN`` is assumed.
"""

from dataclasses import dataclass, field
from typing import Any

from local.simulator import password_rules

Json = dict[str, Any]

OUTCOMES = ("OK", "INVALID_VALUE", "API_LEVEL", "MANAGEMENT_MODE", "UNSUPPORTED", "UNKNOWN")
COMPLETIONS = (
    "normal",
    "response",
    "error_code_only",
    "error_only",
    "both",
    "cancelled",
    "expired",
    "not_found",
    "no_effect",
)
"""How the operation of a command ends.

``normal``: done alone for a success, ``errorCode`` alone for a failure; ``response``: a success carries its empty
response; ``error_code_only``, ``error_only``, ``both``: where a failure is written; ``cancelled``, ``expired``:
the phone never runs it; ``not_found``: it runs, then the operation is gone; ``no_effect``: acknowledged without
error, yet nothing happened, as a REBOOT of a personally-owned work profile is.
"""
ECHOES = ("off", "answers", "all")
"""Where ``newPassword`` comes back: nowhere, in HTTP answers, in answers and notifications."""
_FIRST_ANDROID = 24
"""Android 7.0: before it there is no work-profile lock, and newer agents do not run."""
_TOKEN_ANDROID = 26
"""Android 8.0 brought reset tokens."""


@dataclass
class Phone:
    """State of a phone. ``device`` is its AMAPI record; ``executed`` lists its commands, oldest first."""

    device: Json
    passcode: str | None = None
    locked: bool = True
    online: bool = True
    ack_delay_s: float = 0.0
    outcome: str = "OK"
    completion: str = "normal"
    echo: str = "answers"
    token_active: bool = True
    unlocked_since_boot: bool = True
    paused: bool = False
    entry_required: bool = False
    deleted: bool = False
    executed: list[Json] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Last part of the device's name."""
        return str(self.device["name"]).rpartition("/")[2]

    @property
    def lock(self) -> str:
        """Which lock a reset changes: a profile owner reaches the work profile alone."""
        return "DEVICE" if self.device.get("managementMode") == "DEVICE_OWNER" else "WORK_PROFILE"

    @property
    def is_reachable(self) -> bool:
        """Whether commands get through now."""
        return self.online and not self.paused and not self.deleted

    def view(self) -> Json:
        """Return what the control API shows: name, passcode, locked, online, executed, and the knobs."""
        return {
            "name": self.device["name"],
            "passcode": self.passcode,
            "locked": self.locked,
            "online": self.online,
            "executed": list(self.executed),
            "lock": self.lock,
            "ackDelay": f"{self.ack_delay_s:g}s",
            "outcome": self.outcome,
            "completion": self.completion,
            "echo": self.echo,
            "tokenActive": self.token_active,
            "unlockedSinceBoot": self.unlocked_since_boot,
            "paused": self.paused,
            "entryRequired": self.entry_required,
            "deleted": self.deleted,
        }

    def execute(self, operation: str, command: Json, time: str) -> str:
        """Carry a command out and return its ``errorCode``, "" for success.

        Args:
            operation: name of the operation, for ``executed``.
            command: the ``Command`` as stored.
            time: RFC 3339, for ``executed``.
        """
        error_code = "" if self.outcome == "OK" else self.outcome
        error_code = error_code or self._obstacle(command)
        has_effect = not error_code and self.completion != "no_effect" and self._apply(command)
        self.executed.append(
            {
                "operation": operation,
                "type": command["type"],
                "passcode": command.get("newPassword"),
                "flags": list(command.get("resetPasswordFlags", [])),
                "executeTime": time,
                "outcome": error_code or "OK",
                "effect": bool(has_effect),
            }
        )
        return error_code

    def unlock(self) -> None:
        """Have the user enter the passcode: the reset token becomes active, another reset is possible again."""
        self.locked = False
        self.token_active = True
        self.unlocked_since_boot = True
        self.entry_required = False

    def _obstacle(self, command: Json) -> str:
        """Return the ``errorCode`` of what stands in the way, "" where nothing does."""
        if command["type"] not in {"RESET_PASSWORD", "LOCK", "REBOOT", "WIPE"}:
            return "UNSUPPORTED"
        return self._reset_obstacle(command) if command["type"] == "RESET_PASSWORD" else ""

    def _reset_obstacle(self, command: Json) -> str:
        api_level = int(self.device.get("apiLevel", 0))
        if api_level < _FIRST_ANDROID:
            return "API_LEVEL"
        if self.passcode is not None and self._is_shut(api_level):
            return "UNKNOWN"
        policies = self.device.get("appliedPasswordPolicies", [])
        wanted = command.get("newPassword", "")
        if not wanted:
            return "INVALID_VALUE" if password_rules.demands_a_lock(policies, self.lock) else ""
        return "INVALID_VALUE" if password_rules.weaknesses(wanted, policies, self.lock, api_level) else ""

    def _is_shut(self, api_level: int) -> bool:
        """Tell whether Android lets the agent replace the passcode at all."""
        has_key = self.token_active if api_level >= _TOKEN_ANDROID else self.unlocked_since_boot
        return self.entry_required or not has_key

    def _apply(self, command: Json) -> bool:
        """Change the phone; return whether anything changed."""
        match command["type"]:
            case "RESET_PASSWORD":
                self._set_passcode(command)
            case "LOCK":
                self.locked = self.passcode is not None
            case "REBOOT" if self.lock == "DEVICE":
                self.locked = self.passcode is not None
                self.unlocked_since_boot = self.passcode is None
            case "WIPE":
                self.deleted = True
            case _:
                return False  # a work profile acknowledges REBOOT and does nothing
        return True

    def _set_passcode(self, command: Json) -> None:
        # An empty or missing newPassword clears the lock: that is what makes it dangerous.
        self.passcode = command.get("newPassword") or None
        flags = command.get("resetPasswordFlags", [])
        if self.passcode is None:
            self.locked = False
        elif "LOCK_NOW" in flags:
            self.locked = True
        self.entry_required = self.passcode is not None and "REQUIRE_ENTRY" in flags
        if "deviceSettings" in self.device:
            self.device["deviceSettings"]["isDeviceSecure"] = self.passcode is not None
