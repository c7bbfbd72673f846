"""Reads AMAPI's ``Device`` (adapter layer)."""

from shared.adapters.android_management.fields import Json, flag, integer, part, parts, text, texts, when
from shared.domain.device import Device, NonCompliance, PasswordPolicy
from shared.domain.resource_names import is_device


def device_from_json(raw: Json) -> Device | None:
    """Return the device of an answer or of an ``ENROLLMENT`` or ``STATUS_REPORT`` notification.

    Enum words stay AMAPI's own, unknown ones included. Fields that are missing or of a wrong type are empty.

    Args:
        raw: a ``Device`` as JSON, from a source that need not be trusted.

    Returns:
        The device, or None where ``raw`` carries no well-formed device name.

    Source: schemas Device, HardwareInfo, SoftwareInfo, DeviceSettings of AMAPI's discovery document.
    """
    name = text(raw, "name")
    if not is_device(name):
        return None
    hardware = part(raw, "hardwareInfo")
    return Device(
        name=name,
        state=text(raw, "state"),
        applied_state=text(raw, "appliedState"),
        management_mode=text(raw, "managementMode"),
        ownership=text(raw, "ownership"),
        api_level=integer(raw, "apiLevel"),
        android_version=text(part(raw, "softwareInfo"), "androidVersion"),
        brand=text(hardware, "brand"),
        model=text(hardware, "model"),
        serial_number=text(hardware, "serialNumber"),
        policy_name=text(raw, "policyName"),
        applied_policy_name=text(raw, "appliedPolicyName"),
        password_policies=tuple(_password_policy(entry) for entry in parts(raw, "appliedPasswordPolicies")),
        non_compliance=tuple(
            NonCompliance(text(entry, "specificNonComplianceReason"))
            for entry in parts(raw, "nonComplianceDetails")
        ),
        is_secure=flag(part(raw, "deviceSettings"), "isDeviceSecure"),
        last_status_report_time=when(raw, "lastStatusReportTime"),
        enrollment_time=when(raw, "enrollmentTime"),
        previous_device_names=tuple(entry for entry in texts(raw, "previousDeviceNames") if is_device(entry)),
        enrollment_token_data=text(raw, "enrollmentTokenData"),
    )


def _password_policy(raw: Json) -> PasswordPolicy:
    # Absent means the enum's zero value in proto JSON.
    return PasswordPolicy(
        scope=text(raw, "passwordScope") or "SCOPE_UNSPECIFIED",
        quality=text(raw, "passwordQuality") or "PASSWORD_QUALITY_UNSPECIFIED",
        minimum_length=integer(raw, "passwordMinimumLength"),
        minimum_letters=integer(raw, "passwordMinimumLetters"),
        minimum_lower_case=integer(raw, "passwordMinimumLowerCase"),
        minimum_upper_case=integer(raw, "passwordMinimumUpperCase"),
        minimum_non_letter=integer(raw, "passwordMinimumNonLetter"),
        minimum_numeric=integer(raw, "passwordMinimumNumeric"),
        minimum_symbols=integer(raw, "passwordMinimumSymbols"),
        maximum_failed_for_wipe=integer(raw, "maximumFailedPasswordsForWipe"),
    )
