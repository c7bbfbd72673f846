"""What is known of a device: AMAPI's facts, its user, and its place in the console's lists (domain layer)."""

from dataclasses import dataclass
from datetime import datetime

MAX_USER_TEXT = 200
"""Characters of a text about a user, wherever it comes from; longer names are no names."""


@dataclass(frozen=True, slots=True)
class DeviceUser:
    """The person who holds the device. AMAPI knows no address, so it comes from elsewhere; all may be empty."""

    display_name: str = ""
    email: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """What is used of one entry of ``appliedPasswordPolicies``, in AMAPI's own enum words; 0: no restriction."""

    scope: str = "SCOPE_UNSPECIFIED"
    quality: str = "PASSWORD_QUALITY_UNSPECIFIED"
    minimum_length: int = 0
    minimum_letters: int = 0
    minimum_lower_case: int = 0
    minimum_upper_case: int = 0
    minimum_non_letter: int = 0
    minimum_numeric: int = 0
    minimum_symbols: int = 0
    maximum_failed_for_wipe: int = 0


@dataclass(frozen=True, slots=True)
class NonCompliance:
    """What is used of one entry of ``nonComplianceDetails``, in AMAPI's own enum words."""

    specific_reason: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """The AMAPI device, the fields used. Absent and false differ: ``is_secure`` is None where not reported."""

    name: str
    state: str = ""
    applied_state: str = ""
    management_mode: str = ""
    ownership: str = ""
    api_level: int = 0
    android_version: str = ""
    brand: str = ""
    model: str = ""
    serial_number: str = ""
    policy_name: str = ""
    applied_policy_name: str = ""
    password_policies: tuple[PasswordPolicy, ...] = ()
    non_compliance: tuple[NonCompliance, ...] = ()
    is_secure: bool | None = None
    last_status_report_time: datetime | None = None
    enrollment_time: datetime | None = None
    previous_device_names: tuple[str, ...] = ()
    enrollment_token_data: str = ""


@dataclass(frozen=True, slots=True)
class OpenAction:
    """The action that holds the device's lock, as lists show it."""

    name: str
    status: str


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """The mirrored device as stored under ``enterprises/{e}/devices/{d}``.

    ``mirror_time`` is when AMAPI was last read (UTC). ``gone_time`` is set when AMAPI no longer knows the device;
    then ``search`` and the sort keys are None, so that it drops out of every list. Sort keys are "" where the
    fact is missing, because a document without the field is not in that order at all.
    """

    device: Device
    mirror_time: datetime
    revision: int = 1
    enrolled_user: DeviceUser | None = None
    imported_user: DeviceUser | None = None
    assigned_user: DeviceUser | None = None
    open_action: OpenAction | None = None
    latest_action: str | None = None
    gone_time: datetime | None = None
    search: tuple[str, ...] | None = None
    user_key: str | None = None
    model_key: str | None = None
    last_seen: datetime | None = None

    @property
    def user(self) -> DeviceUser | None:
        """The user by rising precedence: enrolment token, CSV import, assignment in the console."""
        return self.assigned_user or self.imported_user or self.enrolled_user

    @property
    def display_name(self) -> str:
        """Model and serial number as lists show them."""
        return " · ".join(part for part in (self.device.model, self.device.serial_number) if part)
