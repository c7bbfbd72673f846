"""The page of one device: its latest passcode, its user, its facts; and its resets on a second tab."""

import gettext
from functools import partial

from flask import Blueprint, Response, request

from console_pages.flow_words import countdown_words, spoken_words
from console_pages.log_rows import log_rows
from console_pages.pages import Site, render
from shared.domain.device import DeviceRecord
from shared.domain.passcode_rule import wipe_after
from shared.domain.resource_names import ID_PATTERN, action_name, device_name
from shared.services.access import not_found
from shared.services.ports import PageRequest
from shared.services.read_log import ReadLog
from shared.services.read_passcode import ReadPasscode
from shared.services.read_reset import ReadReset

DEVICE = "/enterprises/<id:enterprise_id>/devices/<id:device_id>"
LOG_PAGE = 50
"""Resets on one page of a device's log: all that one phone had, as a rule."""


def add(pages: Blueprint, site: Site) -> None:
    """Add both tabs."""
    pages.add_url_rule(DEVICE, "device", partial(_main, site))
    pages.add_url_rule(f"{DEVICE}/log", "device_log", partial(_log, site))


def _main(site: Site, enterprise_id: str, device_id: str) -> Response:
    """Show the device; ``?passcode=`` says whose passcode it is about, so an old mail shows **Replaced**."""
    frame, device = site.frame("devices", enterprise_id), device_name(enterprise_id, device_id)
    before = ReadReset(site.reads.store, site.clock).before(frame.caller, device)
    known = ReadPasscode(site.reads.store, site.clock)(frame.caller, device, _wanted(enterprise_id))
    return render(
        frame,
        "device.html",
        current="true",
        tab="main",
        before=before,
        record=before.record,
        known=known,
        user_source=_source(before.record),
        wipes_after=wipe_after(before.record.device),
        words=_words(frame.catalogue),
    )


def _log(site: Site, enterprise_id: str, device_id: str) -> Response:
    """List the device's resets, newest first."""
    frame, device = site.frame("devices", enterprise_id), device_name(enterprise_id, device_id)
    before = ReadReset(site.reads.store, site.clock).before(frame.caller, device)
    page = PageRequest(LOG_PAGE, request.args.get("pageToken") or None)
    found = ReadLog(site.reads.store).of_device(frame.caller, device, page)
    return render(
        frame,
        "device_log.html",
        current="true",
        tab="log",
        before=before,
        record=before.record,
        rows=log_rows(found.actions, frame.catalogue),
        next_page_token=found.next_page_token,
        paged=page.cursor is not None,
    )


def _wanted(enterprise_id: str) -> str | None:
    wanted = request.args.get("passcode", "")
    if wanted and not ID_PATTERN.fullmatch(wanted):
        raise not_found()
    return action_name(enterprise_id, wanted) if wanted else None


def _source(record: DeviceRecord) -> str:
    """Return where the user is known from: ``assigned``, ``imported``, ``enrolled`` or ""."""
    sources = (
        ("assigned", record.assigned_user),
        ("imported", record.imported_user),
        ("enrolled", record.enrolled_user),
    )
    return next((source for source, user in sources if user), "")


def _words(texts: gettext.NullTranslations) -> dict[str, object]:
    return {
        **countdown_words(texts),
        **spoken_words(texts),
        "passcode": texts.gettext("Passcode"),
        "characters": texts.gettext("Passcode, {count} characters"),
        "hidden": texts.gettext("Passcode hidden."),
        "hiddenSoon": texts.gettext("Passcode is hidden in 20 seconds. Press Show 60 s more to keep it."),
    }
