"""Who a request comes from: bearer token or cookie, and sessions that were made to expire (laptop stack)."""

import uuid
from dataclasses import dataclass
from threading import Lock

from werkzeug.wrappers import Request

from local.gateway.keys import Signer

PERSONAS = {
    "admin@example.com": "Admin: resets, reveals, assigns users",
    "resetter@example.com": "Resetter: may reset passcodes",
    "revealer@example.com": "Revealer: may read passcodes",
    "viewer@example.com": "Viewer: may look",
    "stranger@example.com": "Stranger: signed in, member of nothing",
}

COOKIE = "local_gateway_session"
"""Without the ``__Host-`` prefix of IAP's own cookie, for that needs TLS."""


class BadTokenError(Exception):
    """A bearer token that this gateway did not sign, or that ran out."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in persona; ``expired`` where the session was made to expire."""

    email: str
    session_id: str
    expired: bool = False


class Sessions:
    """Makes and reads sessions. Thread-safe."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._expired: set[str] = set()
        self._lock = Lock()

    def create(self, email: str) -> str:
        """Return a new session token of a persona.

        Raises:
            KeyError: no such persona.
        """
        if email not in PERSONAS:
            raise KeyError(email)
        return self._signer.session(email, uuid.uuid4().hex)

    def caller(self, request: Request) -> Caller | None:
        """Return who calls, or None where nobody is signed in.

        Raises:
            BadTokenError: an ``Authorization`` header that is not a good bearer token. A bad cookie counts as none.
        """
        header = request.headers.get("Authorization")
        if header is not None:
            return self._from_bearer(header)
        try:
            email, session_id = self._signer.read_session(request.cookies.get(COOKIE, ""))
        except ValueError:
            return None
        with self._lock:
            return Caller(email, session_id, session_id in self._expired)

    def expire(self, session_id: str) -> None:
        """Treat this cookie's session as run out until it is renewed; safe to repeat."""
        with self._lock:
            self._expired.add(session_id)

    def renew(self, session_id: str) -> None:
        """Make an expired session good again; safe to repeat."""
        with self._lock:
            self._expired.discard(session_id)

    def _from_bearer(self, header: str) -> Caller:
        scheme, _, token = header.partition(" ")
        if scheme.casefold() != "bearer":
            raise BadTokenError("the scheme is not Bearer")
        try:
            return Caller(*self._signer.read_session(token.strip()))
        except ValueError as error:
            raise BadTokenError(str(error)) from error
