"""The first page of an enterprise: what needs attention, and how the resets of the last thirty days went."""

import gettext
from collections import Counter
from datetime import date, timedelta
from functools import partial

from flask import Blueprint, Response

from console_pages.charts import Bar, bars_of, columns_of, counts_of, scale_of
from console_pages.flow_words import elapsed_words
from console_pages.frame import Frame
from console_pages.list_addresses import address_of
from console_pages.local_numbers import count_words, day_words, span_words
from console_pages.pages import Site, render
from shared.domain import statistics
from shared.domain.action import Recipient
from shared.domain.statistics import Bucket, Figures, percentile_s
from shared.services.languages import N_
from shared.services.read_overview import Attention, Overview, ReadOverview

TIME_BARS = (
    N_("within 5 s"),
    N_("5 to 30 s"),
    N_("30 s to 5 min"),
    N_("5 min to 1 h"),
    N_("1 to 24 h"),
    N_("over 24 h"),
)

_LEFT = N_("Left management")
_OTHER = N_("Other")

REASONS = {
    "EXPIRED:NOT_ONLINE_IN_TIME": N_("Not online in time"),
    "EXPIRED:NO_ANSWER": N_("No answer in time"),
    "EXPIRED:NOT_SENT_IN_TIME": N_("Not sent in time"),
    "CANCELLED:": N_("Cancelled by a person"),
    "UNKNOWN:OUTCOME_UNKNOWN": N_("Outcome unknown"),
    "FAILED:INVALID_VALUE": N_("Rules changed on the device"),
    "FAILED:API_LEVEL": N_("Android too old"),
    "FAILED:MANAGEMENT_MODE": N_("Not possible in this management mode"),
    "FAILED:UNSUPPORTED": N_("Not possible at that moment"),
    "FAILED:UNKNOWN": N_("Device gave no reason"),
    "FAILED:GONE": _LEFT,
    "FAILED:NOT_FOUND": _LEFT,
    "FAILED:DEVICE_GONE": _LEFT,
    "FAILED:ACTOR_NOT_AUTHORISED": N_("Right was lost meanwhile"),
}
"""Why a reset was not done, by how it was counted; the page of a reset says what to do."""

MAX_REASONS = 7
"""Bars of reasons; the rarest are told together."""

_UNTOLD = {
    frozenset({Recipient.ADMIN}): N_("mail to admin"),
    frozenset({Recipient.USER}): N_("mail to user"),
    frozenset({Recipient.ADMIN, Recipient.USER}): N_("mails to admin and user"),
}


def add(pages: Blueprint, site: Site) -> None:
    """Add the page."""
    pages.add_url_rule("/enterprises/<id:enterprise_id>", "overview", partial(_overview, site))


def _overview(site: Site, enterprise_id: str) -> Response:
    frame = site.frame("overview", enterprise_id)
    overview = ReadOverview(site.reads.store, site.clock)(frame.enterprise, frame.rights)
    first, last = overview.days[0][0], overview.days[-1][0]
    top = scale_of(max(figures.total for _, figures in overview.days))
    return render(
        frame,
        "overview.html",
        overview=overview,
        span=span_words(first, last, frame.language),
        attention=[(one, _untold(one, frame.catalogue)) for one in overview.attention],
        columns=columns_of(overview.days, top),
        scale=[number(frame, count) for count in (top, top // 2, 0)],
        marks=[day_words(overview.days[place][0], frame.language) for place in (0, len(overview.days) // 2, -1)],
        totals=dict(counts_of(overview.total)),
        days=_rows(overview, frame),
        median=_time(overview.total, 0.5, frame),
        slow=_time(overview.total, 0.95, frame),
        time_bars=time_bars(overview.total, frame.catalogue),
        reason_bars=reason_bars(overview.total, f"/{frame.enterprise}/actions", first, frame.catalogue),
        number=partial(number, frame),
        count_of=lambda bucket: overview.total.of(Bucket(bucket)),
        running=address_of(f"/{frame.enterprise}/actions", {"status": "RUNNING"}),
    )


def number(frame: Frame, count: int) -> str:
    """Return a count as the reader's language writes it."""
    return count_words(count, frame.language)


def _untold(one: Attention, texts: gettext.NullTranslations) -> str:
    """Return which mail did not arrive, "" where none is the matter."""
    untold = frozenset(letter.recipient for letter in statistics.undelivered(one.action))
    return texts.gettext(_UNTOLD[untold]) if one.need is statistics.Need.MAIL else ""


def _rows(overview: Overview, frame: Frame) -> list[tuple[str, list[str]]]:
    """Return the days that had resets, newest first, with their counts: what the columns show, as text."""
    return [
        (day_words(day, frame.language), [number(frame, count) for _, count in counts_of(figures)])
        for day, figures in reversed(overview.days)
        if figures.total
    ]


def _time(total: Figures, share: float, frame: Frame) -> str:
    seconds = percentile_s(total.times, share)
    return "" if seconds is None else elapsed_words(timedelta(seconds=max(1, round(seconds))), frame.catalogue)


def time_bars(total: Figures, texts: gettext.NullTranslations) -> tuple[Bar, ...]:
    """Return the six bars of the time from request to confirmation."""
    counts = statistics.bars_of(total.times)
    return bars_of([(texts.gettext(label), count, "") for label, count in zip(TIME_BARS, counts, strict=True)])


def reason_bars(total: Figures, log: str, first: date, texts: gettext.NullTranslations) -> tuple[Bar, ...]:
    """Return a bar for each reason, the most frequent first, each leading to the log of such an end.

    Args:
        total: the figures.
        log: address of the action log.
        first: the first day of the figures.
        texts: the reader's language.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for key, count in total.reasons.items():
        counts[REASONS.get(key, _OTHER), key.partition(":")[0]] += count
    told = [item for item in counts.most_common() if item[0][0] != _OTHER][: MAX_REASONS - 1]
    rest = [item for item in counts.most_common() if item not in told]
    rows = [(words, count, {"status": status, "from": first.isoformat()}) for (words, status), count in told]
    if rest:
        statuses = {status for (_, status), _ in rest}
        only = {"status": statuses.pop()} if len(statuses) == 1 else {}
        rows.append((_OTHER, sum(count for _, count in rest), {**only, "from": first.isoformat()}))
    return bars_of([(texts.gettext(words), count, address_of(log, where)) for words, count, where in rows])
