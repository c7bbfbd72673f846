"""All pages of the console, in one list."""

from collections.abc import Callable

from flask import Blueprint, Flask

from console_pages import (
    action_page,
    device_page,
    devices_page,
    log_export,
    log_page,
    overview_page,
    pages,
    user_page,
    wizard_page,
)
from shared.runtime.clock import SystemClock
from shared.runtime.web import Identity
from shared.services.read_console import ReadConsole

MODULES: tuple[Callable[[Blueprint, pages.Site], None], ...] = (
    wizard_page.add,
    action_page.add,
    device_page.add,
    user_page.add,
    devices_page.add,
    log_page.add,
    log_export.add,
    overview_page.add,
)
"""Each adds the routes of one page."""


def add_pages(app: Flask, identity: Identity, reads: ReadConsole) -> None:
    """Put the console's pages into its app."""
    pages.add_pages(app, pages.Site(identity, reads, SystemClock()), MODULES)
