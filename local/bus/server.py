"""The HTTP face of the bus, on loopback only (laptop stack)."""

import base64
import json
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated, Any, Protocol

import msgspec

from local.bus.journal import Content

MAX_BODY_BYTES = 10_000_000
"""Pub/Sub's largest publish request. Source: https://cloud.google.com/pubsub/quotas#resource_limits"""

IDLE_S = 60.0
"""A kept connection that says nothing for so long is closed."""


class Publisher(Protocol):
    """What the server needs of the bus."""

    def publish(self, topic: str, contents: Sequence[Content]) -> list[str] | None:
        """Store messages; None where there is no such topic."""

    def stats(self) -> dict[str, object]:
        """Return counts."""


class _WireMessage(msgspec.Struct, forbid_unknown_fields=True):
    data: str = ""
    attributes: dict[Annotated[str, msgspec.Meta(min_length=1)], str] = {}  # msgspec copies it


class _PublishBody(msgspec.Struct, forbid_unknown_fields=True):
    messages: Annotated[list[_WireMessage], msgspec.Meta(min_length=1, max_length=1000)]


class BusServer(ThreadingHTTPServer):
    """Serves ``POST /v1/{topic}:publish``, ``GET /health`` and ``GET /_bus/stats``."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, bus: Publisher, port: int) -> None:
        """Bind the port, 0 for a free one."""
        self.bus = bus
        super().__init__(("127.0.0.1", port), _Handler)


class _Refusal(Exception):  # noqa: N818  # it is an answer
    def __init__(self, code: HTTPStatus, status: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.body = {"error": {"code": int(code), "message": message, "status": status}}


class _Handler(BaseHTTPRequestHandler):
    server: BusServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_S

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(HTTPStatus.OK, {"status": "ok"})
        elif self.path == "/_bus/stats":
            self._answer(HTTPStatus.OK, self.server.bus.stats())
        else:
            self._refuse(_Refusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", "No such page"))

    def do_POST(self) -> None:
        try:
            self._answer(HTTPStatus.OK, {"messageIds": self._publish()})
        except _Refusal as refusal:
            self._refuse(refusal)

    def _publish(self) -> list[str]:
        contents = _contents(self._body())
        topic, _, method = self.path.removeprefix("/v1/").rpartition(":")
        ids = self.server.bus.publish(topic, contents) if method == "publish" else None
        if ids is None:
            raise _Refusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", "Topic not found")
        return ids

    def _body(self) -> bytes:
        """Read the body. Only JSON is taken: no web page can send that here unasked."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise _Refusal(HTTPStatus.LENGTH_REQUIRED, "INVALID_ARGUMENT", "Content-Length is missing")
        if int(length) > MAX_BODY_BYTES:
            raise _Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "INVALID_ARGUMENT", "The request is too large")
        body = self.rfile.read(int(length))
        if self.headers.get_content_type() != "application/json":
            raise _Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "INVALID_ARGUMENT", "Only application/json is taken")
        return body

    def _refuse(self, refusal: _Refusal) -> None:
        self.close_connection = True  # the body may be unread
        self._answer(refusal.code, refusal.body)

    def _answer(self, code: HTTPStatus, body: dict[str, Any]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_args: object) -> None:
        """Say nothing: a line a request would drown the rest of the stack."""


def _contents(body: bytes) -> list[Content]:
    try:
        messages = msgspec.json.decode(body, type=_PublishBody).messages
        contents = [Content(base64.b64decode(each.data, validate=True), each.attributes) for each in messages]
    except ValueError as problem:
        raise _Refusal(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "Payload isn't valid for request.") from problem
    if not all(content.data or content.attributes for content in contents):
        raise _Refusal(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "Some messages are empty")
    return contents
