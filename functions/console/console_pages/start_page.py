"""Where an enterprise begins."""

from functools import partial

from flask import Blueprint, Response

from console_pages.pages import Site, see_other


def add(pages: Blueprint, site: Site) -> None:
    """Add the address; whichever module adds it first has it."""
    pages.add_url_rule("/enterprises/<id:enterprise_id>", "enterprise", partial(_start, site))


def _start(site: Site, enterprise_id: str) -> Response:
    frame = site.frame("devices", enterprise_id)
    return see_other(f"/{frame.enterprise}/devices")
