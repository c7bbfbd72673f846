"""JSON over HTTP for the programs of the laptop stack: one request, one answer, nothing sent twice."""

import http.client
import json
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]


class HttpError(Exception):
    """No answer, or not the wanted one.

    Attributes:
        status: the HTTP status, 0 where there was no answer.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def fetch(
    method: str, url: str, body: Json | None = None, token: str | None = None, timeout_s: float = 30.0
) -> Any:
    """Send one request and return the answer's JSON.

    Raises:
        HttpError: no answer, a status other than 2xx, or no JSON.
    """
    address = urlsplit(url)
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    try:
        with closing(kind(address.hostname or "", address.port, timeout=timeout_s)) as connection:
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
    except (OSError, http.client.HTTPException) as cause:
        raise HttpError(f"{method} {url}: no answer ({cause!r})") from cause
    shown = content[:500].decode(errors="replace")
    if not http.HTTPStatus.OK <= answer.status < http.HTTPStatus.MULTIPLE_CHOICES:
        raise HttpError(f"{method} {url}: HTTP {answer.status}: {shown}", answer.status)
    try:
        return json.loads(content)
    except ValueError as cause:
        raise HttpError(f"{method} {url}: the answer is not JSON: {shown}", answer.status) from cause
