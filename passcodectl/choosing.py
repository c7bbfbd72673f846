"""Finds the one phone that a person means by an id, a serial number, a person's name or address."""

from itertools import islice

from passcodectl.address import AddressError, last_part, resource_id
from passcodectl.answers import Json
from passcodectl.api import MAX_PAGE, Api
from passcodectl.errors import CtlError, NotFoundError
from passcodectl.exits import Exit
from passcodectl.inert import inert

SHOWN = 8
"""Candidates told to the person; with more, a longer word of the search helps better than a longer list."""


def find_device(api: Api, wanted: str) -> tuple[Json, bool]:
    """Return the device, and whether ``wanted`` names it exactly.

    Exact is its id, name or serial number, or the whole address of its user where that person has no other phone.

    Raises:
        CtlError: none fits, more than one fits, or the search failed.
    """
    try:
        device_id = resource_id(wanted, "devices", api.enterprise)
    except AddressError as fault:
        raise CtlError(Exit.USAGE, str(fault)) from fault
    if device_id is not None:
        try:
            return api.device(device_id), True
        except NotFoundError:
            pass  # it may be a serial number or a name: searched below
    # Of an address all are read: a second phone of the same person must not stand behind the last one looked at.
    most = None if "@" in wanted else SHOWN + 1
    found = list(islice(api.devices(query=wanted, page_size=most or MAX_PAGE), most))
    exact = [device for device in found if wanted.casefold() in _exact_words(device)]
    fitting = exact or found
    if len(fitting) == 1:
        return fitting[0], bool(exact)
    if not fitting:
        raise NotFoundError(f"No device of {api.enterprise} fits {wanted!r}.", (_HOW,))
    raise _ambiguous(wanted, fitting)


_HOW = "A search takes the start of an id, a serial number, a model, or of the user's name or address."


def _exact_words(device: Json) -> set[str]:
    words = (last_part(str(device["name"])), device["serialNumber"], (device["user"] or {}).get("email"))
    return {str(word).casefold() for word in words if word}


def _ambiguous(wanted: str, fitting: list[Json]) -> CtlError:
    lines = [one_line(device) for device in fitting[:SHOWN]]
    more = len(fitting) > SHOWN
    count = f"More than {SHOWN}" if more else str(len(fitting))
    return CtlError(
        Exit.NOT_FOUND,
        f"{count} devices fit {wanted!r}. Name one by its id:",
        reason="AMBIGUOUS",
        hint=(*lines, *(["…"] if more else [])),
    )


def one_line(device: Json) -> str:
    """Return a device in one inert line: id, what it is, who holds it."""
    user = device["user"] or {}
    who = user.get("displayName") or user.get("email") or "nobody known"
    return inert(f"{last_part(str(device['name']))}  {device['displayName']}, {who}")
