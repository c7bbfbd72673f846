"""Verifies who sent a request, from a signed token (adapter of ``TokenVerifier``).

Two kinds of token are in use, each with its own verifier and never both on one route:

* the assertion of Identity-Aware Proxy, header ``x-goog-iap-jwt-assertion``: ES256, issuer ``IAP_ISSUER``, keys at
  ``IAP_CERTS_URL``. Source: https://cloud.google.com/iap/docs/signed-headers-howto
* an ID token signed by Google: RS256, issuer ``GOOGLE_ISSUER``, keys at ``GOOGLE_CERTS_URL``; its address counts
  only where Google has verified it. Source: https://developers.google.com/identity/openid-connect/openid-connect

Nothing in a token says where its key is found: ``jku``, ``x5u``, ``jwk`` and ``x5c`` headers are not read.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from shared.domain import mail_address
from shared.domain.errors import RejectedError, TransientError
from shared.services.ports import Principal
from shared.services.token_issuers import GOOGLE_ISSUERS

VERIFIED_ADDRESS_ISSUERS = GOOGLE_ISSUERS
"""Issuers whose accounts may carry an address that nobody proved; they say so in ``email_verified``."""

SUPPORTED_ALGORITHMS = frozenset({"ES256", "RS256"})
"""What Google signs with. A symmetric algorithm would make the public key a signing key."""

LEEWAY_S = 30
"""Clock difference that is borne for ``exp`` and ``iat``; IAP's own advice."""

MAX_TOKEN_CHARACTERS = 8192
"""Google's tokens have about 1 kB; more is not worth decoding."""

FETCH_TIMEOUT_S = 3.0
"""For the certificates; a person waits behind it."""

LIFESPAN_S = 3600.0
"""Age at which the keys are fetched again, so a withdrawn key is refused within the hour."""

STALE_LIMIT_S = 6 * 3600.0
"""Age up to which keys serve while their endpoint is down. Google lets its certificates be cached for about as
long; beyond, a key that was withdrawn for a reason might still be believed, so no token is accepted."""

SUCCESS_COOLDOWN_S = 30.0
"""After a fetch an unknown key id starts no other: whoever invents ids makes two fetches a minute, not thousands.
Google publishes a key long before signing with it."""

FAILURE_COOLDOWN_S = 5.0
"""After a failed fetch: short, for nobody can sign in meanwhile, but no caller waits for a known failure."""

_PREFIX = "accounts.google.com:"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]+@[A-Za-z0-9.-]+")

_log = logging.getLogger(__name__)


class JwtVerifier:
    """Checks tokens of some issuers for exactly one audience."""

    def __init__(
        self,
        issuers: Sequence[str],
        audience: str,
        certs_url: str,
        algorithms: Sequence[str],
        *,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember what to check; the keys are fetched with the first token.

        ``tick`` gives seconds that never run backwards, for the age of the cached keys.

        Raises:
            ValueError: an empty audience or issuer list would accept anyone, and only ES256 and RS256 are known.
        """
        if isinstance(issuers, str) or not issuers or not all(issuers) or not audience:
            raise ValueError("a verifier needs issuers and an audience")
        if not algorithms or not SUPPORTED_ALGORITHMS.issuperset(algorithms):
            raise ValueError(f"algorithms are some of {sorted(SUPPORTED_ALGORITHMS)}")
        self._issuers = tuple(issuers)
        self._audience = audience
        self._algorithms = tuple(algorithms)
        self._keys = _SigningKeys(certs_url, tick)

    def verify(self, token: str) -> Principal:
        """Check signature, algorithm, issuer, audience, times and address. Safe to repeat.

        ``email`` of the result has no ``accounts.google.com:`` before it, and keeps its case.

        Raises:
            RejectedError: ``UNAUTHENTICATED``; the log says why, the caller is not told.
            TransientError: ``CERTIFICATES_UNAVAILABLE``: the key could be neither found nor fetched (retry).
        """
        try:
            return _principal(self._claims(token))
        except (jwt.PyJWTError, ValueError) as problem:
            _log.info("token refused", extra={"cause": type(problem).__name__})
        raise RejectedError("UNAUTHENTICATED", "The request does not carry a valid sign-in.")

    def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise ValueError("too long")
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in self._algorithms or not header.get("kid"):
            raise jwt.InvalidAlgorithmError
        return jwt.decode(
            token,
            self._keys.find(header["kid"]),
            algorithms=self._algorithms,
            audience=self._audience,
            issuer=self._issuers,
            leeway=LEEWAY_S,
            options={
                "require": ["exp", "iat", "iss", "aud", "sub", "email"],
                "strict_aud": True,
                "enforce_minimum_key_length": True,
            },
        )


def _principal(claims: Mapping[str, Any]) -> Principal:
    """Return who the checked claims speak for; the address is ASCII, lest case folding makes two people one."""
    email, verified = claims["email"], claims.get("email_verified")
    if claims["iss"] in VERIFIED_ADDRESS_ISSUERS and verified is not True:
        raise ValueError("address not verified")
    if not isinstance(email, str) or not claims["sub"]:
        raise ValueError("no address or subject")
    address = email.removeprefix(_PREFIX)
    if len(address) > mail_address.MAX_LENGTH or not _ADDRESS.fullmatch(address):
        raise ValueError("not an address")
    return Principal(email=address, subject=claims["sub"])


@dataclass(frozen=True, slots=True)
class _Fetched:
    """Keys by id and when (in ticks) they came."""

    keys: Mapping[str, jwt.PyJWK]
    at: float


class _SigningKeys:
    """The issuer's public keys, fetched rarely and by one thread at a time.

    Once fetched, keys serve for ``LIFESPAN_S``; then the next caller fetches and the others go on with what there
    is, up to ``STALE_LIMIT_S``. So an endpoint that is down stops nobody for hours, and a stampede cannot happen.
    """

    def __init__(self, url: str, tick: Callable[[], float]) -> None:
        self._client = jwt.PyJWKClient(url, cache_jwk_set=False, timeout=FETCH_TIMEOUT_S)
        self._tick = tick
        self._refreshing = threading.Lock()
        self._fetched: _Fetched | None = None
        self._quiet_until: float | None = None
        self._failed = False

    def find(self, key_id: str) -> jwt.PyJWK:
        """Return the key; raises ``PyJWKClientError`` where it does not exist, else TransientError."""
        if key := self._known(key_id, LIFESPAN_S):
            return key
        stale = self._known(key_id, STALE_LIMIT_S)
        if self._refreshing.acquire(blocking=stale is None):
            try:
                self._refresh()
            finally:
                self._refreshing.release()
        if key := self._known(key_id, STALE_LIMIT_S):
            return key
        if self._failed:
            raise TransientError("CERTIFICATES_UNAVAILABLE", "The issuer's certificates could not be fetched.")
        raise jwt.PyJWKClientError("unknown key")

    def _known(self, key_id: str, max_age_s: float) -> jwt.PyJWK | None:
        fetched = self._fetched
        if fetched is None or self._tick() - fetched.at > max_age_s:
            return None
        return fetched.keys.get(key_id)

    def _refresh(self) -> None:
        if self._quiet_until is not None and self._tick() < self._quiet_until:
            return
        try:
            keys = {key.key_id: key for key in self._client.get_signing_keys() if key.key_id}
        except (jwt.PyJWTError, OSError, ValueError) as problem:
            _log.warning("certificates not fetched", extra={"cause": type(problem).__name__})
            self._failed = True
            self._quiet_until = self._tick() + FAILURE_COOLDOWN_S
            return
        self._fetched = _Fetched(keys, self._tick())
        self._failed = False
        self._quiet_until = self._tick() + SUCCESS_COOLDOWN_S
