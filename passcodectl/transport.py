"""Sends requests to the API: encrypted, to one origin, patient within bounds, never following a redirect."""

import io
import random
import ssl
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, LocationParseError, NewConnectionError

from passcodectl.address import Address
from passcodectl.answers import Json, lead_back, read, too_long
from passcodectl.errors import NEVER_SENT, CtlError, UnavailableError
from passcodectl.version import VERSION

ATTEMPTS = 5
FIRST_PAUSE_S = 0.5
"""Doubled each time: 0.5, 1, 2 and 4 s, so a short outage is bridged and a person is told within ten seconds."""

MAX_RETRY_AFTER_S = 60.0
"""A server that wants more is told to the person, who decides; it is never called earlier than it asked."""

CONNECT_TIMEOUT_S = 10.0

MAX_ANSWER = 16 << 20
"""Bytes; the longest page of the API, 200 rows, is some hundred thousand."""

JITTER = 0.25
"""Scripts that failed together do not come back together."""

Note = Callable[[str], None]
TokenSource = Callable[[], str]


class _Bearer(AuthBase):
    """Puts the token on; as an ``auth`` object, because requests would let ``~/.netrc`` replace a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared


def new_session(address: Address) -> requests.Session:
    """Return a session whose proxies come from the environment, except to this very machine."""
    session = requests.Session()
    session.trust_env = not address.loopback
    session.headers["User-Agent"] = f"passcodectl/{VERSION}"
    return session


class Transport:
    """Calls one API. Not thread-safe."""

    def __init__(
        self,
        address: Address,
        token: TokenSource,
        *,
        answer_within_s: float,
        note: Note = lambda _text: None,
        trace: Note = lambda _text: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare.

        Args:
            address: where.
            token: asked before each request; refreshes what it gives by itself.
            answer_within_s: longest silence of the server.
            note: told when a request is to be repeated.
            trace: told each request: method, path, status, milliseconds; no body, no query, no header.
            pause: sleeps for so many seconds.
        """
        self.address = address
        self._token = token
        self._timeout = (CONNECT_TIMEOUT_S, answer_within_s)
        self._note = note
        self._trace = trace
        self._pause = pause
        self._session = new_session(address)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        each_counts: bool = False,
        patience_s: float | None = None,
    ) -> Json:
        """Send a request, again where that can help, and return the answer's JSON.

        Args:
            method: GET or POST.
            path: begins with ``/v1/``.
            query: parameters.
            body: JSON; each attempt sends the same bytes.
            each_counts: each one that arrives counts, whatever its answer: sent again only where it reached nobody.
            patience_s: no attempt begins later than this after the first; None: as long as the attempts take.

        Raises:
            CtlError: refused, not signed in, not found, or ``UnavailableError`` after the last attempt; ``lost``
                where any attempt may have been carried out.
        """
        lost, started = False, time.monotonic()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(method, path, query, body)
            except CtlError as fault:
                # What became of an earlier sending stays open, whatever happens to a later one.
                fault.lost = lost = lost or fault.lost
                rest = _pause_s(fault, attempt)
                late = patience_s is not None and time.monotonic() - started + (rest or 0) > patience_s
                if rest is None or late or (each_counts and fault.reason not in NEVER_SENT):
                    raise
                self._note(f"{fault.message} Trying again in {rest:.1f} s ({attempt} of {ATTEMPTS - 1}).")
                self._pause(rest)
        raise AssertionError("the last attempt returns or raises")

    def visit(self, path: str) -> None:
        """Visit a page that does nothing but lead back to the console: who gets there comes through to a function.

        Raises:
            CtlError: the way is closed, or did not answer; it is tried once.
        """
        lead_back(self._answer("GET", path, None, None))

    def _once(self, method: str, path: str, query: Mapping[str, str] | None, body: Json | None) -> Json:
        return read(self._answer(method, path, query, body))

    def _answer(
        self, method: str, path: str, query: Mapping[str, str] | None, body: Json | None
    ) -> requests.Response:
        # X-Requested-With has IAP answer a missing sign-in by 401 and not by a redirect.
        # Source: https://cloud.google.com/iap/docs/sessions-howto (AJAX requests).
        headers = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
        bearer = _Bearer(self._token())
        started = time.monotonic()
        try:
            response = self._session.request(
                method,
                self.address.origin + path,
                params=query,
                json=body,
                headers=headers,
                auth=bearer,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
            whole = _read_whole(response)
        except (requests.RequestException, HTTPError, OSError) as fault:
            self._trace(f"{method} {path}: {type(fault).__name__} after {_ms(started)}")
            raise no_answer(self.address, fault) from fault
        self._trace(f"{method} {path}: {response.status_code} {_word(response.status_code)} in {_ms(started)}")
        if not whole:
            raise too_long(response)
        return response


def _read_whole(response: requests.Response) -> bool:
    """Read the answer and let the connection go; False where it is too long, and the rest is left unread."""
    content = response.raw.read(MAX_ANSWER + 1, decode_content=True)
    if len(content) > MAX_ANSWER:
        response.close()
        return False
    response.raw.release_conn()
    response.raw = io.BytesIO(content)
    return True


def no_answer(address: Address, fault: Exception) -> UnavailableError:
    """Return what the failure to get an answer means."""
    where = address.origin
    if isinstance(fault, requests.exceptions.SSLError):
        return _not_encrypted(where, fault)
    if isinstance(fault, OSError) and not isinstance(fault, requests.RequestException):
        # requests says so of a REQUESTS_CA_BUNDLE that is not there.
        return UnavailableError(f"Nothing was sent: {fault}", reason="NOT_SENT", passing=False)
    if isinstance(fault, (requests.exceptions.ProxyError, requests.exceptions.InvalidSchema)):
        return UnavailableError(f"The proxy on the way to {where} does not work (see HTTPS_PROXY).", reason="PROXY")
    never = (requests.ConnectTimeout, requests.exceptions.InvalidURL, LocationParseError)
    if isinstance(fault, never) or _never_connected(fault):
        return UnavailableError(f"{where} cannot be reached.", reason="UNREACHABLE")
    return UnavailableError(f"{where} gave no answer.", reason="NO_ANSWER", lost=True)


def _not_encrypted(where: str, fault: Exception) -> UnavailableError:
    """Only the certificate is judged before anything is sent; TLS can also break off behind a request."""
    below: BaseException | None = fault
    while below is not None and not isinstance(below, ssl.SSLError):
        below = below.__cause__ or below.__context__
    if isinstance(below, ssl.SSLCertVerificationError):
        return UnavailableError(
            f"The certificate of {where} was not accepted, so nothing was sent.",
            reason="BAD_CERTIFICATE",
            passing=False,
        )
    detail = f" ({below.reason})" if isinstance(below, ssl.SSLError) and below.reason else ""
    return UnavailableError(f"The encrypted connection to {where} failed{detail}.", reason="TLS", lost=True)


def _never_connected(fault: Exception) -> bool:
    cause = fault.args[0] if fault.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _pause_s(fault: CtlError, attempt: int) -> float | None:
    """Return how long to rest before the next attempt, None where there is none."""
    if not isinstance(fault, UnavailableError) or not fault.passing or attempt == ATTEMPTS:
        return None
    if fault.retry_after_s is None:
        spread = 1 + random.uniform(0, JITTER)  # noqa: S311  # it hides nothing
        return float(FIRST_PAUSE_S * 2 ** (attempt - 1) * spread)
    return fault.retry_after_s if fault.retry_after_s <= MAX_RETRY_AFTER_S else None


def _ms(started: float) -> str:
    return f"{1000 * (time.monotonic() - started):.0f} ms"


def _word(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
