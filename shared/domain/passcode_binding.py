"""What a stored passcode is bound to: the associated data of its encryption (domain layer).

A ciphertext opens only together with the very bytes it was sealed with, so a blob that is copied to another
action, device, enterprise or use is refused by the key service and not by a check that someone could forget.
"""

import json

from shared.domain.resource_names import enterprise_of, is_action, is_device, is_enterprise

BINDING_VERSION = 1
"""First element of the binding. A new layout gets a new number; stored passcodes keep theirs."""

PURPOSE_PASSCODE = "passcode"
"""The one use of the key today; another use of the same key must choose another word."""


def binding(
    enterprise: str, device: str, action: str, *, purpose: str = PURPOSE_PASSCODE, version: int = BINDING_VERSION
) -> bytes:
    """Return the associated data for the passcode of ``action``, which resets ``device`` of ``enterprise``.

    The result is the ASCII JSON array ``[version, purpose, enterprise, device, action]`` without spaces. JSON
    strings are quoted and escaped, so no two different inputs give the same bytes. Pure: safe to repeat.

    Raises:
        ValueError: a name is malformed, the three do not belong to one enterprise, or the purpose is empty; this
            is a fault of the program or of stored data, and nothing may be sealed or opened (ack).
    """
    if not (is_enterprise(enterprise) and is_device(device) and is_action(action)):
        raise ValueError("a passcode is bound to the names of an enterprise, a device and an action")
    if enterprise_of(device) != enterprise or enterprise_of(action) != enterprise:
        raise ValueError("device and action belong to different enterprises")
    if not purpose:
        raise ValueError("a binding has a purpose")
    return json.dumps([version, purpose, enterprise, device, action], separators=(",", ":")).encode("ascii")
