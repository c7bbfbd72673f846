"""Which e-mail addresses a passcode may be sent to, and be sent from (domain layer)."""

import re

MAX_LENGTH = 254
"""Longest address that fits an SMTP path with its brackets. Source: RFC 5321, 4.5.3.1.3, and erratum 1690."""

_NAMED = re.compile(r"""(?P<name>[^<>"@,;:\\\x00-\x1f\x7f]*)<(?P<address>[^<>]*)>""")

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{_LABEL}\.)+{_LABEL}")


def is_plain_address(text: str) -> bool:
    """Tell whether ``text`` is exactly one address, of ASCII characters, and nothing else.

    Everything that could be read as a second address, a name or a new header is refused: commas,
    brackets, quotes, spaces, control characters. Addresses outside ASCII are refused too: turning a domain into its
    ASCII form differs between standards (ß), and a passcode must not reach a namesake.
    """
    return len(text) <= MAX_LENGTH and _ADDRESS.fullmatch(text) is not None


def named_address(text: str) -> tuple[str, str]:
    """Return name ("" for none) and address of ``address`` or ``Name <address>``, as a setting holds a sender.

    Raises:
        ValueError: it is neither. (Python's own parser would quietly take the first of several addresses.)
    """
    match = _NAMED.fullmatch(text.strip())
    name, address = (match["name"].strip(), match["address"]) if match else ("", text.strip())
    if not is_plain_address(address):
        raise ValueError("the sender is neither an e-mail address nor a name and an address: Name <address>")
    return name, address
