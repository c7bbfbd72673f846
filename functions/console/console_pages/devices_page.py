"""The page of all devices: find the phone in one search, start the reset."""

from functools import partial

from flask import Blueprint, Response, request

from console_pages.list_addresses import PAGE_SIZE, address_of
from console_pages.pages import Site, render
from shared.domain.eligibility import judge
from shared.services.ports import DEVICE_ORDERS, PageRequest

MAX_QUERY = 100
"""Characters of a search; longer ones name nothing any better."""

_FIRST_CLICK = {"user": "user", "model": "model", "seen": "-seen"}
"""What a column is sorted by first: names from A, reports from the newest."""


def add(pages: Blueprint, site: Site) -> None:
    """Add the page."""
    pages.add_url_rule("/enterprises/<id:enterprise_id>/devices", "devices", partial(_devices, site))


def _devices(site: Site, enterprise_id: str) -> Response:
    frame = site.frame("devices", enterprise_id)
    query = " ".join(request.args.get("query", "").split())[:MAX_QUERY]
    sort = request.args.get("sort", "")
    sort = sort if sort in DEVICE_ORDERS else DEVICE_ORDERS[0]
    token = request.args.get("pageToken", "")
    found = site.reads.devices(frame.caller, frame.enterprise, query, sort, PageRequest(PAGE_SIZE, token or None))
    now = site.clock.now()
    here, asked = f"/{frame.enterprise}/devices", {"query": query, "sort": "" if sort == DEVICE_ORDERS[0] else sort}
    return render(
        frame,
        "devices.html",
        rows=[(record, judge(record, now=now, may_reset=frame.may_reset)) for record in found.rows],
        query=query,
        longest_query=MAX_QUERY,
        sort=sort,
        here=here,
        columns={word: _column(here, query, sort, word) for word in _FIRST_CLICK},
        first_page=address_of(here, asked) if token else "",
        next_page=_next(here, asked, found.next_page_token),
    )


def _next(here: str, asked: dict[str, str], token: str) -> str:
    return address_of(here, {**asked, "pageToken": token}) if token else ""


def _column(here: str, query: str, sort: str, word: str) -> tuple[str, str]:
    """Return where a column's head leads, and how the column is sorted now: the words of ``aria-sort``, or ""."""
    if sort.removeprefix("-") != word:
        following, now = _FIRST_CLICK[word], ""
    elif sort.startswith("-"):
        following, now = word, "descending"
    else:
        following, now = f"-{word}", "ascending"
    return address_of(here, {"query": query, "sort": "" if following == DEVICE_ORDERS[0] else following}), now
