"""The page that assigns a device's user, whom a passcode may be mailed to."""

from functools import partial

from flask import Blueprint, Response

from console_pages.device_page import DEVICE
from console_pages.pages import Site, render
from shared.domain.device import DeviceUser
from shared.domain.errors import RejectedError
from shared.domain.resource_names import device_name


def add(pages: Blueprint, site: Site) -> None:
    """Add the page."""
    pages.add_url_rule(f"{DEVICE}/user", "device_user", partial(_user, site))


def _user(site: Site, enterprise_id: str, device_id: str) -> Response:
    frame, device = site.frame("devices", enterprise_id), device_name(enterprise_id, device_id)
    record = site.reads.device(frame.caller, device)
    say = frame.catalogue.gettext
    if not frame.may_manage:
        raise RejectedError("ROLE_REQUIRED", say("Assigning a user needs the role admin."))
    return render(
        frame,
        "user.html",
        current="true",
        record=record,
        user=record.user or DeviceUser(),
        has_other=bool(record.imported_user or record.enrolled_user),
        words={"save": say("Save"), "saving": say("Saving…"), "saved": say("Saved.")},
    )
