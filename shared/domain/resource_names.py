"""Names of resources and the one allow-list of what an id may hold (domain layer).

The AMAPI client lets ``D:wipe``, ``..`` and ``%2F`` into its URL, so every id is checked here before a name is
built from it. Observed AMAPI ids: ``LC…`` for enterprises, 16 hex digits for devices, milliseconds for operations.
No id begins with two underscores: Firestore keeps ``__…__`` for itself and takes no document of such a name.
"""

import re
from datetime import date

from shared.domain import mail_address

_ID = r"(?!__)[A-Za-z0-9_-]{1,128}"
ID_PATTERN = re.compile(_ID)
_ENTERPRISE = re.compile(rf"enterprises/({_ID})")
_DEVICE = re.compile(rf"enterprises/({_ID})/devices/({_ID})")
_ACTION = re.compile(rf"enterprises/({_ID})/actions/({_ID})")
_OPERATION = re.compile(rf"(enterprises/({_ID})/devices/({_ID}))/operations/({_ID})")


def _checked(value: str) -> str:
    if not ID_PATTERN.fullmatch(value):
        raise ValueError(f"not an id: {value[:60]!r}")
    return value


def enterprise_name(enterprise_id: str) -> str:
    """Return ``enterprises/{e}``; ValueError where the id is not on the allow-list (so for all below)."""
    return f"enterprises/{_checked(enterprise_id)}"


def device_name(enterprise_id: str, device_id: str) -> str:
    """Return ``enterprises/{e}/devices/{d}``."""
    return f"{enterprise_name(enterprise_id)}/devices/{_checked(device_id)}"


def action_name(enterprise_id: str, action_id: str) -> str:
    """Return ``enterprises/{e}/actions/{a}``."""
    return f"{enterprise_name(enterprise_id)}/actions/{_checked(action_id)}"


def is_enterprise(name: str) -> bool:
    """Tell whether ``name`` is a well-formed enterprise name."""
    return _ENTERPRISE.fullmatch(name) is not None


def is_device(name: str) -> bool:
    """Tell whether ``name`` is a well-formed device name."""
    return _DEVICE.fullmatch(name) is not None


def is_action(name: str) -> bool:
    """Tell whether ``name`` is a well-formed action name."""
    return _ACTION.fullmatch(name) is not None


def is_operation(name: str) -> bool:
    """Tell whether ``name`` is a well-formed operation name."""
    return _OPERATION.fullmatch(name) is not None


def enterprise_of(name: str) -> str:
    """Return the enterprise name that any resource name starts with."""
    match = _ENTERPRISE.match(name)
    if match is None:
        raise ValueError(f"not under an enterprise: {name[:80]!r}")
    return match.group(0)


def device_of_operation(name: str) -> str:
    """Return the device name of an operation name; ValueError where it is none."""
    match = _OPERATION.fullmatch(name)
    if match is None:
        raise ValueError(f"not an operation: {name[:80]!r}")
    return match.group(1)


def id_of(name: str) -> str:
    """Return the last segment of a resource name."""
    return name.rpartition("/")[2]


def lock_name(device: str) -> str:
    """Return the lock document of a device name."""
    return f"{enterprise_of(device)}/locks/{id_of(device)}"


def passcode_name(action: str) -> str:
    """Return the passcode document of an action name."""
    return f"{enterprise_of(action)}/passcodes/{id_of(action)}"


def request_name(enterprise: str, request_hash: str) -> str:
    """Return the request document; the hash is over enterprise, actor and request id."""
    return f"{enterprise}/requests/{_checked(request_hash)}"


def event_name(action: str, event_id: str) -> str:
    """Return an event document of an action."""
    return f"{action}/events/{_checked(event_id)}"


def audit_name(enterprise: str, row_id: str) -> str:
    """Return the row of an enterprise's audit that belongs to no action."""
    return f"{enterprise}/audit/{_checked(row_id)}"


def day_name(enterprise: str, day: date) -> str:
    """Return the document that counts an enterprise's resets of one UTC day."""
    return f"{enterprise}/days/{day.isoformat()}"


def window_name(enterprise: str, window: str) -> str:
    """Return the document that counts what people did lately; ``window`` names whose and what."""
    return f"{enterprise}/windows/{_checked(window)}"


def member_name(enterprise: str, email: str) -> str:
    """Return the member document of an e-mail address, which is matched in lower case.

    A slash would change the path; no address of a sign-in holds one.
    """
    address = email.casefold()
    if not address or "/" in address or len(address) > mail_address.MAX_LENGTH:
        raise ValueError("not an e-mail address")
    return f"{enterprise}/members/{address}"


QUIET_NAME = "system/amapi"
"""The shared quiet time after a 429; the quota is the project's, not a tenant's."""
