"""The one road to AMAPI: sends each request exactly once and tells what is known when no answer comes.

The SDK's own HTTP library silently posts again when the other side drops a connection, so that one
``issueCommand`` may become two; this transport replaces it (adapter layer). Nothing in it repeats a request: no
retry, no redirect, no replay after 401. Whether the first byte of a request was handed to the socket is seen at
the socket itself (``wire``) and not guessed from the kind of the exception.

Source: httplib2 0.32 ``_conn_request`` (re-sends), google-auth 2.62 ``AuthorizedSession.request`` (re-sends after
401).
"""

import ipaddress
import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import google.auth
import httplib2
import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import AuthorizedSession, Request

from shared.adapters.android_management.answers import CallFailedError, Failure, retry_after_s, speaks_of_quota
from shared.adapters.android_management.fields import part, text
from shared.adapters.android_management.operations import safe_text
from shared.adapters.android_management.wire import WIRE, OnceAdapter

SCOPE = "https://www.googleapis.com/auth/androidmanagement"
CONNECT_TIMEOUT_S = 5.0
TOKEN_TIMEOUT_S = 15.0
"""With connecting (5 s) and reading (25 s) at most 45 s a call: the worker's lease on a call is 60 s."""
IDLE_LIMIT_S = 30.0
"""Older idle connections are not used again: an instance that was frozen between two requests finds its
connections dead, and a command sent into a dead one is of unknown fate for hours."""
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""A page of 100 devices with all reports on is below 1 MiB; more than this is no answer of AMAPI's."""
_CHUNK_BYTES = 64 * 1024
_OK = 200


class Transport:
    """What the SDK calls instead of ``httplib2.Http``; safe to use from several threads.

    Args:
        endpoint: ``https://host``, or ``http://`` on a loopback address for a simulator.
        credentials: google-auth credentials; None = the environment's, or none on plain loopback.
        timeout_s: seconds to wait for the answer once the request is sent.
    """

    def __init__(self, endpoint: str, credentials: Any, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._credentials = credentials or (AnonymousCredentials() if is_loopback(endpoint) else None)
        self._token_session = requests.Session()
        self._token_request = Request(self._token_session)
        self._authorise_lock = threading.Lock()
        self._adapter = OnceAdapter()
        self._session: AuthorizedSession | None = None
        self._used_at = _now_s()

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> tuple[httplib2.Response, bytes]:
        """Send one request, in httplib2's manner; only a 200 is returned.

        Raises:
            CallFailedError: every other end, with what is known of it. It carries no cause, for the exceptions
                of HTTP libraries hold the request and so the passcode.
        """
        failure, content = self._exchange(uri, method, body, dict(headers or {}))
        if failure is not None:
            raise CallFailedError(failure)
        return httplib2.Response({"status": str(_OK)}), content

    def close(self) -> None:
        """Close all connections."""
        self._token_session.close()
        self._adapter.close()

    def _exchange(self, uri: str, method: str, body: Any, headers: dict[str, str]) -> tuple[Failure | None, bytes]:
        session, failure = self._authorised()
        if session is None:
            return failure, b""
        self._drop_stale_connections()
        WIRE.sent = False
        try:
            status, answer_headers, content = self._send(session, uri, method, body, headers)
        except Exception as error:  # noqa: BLE001  # whatever broke, all that counts is whether a byte had left
            return Failure(sent=WIRE.sent, word=_word(error)), b""
        if status == _OK:
            return None, content
        return _refusal(status, answer_headers, content), b""

    def _send(
        self, session: AuthorizedSession, uri: str, method: str, body: Any, headers: dict[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        deadline = time.monotonic() + CONNECT_TIMEOUT_S + self._timeout_s
        timeout = (CONNECT_TIMEOUT_S, self._timeout_s)
        with session.request(
            method, uri, data=body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
        ) as response:
            content = bytearray()
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):  # what is there, not a full chunk
                content += chunk
                if time.monotonic() > deadline or len(content) > MAX_ANSWER_BYTES:
                    raise requests.ReadTimeout("the answer is too slow or too long")
            return response.status_code, response.headers, bytes(content)

    def _authorised(self) -> tuple[AuthorizedSession | None, Failure | None]:
        """Return a session whose token is fresh. Fetching one may be repeated at will; it is not the request."""
        started = time.monotonic()
        try:
            with self._authorise_lock:
                session = self._session or self._new_session()
                self._session = session
                if not session.credentials.valid:
                    session.credentials.refresh(self._bounded_token_request)
        except (GoogleAuthError, requests.RequestException, OSError, ValueError) as error:
            return None, Failure(sent=False, word=_word(error), unauthorised=_is_refusal(error))
        if time.monotonic() - started > TOKEN_TIMEOUT_S:
            return None, Failure(sent=False, word="TOKEN_TIMEOUT")
        return session, None

    def _new_session(self) -> AuthorizedSession:
        credentials = (
            self._credentials or google.auth.default(scopes=[SCOPE], request=self._bounded_token_request)[0]
        )
        session = AuthorizedSession(
            credentials,
            refresh_status_codes=(),
            max_refresh_attempts=0,
            auth_request=self._token_request,
        )
        # No proxy, no ~/.netrc, no other authorities from the environment: a proxy's connections would not note
        # that they send, netrc would replace our token, and nobody else is to read a passcode.
        session.trust_env = False
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        return session

    def _bounded_token_request(self, url: str, **kwargs: Any) -> Any:
        kwargs["timeout"] = min(kwargs.get("timeout") or TOKEN_TIMEOUT_S, TOKEN_TIMEOUT_S)
        return self._token_request(url, **kwargs)

    def _drop_stale_connections(self) -> None:
        now_s = _now_s()
        if now_s - self._used_at > IDLE_LIMIT_S:
            self._adapter.forget_connections()
        self._used_at = now_s


def is_loopback(endpoint: str) -> bool:
    """Tell whether ``endpoint`` is plain HTTP to this very machine, the one place for a request without TLS.

    Raises:
        ValueError: neither that nor ``https://``: passcodes would travel in the clear.
    """
    address = urlsplit(endpoint)
    host = address.hostname or ""
    if address.scheme == "https" and host:
        return False
    if address.scheme == "http" and (host == "localhost" or _is_loopback_address(host)):
        return True
    raise ValueError("AMAPI's endpoint must be https, or http on a loopback address")


def _is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refusal(status: int, headers: Mapping[str, str], content: bytes) -> Failure:
    """Read an answer that is no 200; what it holds beyond status word and safe text is dropped here."""
    error = part(_json_object(content), "error")
    word = text(error, "status")
    return Failure(
        sent=True,
        status=status,
        word=word if word.isascii() and word.replace("_", "").isupper() else "",
        message=safe_text(error.get("message")),
        retry_after_s=retry_after_s(headers.get("Retry-After", ""), time.time()),
        throttled=status == requests.codes.forbidden and speaks_of_quota(error),
    )


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_refusal(error: Exception) -> bool:
    """Tell a refused identity, for which a person must act, from a token server that did not answer."""
    if isinstance(error, RefreshError):
        return not (error.retryable or isinstance(error.__cause__, TransportError))
    return isinstance(error, DefaultCredentialsError)


def _word(error: Exception) -> str:
    """Return the exception's kind; its text is not used, for it may quote the request."""
    return type(error).__name__


def _now_s() -> float:
    """Seconds that also pass while the machine is suspended, where the system can tell."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
