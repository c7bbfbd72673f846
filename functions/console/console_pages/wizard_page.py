"""The page before a reset: is it the right device, what will happen, with which options."""

import gettext
import re
import uuid
from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Response, request

from console_pages.device_page import DEVICE
from console_pages.flow_words import BLOCKERS, VALIDITIES, countdown_words, duration_words, rule_words
from console_pages.frame import Frame
from console_pages.pages import Site, render, see_other
from shared.domain.device import DeviceRecord
from shared.domain.mail_address import is_plain_address
from shared.domain.passcode_rule import wipe_after
from shared.domain.reset_warnings import STALE_AFTER
from shared.domain.resource_names import device_name
from shared.services.read_reset import BeforeReset, ReadReset

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def add(pages: Blueprint, site: Site) -> None:
    """Add the page."""
    pages.add_url_rule(f"{DEVICE}/reset", "wizard", partial(_wizard, site))


def _wizard(site: Site, enterprise_id: str, device_id: str) -> Response:
    """Show the wizard under one request id, which its address keeps over reload, Back and restored tabs."""
    frame, device = site.frame("devices", enterprise_id), device_name(enterprise_id, device_id)
    reads = ReadReset(site.reads.store, site.clock)
    request_id = request.args.get("request", "")
    if not _UUID.fullmatch(request_id):
        return see_other(f"/{device}/reset?request={uuid.uuid4()}")
    earlier = reads.earlier(frame.caller, device, request_id)
    if earlier:
        return see_other(f"/{earlier}")
    return _page(frame, reads.before(frame.caller, device), request_id, site.clock.now())


def _page(frame: Frame, before: BeforeReset, request_id: str, now: datetime) -> Response:
    record, verdict, valid_for = before.record, before.verdict, frame.settings.default_valid_for_s
    return render(
        frame,
        "wizard.html",
        current="true",
        record=record,
        verdict=verdict,
        running=before.running,
        request_id=request_id,
        rule=rule_words(record, frame.catalogue),
        wipes_after=wipe_after(record.device),
        has_address=bool(record.user and is_plain_address(record.user.email)),
        days=frame.settings.retention_s // 86_400,
        validities=_validities(valid_for, frame.catalogue),
        valid_for=valid_for,
        until=(now + timedelta(seconds=valid_for)).isoformat(timespec="seconds"),
        stale=_is_stale(record, now),
        codes=",".join(sorted(finding.code for finding in (*verdict.blockers, *verdict.warnings))),
        words=_words(frame.catalogue),
    )


def _validities(default_s: int, texts: gettext.NullTranslations) -> list[tuple[int, str]]:
    """Return the choices, the enterprise's own default among them."""
    seconds = {int(choice.total_seconds()) for choice in VALIDITIES} | {default_s}
    return [(each, duration_words(each, texts)) for each in sorted(seconds)]


def _is_stale(record: DeviceRecord, now: datetime) -> bool:
    reported = record.device.last_status_report_time
    return reported is None or now - reported > STALE_AFTER


def _words(texts: gettext.NullTranslations) -> dict[str, object]:
    return {
        **countdown_words(texts),
        "reset": texts.gettext("Reset"),
        "resetting": texts.gettext("Resetting…"),
        "blockers": {code: texts.gettext(words) for code, words in BLOCKERS.items()},
    }
