"""The device's user as its enrolment token names them (domain layer).

Whoever made the token chose its text, so what is not the agreed JSON is no user, and never an error.
"""

import json

from shared.domain.device import MAX_USER_TEXT, DeviceUser
from shared.domain.mail_address import is_plain_address


def enrolled_user(token_data: str) -> DeviceUser | None:
    """Return the user of ``{"user": {"displayName", "email", "locale"}}``; None where the text is not that.

    Long texts are cut. An address that mail must not be sent to is left out; the name still helps to find the
    device.
    """
    try:
        user = json.loads(token_data)["user"]
        texts = [user.get(key) for key in ("displayName", "email", "locale")]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    name, email, locale = map(_sound, texts)
    address = email if is_plain_address(email) else ""  # never cut: the rest could be somebody else's address
    return DeviceUser(name[:MAX_USER_TEXT], address, locale[:MAX_USER_TEXT]) if name or address else None


def _sound(text: object) -> str:
    """Return a text that can be stored, else ""; JSON can spell half a character, which no store takes."""
    if not isinstance(text, str):
        return ""
    return "" if any("\ud800" <= character <= "\udfff" for character in text) else text
