"""Puts the pages into the console's app: routes, templates, security headers, errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from console_pages.assets import address, assets
from console_pages.error_pages import ErrorPages
from console_pages.filters import FILTERS
from console_pages.frame import TRANSLATIONS, Frame, language_of
from console_pages.wording import Wording
from shared.domain.action import MAX_REASON
from shared.domain.device import MAX_USER_TEXT
from shared.domain.errors import PasscodeResetError
from shared.domain.mail_address import MAX_LENGTH
from shared.domain.resource_names import enterprise_name, id_of
from shared.runtime.web import Identity, error_answer
from shared.services.languages import catalogue
from shared.services.ports import Clock
from shared.services.read_console import ReadConsole

TEMPLATES = Path(__file__).parent / "templates"

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""``data:`` serves only Bootstrap's own control images."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}

LONGEST = {"reason": MAX_REASON, "name": MAX_USER_TEXT, "address": MAX_LENGTH}
"""Characters that fields take: the API's own bounds, so that nobody types what it would refuse."""


@dataclass(frozen=True, slots=True)
class Site:
    """What pages are made from."""

    identity: Identity
    reads: ReadConsole
    clock: Clock

    def frame(self, section: str, enterprise_id: str | None = None) -> Frame:
        """Return the frame of this request.

        Raises:
            RejectedError: ``UNAUTHENTICATED``, ``NOT_FOUND`` for who is no member.
        """
        caller = self.identity.caller(request)
        bare = Frame(caller, language_of(request), section=section)
        if enterprise_id is None:
            return bare
        enterprise = enterprise_name(enterprise_id)
        membership = self.reads.membership(caller, enterprise)
        return replace(
            bare,
            enterprise=enterprise,
            settings=membership.settings,
            roles=membership.roles,
            rights=membership.rights,
        )


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = catalogue(TRANSLATIONS, language)
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]  # from the extension
    environment.globals |= {"asset": address, "id_of": id_of, "wording": Wording(texts), "longest": LONGEST}
    environment.filters |= FILTERS
    return environment


def text_of(frame: Frame, template: str, **facts: Any) -> Markup:
    """Return the text of a template, safe to put into another one."""
    return Markup(_environment(frame.language).get_template(template).render(frame=frame, **facts))  # noqa: S704  # escaped by the environment


def render(frame: Frame, template: str, status: int = 200, **facts: Any) -> Response:
    """Return a page. ``facts`` may hold foreign text: templates escape it, the filter ``shown`` makes it inert."""
    text = text_of(frame, template, **facts)
    return Response(text, status, HEADERS, content_type="text/html; charset=utf-8")


def see_other(path: str) -> Response:
    """Lead a reader to another page of this console; nobody keeps the answer."""
    return Response("", 303, {**HEADERS, "Location": path}, content_type="text/plain; charset=utf-8")


def add_pages(app: Flask, site: Site, modules: Sequence[Callable[[Blueprint, Site], None]]) -> None:
    """Add assets, start page and the given modules' pages to the app, with errors that are pages too."""
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/assets/<name>", "asset", _asset)
    pages.add_url_rule("/", "start", lambda: _start(site))
    for add in modules:
        add(pages, site)
    errors = ErrorPages(site.frame, render)
    pages.register_error_handler(PasscodeResetError, errors.refused)
    pages.register_error_handler(Exception, errors.unexpected)
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, errors.no_page)


def _asset(name: str) -> Response:
    found = assets().get(name)
    if found is None:
        return error_answer("NOT_FOUND", "There is no such file.")
    # While a new version is rolled out, its page may reach an old instance: what that answers must not be kept.
    kept = "public, max-age=31536000, immutable" if request.args.get("v") == found.version else "no-store"
    headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    return Response(found.content, 200, headers, content_type=found.content_type)


def _start(site: Site) -> Response:
    frame = site.frame("")
    places = site.reads.memberships(frame.caller)
    if len(places) == 1:
        return see_other(f"/{places[0].enterprise}")
    if not places:
        return render(frame, "no_access.html", 403)
    places.sort(key=lambda place: (place.settings.display_name or place.enterprise).casefold())
    return render(frame, "enterprises.html", places=places)
