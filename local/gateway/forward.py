"""Passes a request on to a function and its answer back (laptop stack)."""

import http.client
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing, suppress
from typing import IO
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request, Response

from local.gateway.answers import error

ASSERTION_HEADER = "x-goog-iap-jwt-assertion"

MAX_BODY = 32 * 2**20
"""Cloud Run takes HTTP/1 requests up to 32 MiB and refuses larger ones by itself. Source: Cloud Run quotas."""

KEPT_IN_MEMORY = 2**20
"""Larger bodies go through a file: sixteen uploads at once must not cost half a gigabyte."""

TIMEOUT_S = 60.0
"""Longer than any function may take in production (their own limit is below a minute)."""

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""They belong to one connection. Source: RFC 9110 section 7.6.1."""

OWNED = frozenset({"authorization", "content-length", "cookie", "expect", "x-forwarded-for", "x-forwarded-proto"})
"""Set anew here, or taken away: IAP consumes ``Authorization``, the session cookie is none of the function's."""


def forward(request: Request, target: str, assertion: str | None, own_cookie: str) -> Response:
    """Send ``request`` to the function at ``target`` by exactly one HTTP request and return its answer.

    Nothing is ever sent twice: a second POST could be a second reset. 502 where the function gives no answer.
    """
    with tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY) as body:
        length = _take_in(request.stream, body)
        if length > MAX_BODY:
            return error(413, "OUT_OF_RANGE", f"The request is larger than {MAX_BODY} bytes.")
        headers = request_headers(request, assertion, own_cookie)
        if length or request.method not in {"GET", "HEAD"}:
            headers["Content-Length"] = str(length)
        try:
            return _exchange(request, target, headers, body)
        except (OSError, http.client.HTTPException) as cause:
            sys.stderr.write(f"{request.method} {request.path}: {target} did not answer: {cause!r}\n")
            return error(502, "UNAVAILABLE", "The function behind the gateway did not answer.")


def request_headers(request: Request, assertion: str | None, own_cookie: str) -> Headers:
    """Return the headers that the function sees: no header that only Google's front end may set comes through."""
    kept = Headers()
    dropped = _named_by_connection(request.headers.getlist("Connection")) | HOP_BY_HOP | OWNED
    for name, value in request.headers:
        lower = name.casefold()
        if lower not in dropped and not lower.startswith("x-goog-"):
            kept.add(name, value)
    cookies = [pair for pair in _cookie_pairs(request) if pair.partition("=")[0] != own_cookie]
    if cookies:
        kept["Cookie"] = "; ".join(cookies)
    supplied = request.headers.getlist("X-Forwarded-For")
    # Google's balancer appends "client,balancer" to what the client supplied. Source: its page on X-Forwarded-For.
    kept["X-Forwarded-For"] = ",".join([*supplied, request.remote_addr or "127.0.0.1", "127.0.0.1"])
    kept["X-Forwarded-Proto"] = request.scheme
    if assertion is not None:
        kept[ASSERTION_HEADER] = assertion
    return kept


def raw_target(request: Request) -> tuple[str, str]:
    """Return (path, query with its question mark) exactly as they came, not decoded."""
    uri = str(request.environ.get("RAW_URI") or "/")
    if uri.startswith(("http://", "https://")):  # absolute form, as to a proxy
        parts = urlsplit(uri)
        uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path, mark, query = uri.partition("?")
    return path, mark + query


def _exchange(request: Request, target: str, headers: Headers, body: IO[bytes]) -> Response:
    address = urlsplit(target)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_S)
    with closing(connection):
        connection.putrequest(
            request.method, "".join(raw_target(request)), skip_host=True, skip_accept_encoding=True
        )
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        # A function that refuses a large body may answer and hang up while it is still being sent: read the answer.
        with suppress(BrokenPipeError, ConnectionResetError):
            while chunk := body.read(65536):
                connection.send(chunk)
        answer = connection.getresponse()
        content = answer.read()
    return Response(content, answer.status, _response_headers(answer.getheaders()))


def _response_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    rows = list(headers)
    # Server and Date are set anew by the server that the caller talks to.
    dropped = (
        HOP_BY_HOP
        | {"server", "date"}
        | _named_by_connection(value for name, value in rows if name.casefold() == "connection")
    )
    return Headers([(name, value) for name, value in rows if name.casefold() not in dropped])


def _named_by_connection(values: Iterable[str]) -> frozenset[str]:
    return frozenset(name.strip().casefold() for value in values for name in value.split(","))


def _cookie_pairs(request: Request) -> list[str]:
    return [
        pair.strip() for value in request.headers.getlist("Cookie") for pair in value.split(";") if pair.strip()
    ]


def _take_in(stream: IO[bytes], body: IO[bytes]) -> int:
    """Copy the request's body up to one byte past the bound, rewind, and return the length."""
    length = 0
    while length <= MAX_BODY and (chunk := stream.read(65536)):
        body.write(chunk)
        length += len(chunk)
    body.seek(0)
    return length
