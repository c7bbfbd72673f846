"""Errors as pages: what happened, whether resets are safe, and what to do next."""

import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from console_pages.frame import Frame, language_of
from shared.domain.errors import PasscodeResetError, PermanentError, RejectedError
from shared.domain.resource_names import ID_PATTERN, enterprise_name
from shared.domain.roles import Right, roles_with
from shared.runtime.web import ERRORS, http_error
from shared.services.access import Caller
from shared.services.languages import N_

log = logging.getLogger(__name__)

NEEDS = {
    Right.READ.value: N_("Seeing this enterprise needs the role {role}."),
    Right.RESET.value: N_("Resetting a passcode needs the role {role}."),
    Right.REVEAL.value: N_("Seeing passcodes needs the role {role}."),
    Right.MANAGE.value: N_("Assigning a user needs the role {role}."),
}
"""By the right that is missing; ``role`` is the least one that carries it."""

_IN_ENTERPRISE = re.compile(rf"/enterprises/({ID_PATTERN.pattern})(?:/|$)")


class ErrorPages:
    """Answers every error of a page with a page, in the frame that the reader may see."""

    def __init__(self, frame: Callable[..., Frame], render: Callable[..., Response]) -> None:
        """Take how a frame is found (``Site.frame``) and how a page is made (``pages.render``)."""
        self._frame = frame
        self._render = render

    def refused(self, error: PasscodeResetError) -> Response:
        """Answer what the product itself refuses, or could not do."""
        reason = error.reason if isinstance(error, RejectedError) else "UNAVAILABLE"
        code = ERRORS.get(reason, ERRORS["INTERNAL"])[0]
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._failed(HTTPStatus.SERVICE_UNAVAILABLE, error)
        frame = self._reader()
        return self._page(frame, code, reason=reason, message=error.message, needs=_needs(frame, error))

    def unexpected(self, error: Exception) -> Response:
        """Answer what nobody expected: the reader is told no more than a reference."""
        if isinstance(error, HTTPException):
            return self.no_page(error)
        return self._failed(HTTPStatus.INTERNAL_SERVER_ERROR, error)

    def no_page(self, error: HTTPException) -> Response:
        """Answer a path that is none: JSON under ``/v1``, a page elsewhere."""
        if request.path.startswith("/v1/") or error.code != HTTPStatus.NOT_FOUND:
            return http_error(error)
        return self.refused(RejectedError("NOT_FOUND", "There is no such page."))

    def _failed(self, code: int, error: Exception) -> Response:
        """Say that it did not work, under a reference that stands in the log line too."""
        reference = secrets.token_hex(4)
        facts: dict[str, str] = {}
        if isinstance(error, PasscodeResetError):
            facts = {"reason": error.reason, "detail": error.message}
        log.error("page failed", exc_info=None if facts else error, extra={"reference": reference, **facts})
        permanent = code != HTTPStatus.SERVICE_UNAVAILABLE or isinstance(error, PermanentError)
        return self._page(self._unread(), code, reference=reference, permanent=permanent)

    def _page(self, frame: Frame, code: int, **facts: Any) -> Response:
        return self._render(frame, "error.html", code, code=code, **_ABSENT | facts)

    def _reader(self) -> Frame:
        """Return as much of the frame as this reader may see."""
        enterprise_id = _enterprise_id()
        if enterprise_id:
            try:
                return self._frame("", enterprise_id)
            except PasscodeResetError:
                pass  # no member there, or signed out: then the frame is in no enterprise
        return self._bare()

    def _unread(self) -> Frame:
        """Return the frame without asking the store again; the enterprise is what the address says, unproved."""
        enterprise_id = _enterprise_id()
        return replace(self._bare(), enterprise=enterprise_name(enterprise_id) if enterprise_id else "")

    def _bare(self) -> Frame:
        try:
            return self._frame("")
        except PasscodeResetError:
            return Frame(Caller(""), language_of(request))


def _enterprise_id() -> str:
    found = _IN_ENTERPRISE.match(request.path)
    return found[1] if found else ""


_ABSENT = {"reason": "", "message": "", "needs": "", "reference": "", "permanent": False}


def _needs(frame: Frame, error: PasscodeResetError) -> str:
    right = error.metadata.get("right", "") if isinstance(error, RejectedError) else ""
    if right not in NEEDS:
        return ""
    return frame.catalogue.gettext(NEEDS[right]).format(role=roles_with(Right(right))[-1])
