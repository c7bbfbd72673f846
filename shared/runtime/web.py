"""HTTP: the error table, who calls, bodies in and JSON out (runtime layer).

Every refusal has a stable ``reason`` in the shape of google.rpc.Status (AIP-193).
"""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from math import ceil
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
from flask import Flask, Request, Response, request
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from shared.domain import resource_names as names
from shared.domain.errors import PasscodeResetError, RejectedError, TransientError
from shared.runtime import steps, trace_context
from shared.services.access import Caller, not_found
from shared.services.ports import TokenVerifier

log = logging.getLogger(__name__)

B = TypeVar("B", bound=msgspec.Struct)

MAX_BODY_BYTES = 64 * 1024
"""Twenty times the longest body that makes sense."""

DOMAIN = "passcode-reset"

JSON_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
"""Nobody may keep, frame or misread an answer: it may hold a passcode."""

ERRORS: dict[str, tuple[int, str]] = {
    "MALFORMED_BODY": (400, "INVALID_ARGUMENT"),
    "UNKNOWN_FIELD": (400, "INVALID_ARGUMENT"),
    "INVALID_FIELD": (400, "INVALID_ARGUMENT"),
    "INVALID_PARAMETER": (400, "INVALID_ARGUMENT"),
    "INVALID_PAGE_TOKEN": (400, "INVALID_ARGUMENT"),
    "INVALID_VALIDITY": (400, "INVALID_ARGUMENT"),
    "INVALID_EMAIL": (400, "INVALID_ARGUMENT"),
    "DEVICE_NOT_ELIGIBLE": (400, "FAILED_PRECONDITION"),
    "USER_HAS_NO_ADDRESS": (400, "FAILED_PRECONDITION"),
    "PASSCODE_NOT_AVAILABLE": (400, "FAILED_PRECONDITION"),
    "UNAUTHENTICATED": (401, "UNAUTHENTICATED"),
    "ROLE_REQUIRED": (403, "PERMISSION_DENIED"),
    "CROSS_ORIGIN": (403, "PERMISSION_DENIED"),
    "NOT_FOUND": (404, "NOT_FOUND"),
    "METHOD_NOT_ALLOWED": (405, "UNIMPLEMENTED"),
    "RESET_IN_PROGRESS": (409, "ABORTED"),
    "REQUEST_ID_REUSED": (409, "ALREADY_EXISTS"),
    "PASSCODE_DESTROYED": (410, "NOT_FOUND"),
    "BODY_TOO_LARGE": (413, "INVALID_ARGUMENT"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "INVALID_ARGUMENT"),
    "TOO_MANY_RESETS": (429, "RESOURCE_EXHAUSTED"),
    "RESETS_STOPPED": (429, "RESOURCE_EXHAUSTED"),
    "TOO_MANY_READINGS": (429, "RESOURCE_EXHAUSTED"),
    "CIPHERTEXT_REJECTED": (500, "DATA_LOSS"),
    "INTERNAL": (500, "INTERNAL"),
    "UNAVAILABLE": (503, "UNAVAILABLE"),
}
"""Every reason there is, with its HTTP status and google.rpc word; a test compares it with what code raises."""

_OUR_FAULT = "Something went wrong on our side."


def error_answer(reason: str, message: str, metadata: dict[str, str] | None = None) -> Response:
    """Return the JSON answer of a refusal; an unlisted reason is answered as an internal error."""
    if reason not in ERRORS:
        log.error("unlisted reason", extra={"reason": reason})
        reason, message, metadata = "INTERNAL", _OUR_FAULT, None
    code, status = ERRORS[reason]
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": DOMAIN,
        "metadata": metadata or {},
    }
    return json_answer({"error": {"code": code, "status": status, "message": message, "details": [info]}}, code)


def unavailable(retry_after_s: float = 1) -> Response:
    """Return the answer to what may work when the same request is sent again."""
    answer = error_answer("UNAVAILABLE", "This did not work right now. The same request can be sent again.")
    answer.headers["Retry-After"] = str(ceil(retry_after_s))
    return answer


def json_answer(value: object, code: int = 200) -> Response:
    """Return a JSON answer that nobody may keep or misread."""
    return Response(msgspec.json.encode(value), code, JSON_HEADERS, content_type="application/json")


def method_not_allowed(allowed: Iterable[str]) -> Response:
    """Return the answer to a method that a path does not take, with those that it takes."""
    answer = error_answer("METHOD_NOT_ALLOWED", "This path does not take this method.")
    answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def decode(kind: type[B], raw: Request) -> B:
    """Decode a request's JSON body; an absent body is an empty object.

    Raises:
        RejectedError: ``UNSUPPORTED_MEDIA_TYPE``, ``MALFORMED_BODY``, ``UNKNOWN_FIELD``, ``INVALID_FIELD``.
    """
    body = raw.get_data(cache=False)
    if body and raw.mimetype != "application/json":
        raise RejectedError("UNSUPPORTED_MEDIA_TYPE", "The body is JSON: send Content-Type: application/json.")
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        text = str(error)
        reason = "UNKNOWN_FIELD" if "unknown field" in text else "INVALID_FIELD"
        raise RejectedError(reason, text[:200]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RejectedError("MALFORMED_BODY", "The body is not valid JSON.") from None


class Identity:
    """Finds out who calls, by the one kind of token that this deployment takes.

    Behind IAP that is its signed assertion, and nothing else is looked at; elsewhere a Google-signed ID token.
    """

    def __init__(self, verifier: TokenVerifier, *, behind_iap: bool) -> None:
        self._verifier = verifier
        self._behind_iap = behind_iap

    def caller(self, raw: Request) -> Caller:
        """Return who calls.

        Raises:
            RejectedError: ``UNAUTHENTICATED``.
            TransientError: certificates could not be fetched.
        """
        token = self._token(raw)
        if not token:
            raise RejectedError("UNAUTHENTICATED", "This needs a signed-in caller.")
        return Caller(self._verifier.verify(token).email, _address(raw, behind_iap=self._behind_iap))

    def _token(self, raw: Request) -> str:
        if self._behind_iap:
            return raw.headers.get("X-Goog-IAP-JWT-Assertion", "")
        kind, _, token = raw.headers.get("Authorization", "").partition(" ")
        return token.strip() if kind.casefold() == "bearer" else ""


def _address(raw: Request, *, behind_iap: bool) -> str:
    """Return the caller's network address as Google's front end saw it; what stands before is the client's word.

    The load balancer before IAP appends the client's address and its own; a function without one gets the
    client's address appended alone.
    """
    seen = [part.strip() for part in raw.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    address = seen[-2] if behind_iap and len(seen) > 1 else (seen or [raw.remote_addr or ""])[-1]
    return address[:64]


def api_app(name: str, console_url: str) -> Flask:
    """Return a Flask app with the error table, size limit, origin check and ``/health``; routes are added to it."""
    app = Flask(name, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    origin = _origin(console_url)
    app.before_request(_know_subject)

    @app.before_request
    def refuse_other_origins() -> Response | None:
        sent = request.headers.get("Origin", "")
        # Without a public address to go by, only the host is compared: TLS ends before this process.
        ours = sent == origin if origin else sent.partition("://")[2] == request.host
        if sent and not ours and request.method not in {"GET", "HEAD"}:
            return error_answer("CROSS_ORIGIN", "This request comes from another site.")
        return None

    @app.get("/health")
    def health() -> Response:
        return json_answer({"status": "ok"})

    app.register_error_handler(PasscodeResetError, _product_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, _unexpected_error)
    return app


def _know_subject() -> None:
    """Name what the request is about on all of its log lines, as far as the path says it."""
    ids = request.view_args or {}
    if "action_id" in ids:
        steps.know(action=names.action_name(ids["enterprise_id"], ids["action_id"]))
    elif "device_id" in ids:
        steps.know(device=names.device_name(ids["enterprise_id"], ids["device_id"]))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _product_error(error: PasscodeResetError) -> Response:
    if isinstance(error, RejectedError):
        # A refusal over a running reset belongs to that reset's story as well.
        about = {"action": error.metadata["action"]} if "action" in error.metadata else {}
        log.info("refused", extra={"reason": error.reason, **about})
        answer = error_answer(error.reason, error.message, dict(error.metadata))
        if "retryAfter" in error.metadata:
            answer.headers["Retry-After"] = error.metadata["retryAfter"]
        return answer
    log.error("unavailable", extra={"reason": error.reason, "detail": error.message})
    if isinstance(error, TransientError):
        return unavailable(error.retry_after_s or 1)
    return error_answer("INTERNAL", _OUR_FAULT)


def http_error(error: HTTPException) -> Response:
    """Return the JSON answer of what the framework refuses: paths, methods, sizes."""
    if isinstance(error, RequestEntityTooLarge):
        return error_answer("BODY_TOO_LARGE", f"A body has at most {MAX_BODY_BYTES} bytes.")
    if isinstance(error, MethodNotAllowed):
        return method_not_allowed(error.valid_methods or ())
    if error.code == HTTPStatus.NOT_FOUND:
        return error_answer("NOT_FOUND", not_found().message)
    return error_answer("MALFORMED_BODY", "The request could not be read.")


def _unexpected_error(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return error_answer("INTERNAL", _OUR_FAULT)


def through(app: Flask) -> Callable[[Request], BaseResponse]:
    """Return the plain function that the functions framework calls, passing each request into the app as a step."""

    def entry(raw: Request) -> BaseResponse:
        environ: dict[str, Any] = raw.environ
        with steps.during(steps.Step(trace_context.of_request(raw.headers))):
            answer = Response.from_app(app.wsgi_app, environ)
            answer.response = steps.in_step(cast("Iterable[bytes]", answer.response))
        return answer

    return entry
