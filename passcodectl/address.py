"""Where the API is, and ids and names of what is there."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

ID = re.compile(r"(?!__)[A-Za-z0-9_-]{1,128}")
"""Source: ``docs/openapi.yaml``, the pattern of every id in a path."""


class AddressError(ValueError):
    """The message is for a person."""


@dataclass(frozen=True, slots=True)
class Address:
    """The origin of the API, such as ``https://console.example.com``.

    Attributes:
        origin: scheme, host and port, without a slash at the end.
        loopback: it is on this machine.
    """

    origin: str
    loopback: bool


def parse_address(text: str) -> Address:
    """Return the checked address.

    Raises:
        AddressError: no https (loopback may do without), a path, a name and password, or no address at all.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as fault:
        raise AddressError(f"{text!r} is no address: {fault}.") from fault
    if parts.scheme not in {"http", "https"} or not host:
        raise AddressError(f"{text!r} is no address such as https://console.example.com.")
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise AddressError(f"{text!r} must be a scheme, a host and perhaps a port, and nothing else.")
    loopback = is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise AddressError(f"{text!r} is not encrypted: a token must travel by https.")
    shown = f"[{host}]" if ":" in host else host
    return Address(f"{parts.scheme}://{shown}{f':{port}' if port else ''}", loopback)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def enterprise_id(text: str) -> str:
    """Return the id out of ``LC0123`` or ``enterprises/LC0123``.

    Raises:
        AddressError: it is neither.
    """
    found = text.strip().removeprefix("enterprises/")
    if not ID.fullmatch(found):
        raise AddressError(f"{text!r} is no enterprise such as LC0123abcd.")
    return found


def resource_id(text: str, collection: str, enterprise: str) -> str | None:
    """Return the id out of ``ID`` or ``enterprises/E/{collection}/ID``; None where it is neither.

    Raises:
        AddressError: a name of another enterprise.
    """
    if ID.fullmatch(text):
        return text
    match = re.fullmatch(rf"enterprises/([^/]+)/{collection}/([^/]+)", text)
    if match is None or not ID.fullmatch(match[2]):
        return None
    if match[1] != enterprise:
        raise AddressError(f"{text} is not of the enterprise {enterprise}.")
    return match[2]


def last_part(name: str) -> str:
    """Return the id at the end of a resource name."""
    return name.rpartition("/")[2]
