"""The inbox as a Flask application: SendGrid's path, the control paths, the pages (laptop stack)."""

import secrets
import socket
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from local.inbox.mailbox import FaultKind, Letter, Mailbox
from local.inbox.send_request import RefusedError, SendRequest, parse

OWN_NAMES = ["localhost", "127.0.0.1", "[::1]"]
"""Any other host name means that a foreign page made its name point here to read letters."""

MAX_BODY = 2 * 1024 * 1024
"""Bytes; our letters have some 20 kB."""

MAX_FAULTS = 10_000

PAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""No script at all. Letters bring styles of their own, and the frame that shows them inherits this policy."""

pages = Blueprint("inbox", __name__)


def create_app(mailbox: Mailbox) -> Flask:
    """Return the application around one mailbox."""
    app = Flask(__name__)
    app.config.update(TRUSTED_HOSTS=OWN_NAMES, MAX_CONTENT_LENGTH=MAX_BODY)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["mailbox"] = mailbox
    app.register_blueprint(pages)
    app.after_request(_guard)
    return app


def _guard(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _mailbox() -> Mailbox:
    mailbox: Mailbox = current_app.extensions["mailbox"]
    return mailbox


@pages.get("/health")
def health() -> Response:
    """Answer ``{"status": "ok"}``."""
    return jsonify(status="ok")


@pages.post("/v3/mail/send")
def send() -> Response:
    """Take a letter as SendGrid does: 202 without a body, or ``{"errors": [{"message", "field", "help"}]}``."""
    fault = _mailbox().begin_request()
    if fault is not None and fault is not FaultKind.DROP_AFTER_ACCEPT:
        return _play(fault)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key.strip():
        return _errors(401, "The provided authorization grant is invalid, expired, or revoked")
    try:
        _keep(parse(request.get_json(silent=True)))
    except RefusedError as refused:
        return _errors(400, refused.message, refused.field)
    if fault is FaultKind.DROP_AFTER_ACCEPT:
        _hang_up()
    return Response(status=202, headers={"X-Message-Id": secrets.token_urlsafe(16)})


def _keep(letter: SendRequest) -> None:
    for to, subject in letter.recipients:
        _mailbox().add(to, subject, letter.text, letter.html)


def _play(fault: FaultKind) -> Response:
    if fault is FaultKind.HANG:
        _mailbox().hang()
        _hang_up()
    if fault is FaultKind.HTTP_401:
        return _errors(401, "The provided authorization grant is invalid, expired, or revoked")
    if fault is FaultKind.HTTP_429:
        return _errors(429, "too many requests")
    if fault is FaultKind.REFUSE_ADDRESS:
        return _errors(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
    return _errors(500, "Internal Server Error")


def _errors(status: int, message: str, field: str | None = None) -> Response:
    response = jsonify(errors=[{"message": message, "field": field, "help": None}])
    response.status_code = status
    return response


def _hang_up() -> None:
    """Cut the connection: the answer that is written after this reaches nobody."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)


@pages.get("/_inbox/messages")
def messages() -> Response:
    """Answer ``[{"to", "subject", "text", "html", "receivedAt"}]``, oldest first, times in UTC (RFC 3339)."""
    return jsonify([_resource(letter) for letter in _mailbox().letters()])


def _resource(letter: Letter) -> dict[str, str]:
    return {
        "to": letter.to,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "receivedAt": letter.received_at.isoformat().replace("+00:00", "Z"),
    }


@pages.delete("/_inbox/messages")
def clear() -> Response:
    """Forget all letters."""
    _mailbox().clear()
    return Response(status=204)


@pages.post("/_inbox/faults")
def faults() -> Response:
    """Plan faults: ``{"kind": one of FaultKind, "count": 0 … MAX_FAULTS}``; count 0 clears the plan."""
    wish: Any = request.get_json()
    try:
        kind, count = FaultKind(wish["kind"]), int(wish.get("count", 1))
    except (LookupError, ValueError, TypeError, AttributeError):
        return _errors(400, f"kind is one of {', '.join(FaultKind)}; count is a number", "kind")
    if not 0 <= count <= MAX_FAULTS:
        return _errors(400, f"count is 0 to {MAX_FAULTS}", "count")
    _mailbox().add_faults(kind, count)
    return jsonify(kind=kind, count=count)


@pages.get("/")
def index() -> str:
    """Show the letters, newest first."""
    return render_template("index.html", letters=_mailbox().letters()[::-1])


@pages.get("/messages/<int:number>")
def message(number: int) -> str:
    """Show one letter: its HTML in a frame without rights, beside its text."""
    letter = _mailbox().letter(number)
    if letter is None:
        abort(404)
    return render_template("message.html", letter=letter)


@pages.app_errorhandler(HTTPException)
def failed(error: HTTPException) -> Response:
    """Answer an error in the form of the path: SendGrid's JSON for programs, a page for people."""
    code = error.code or 500
    if request.path.startswith(("/v3/", "/_inbox/")):
        return _errors(code, error.name)
    return Response(render_template("error.html", error=error), status=code)
