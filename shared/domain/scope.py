"""Which lock a reset changes, and the sentence that tells it (domain layer).

The management mode decides: Android Device Policy as device owner changes the lock screen of the device, as
profile owner only the lock of the work profile (also on a company-owned phone). Vendors agree: no MDM resets the
phone's own lock from a work profile.

Source: Android's ``DevicePolicyManager.resetPasswordWithToken``; AMAPI discovery document,
``Device.managementMode`` and ``Device.ownership``.
"""

from enum import StrEnum

from shared.domain.device import Device


class Scope(StrEnum):
    """The lock that changes."""

    DEVICE = "DEVICE"
    WORK_PROFILE = "WORK_PROFILE"


_BY_MODE = {"DEVICE_OWNER": Scope.DEVICE, "PROFILE_OWNER": Scope.WORK_PROFILE}
_OWNERSHIPS = frozenset({"COMPANY_OWNED", "PERSONALLY_OWNED"})
_SENTENCES = {
    Scope.DEVICE: "The screen lock of the whole device changes.",
    Scope.WORK_PROFILE: ("Only the lock of the work profile changes. The phone's own screen lock stays as it is."),
}


def reset_scope(device: Device) -> Scope | None:
    """Return the lock that a reset changes; None where mode or ownership is missing or a word unknown here.

    A record without ownership is incomplete, so its mode is not believed either.
    """
    if device.ownership not in _OWNERSHIPS:
        return None
    return _BY_MODE.get(device.management_mode)


def scope_sentence(scope: Scope) -> str:
    """Return the English text whose first words say which lock changes."""
    return _SENTENCES[scope]
