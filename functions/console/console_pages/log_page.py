"""The page of all resets, newest first, filtered as the address says."""

from functools import partial

from flask import Blueprint, Response, request

from console_pages.list_addresses import PAGE_SIZE, address_of
from console_pages.log_filters import CHOICES, LogFilters, filters_of
from console_pages.log_rows import log_rows
from console_pages.pages import Site, render
from shared.services.languages import N_
from shared.services.ports import PageRequest
from shared.services.read_log import ReadLog

_LABELS = {
    "status": N_("Status"),
    "actor": N_("Requested by"),
    "device": N_("Device or user"),
    "from": N_("From"),
    "to": N_("To"),
}


def add(pages: Blueprint, site: Site) -> None:
    """Add the page."""
    pages.add_url_rule("/enterprises/<id:enterprise_id>/actions", "log", partial(_log, site))


def _log(site: Site, enterprise_id: str) -> Response:
    frame = site.frame("log", enterprise_id)
    filters, token = filters_of(request.args), request.args.get("pageToken", "")
    found = ReadLog(site.reads.store).page(
        frame.caller, frame.enterprise, filters.wish, PageRequest(PAGE_SIZE, token or None)
    )
    here = f"/{frame.enterprise}/actions"
    following = {**filters.choices, "pageToken": found.next_page_token}
    return render(
        frame,
        "log.html",
        rows=log_rows(found.actions, frame.catalogue),
        devices_looked_at=found.devices_looked_at,
        filters=filters,
        statuses=CHOICES,
        chips=[(name, _LABELS[name], value, address) for name, value, address in _chips(here, filters)],
        here=here,
        export=address_of(f"{here}.csv", filters.choices),
        first_page=address_of(here, filters.choices) if token else "",
        next_page=address_of(here, following) if found.next_page_token else "",
    )


def _chips(here: str, filters: LogFilters) -> list[tuple[str, str, str]]:
    """Return each filter in force with the address that takes it back."""
    return [(name, value, address_of(here, filters.without(name))) for name, value in filters.in_force.items()]
