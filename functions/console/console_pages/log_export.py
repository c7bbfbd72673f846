"""The action log as a CSV file: the rows that a filter shows, for spreadsheets and for auditors.

One row a reset, newest first, of the columns of ``COLUMNS``; UTF-8 with a byte order mark, RFC 4180 line ends and
quotes, times in UTC as ``2026-11-23T14:31:00Z``. The passcode is no column. What people and devices chose to write
cannot become a formula: such a cell gets an apostrophe in front.

Source: RFC 4180; OWASP, CSV injection.
"""

import csv
import gettext
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from io import StringIO

from flask import Blueprint, Response, request

from console_pages.log_filters import filters_of
from console_pages.pages import HEADERS, Site
from shared.domain.action import Action, Recipient
from shared.domain.errors import TransientError
from shared.domain.resource_names import id_of
from shared.services.read_log import MAX_EXPORT, ReadLog

log = logging.getLogger(__name__)

COLUMNS = (
    "requested",
    "status",
    "status_code",
    "user_name",
    "user_email",
    "device",
    "device_id",
    "lock",
    "requested_by",
    "reason",
    "mail_to_admin",
    "mail_to_user",
    "valid_until",
    "sent",
    "ended",
    "took_s",
    "reference",
)
"""Always these, in English and in this order: scripts read them too."""

BOM = "\ufeff"
"""Without it spreadsheets read UTF-8 as something else."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the start of a formula; the last four are the wide forms of the first four."""

_ROWS_A_CHUNK = 200  # some 50 kB: few enough writes, and the first byte leaves at once


def add(pages: Blueprint, site: Site) -> None:
    """Add the export."""
    pages.add_url_rule("/enterprises/<id:enterprise_id>/actions.csv", "log_export", partial(_export, site))


def _export(site: Site, enterprise_id: str) -> Response:
    frame = site.frame("log", enterprise_id)
    actions = ReadLog(site.reads.store).export(frame.caller, frame.enterprise, filters_of(request.args).wish)
    name = f"action-log-{enterprise_id}-{site.clock.now():%Y-%m-%d}.csv"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(lines(actions, frame.catalogue), 200, headers, content_type="text/csv; charset=utf-8")


def lines(actions: Iterable[Action], texts: gettext.NullTranslations, most: int = MAX_EXPORT) -> Iterator[str]:
    """Yield the file in pieces; whoever reads it sees in its last row whether rows are missing.

    Raises:
        TransientError: the store stopped answering: after a row that says so, so that the download fails as well.
    """
    yield BOM
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    try:
        for number, action in enumerate(actions):
            if number == most:
                writer.writerow([texts.gettext("Export stops at 50,000 rows. Narrow the dates.")])
                break
            writer.writerow([inactive(cell) for cell in _cells(action)])
            if number % _ROWS_A_CHUNK == _ROWS_A_CHUNK - 1:
                yield _taken(text)
    except TransientError as error:
        log.error("export broke off", extra={"reason": error.reason})  # noqa: TRY400  # the reason says it all
        writer.writerow([texts.gettext("The export broke off here: rows are missing. Export again.")])
        yield _taken(text)
        raise
    yield _taken(text)


def inactive(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _taken(text: StringIO) -> str:
    piece = text.getvalue()
    text.seek(0)
    text.truncate()
    return piece


def _cells(action: Action) -> list[str]:
    user, mails = action.user, {each.recipient: each.status.value for each in action.deliveries}
    took = (action.complete_time - action.create_time).total_seconds() if action.complete_time else None
    return [
        _time(action.create_time),
        action.status.value,
        action.status_reason.code if action.status_reason else "",
        user.display_name if user else "",
        user.email if user else "",
        action.device_display_name,
        id_of(action.device_name),
        action.scope,
        action.actor,
        action.reason,
        mails.get(Recipient.ADMIN, ""),
        mails.get(Recipient.USER, ""),
        _time(action.expire_time),
        _time(action.issue_time),
        _time(action.complete_time),
        "" if took is None else f"{max(0.0, took):.0f}",
        action.name,
    ]


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
