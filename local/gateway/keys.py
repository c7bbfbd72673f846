"""The gateway's signing key, and the tokens made with it (laptop stack)."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from shared.services.token_issuers import IAP_ISSUER

SESSION_ISSUER = "local-gateway"
"""Sessions have an issuer and an audience of their own: no function takes one for an assertion."""

ASSERTION_S = 600
"""Identity-Aware Proxy's assertions live 10 minutes. Source: IAP documentation, signed headers."""

SESSION_S = 3600
"""One hour, as Google's own ID tokens: long enough for any script, short enough to meet expiry in a demo."""


class Signer:
    """One ES256 key: signs assertions as IAP does, and the gateway's own sessions."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._public = key.public_key()
        der = self._public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self._kid = hashlib.sha256(der).hexdigest()[:12]

    def jwks(self) -> dict[str, Any]:
        """Return the public half: ``{"keys": [{kty, crv, x, y, kid, alg, use}]}``."""
        public: dict[str, Any] = ECAlgorithm.to_jwk(self._public, as_dict=True)
        return {"keys": [{**public, "kid": self._kid, "alg": "ES256", "use": "sig"}]}

    def assertion(self, email: str, audience: str) -> str:
        """Sign what IAP puts into ``x-goog-iap-jwt-assertion`` for one function."""
        return self._sign({"iss": IAP_ISSUER, "aud": audience, "email": email, "sub": _subject(email)}, ASSERTION_S)

    def session(self, email: str, session_id: str) -> str:
        """Sign a session of a persona; ``session_id`` tells two sign-ins of one persona apart."""
        claims = {
            "iss": SESSION_ISSUER,
            "aud": SESSION_ISSUER,
            "email": email,
            "sub": _subject(email),
            "jti": session_id,
        }
        return self._sign(claims, SESSION_S)

    def read_session(self, token: str) -> tuple[str, str]:
        """Return (email, session id) of a session made here.

        Raises:
            ValueError: any other, changed or outlived token.
        """
        try:
            claims = jwt.decode(
                token,
                self._public,
                algorithms=["ES256"],
                audience=SESSION_ISSUER,
                issuer=SESSION_ISSUER,
                options={"require": ["exp", "iat", "email", "jti"]},
            )
        except jwt.InvalidTokenError as error:
            raise ValueError(f"not a session of this gateway: {type(error).__name__}") from error
        return claims["email"], claims["jti"]

    def _sign(self, claims: dict[str, Any], lifetime_s: int) -> str:
        now = int(time.time())
        return jwt.encode({**claims, "iat": now, "exp": now + lifetime_s}, self._key, "ES256", {"kid": self._kid})


def load_signer(path: Path) -> Signer:
    """Return the signer of the key in ``path``; a missing key is made, readable by its owner alone.

    Safe to repeat: a second start reads the first one's key, so that sessions outlive a restart.
    """
    if not path.exists():
        _write_new_key(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} does not hold an elliptic-curve key")
    return Signer(key)


def _write_new_key(path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    unfinished.replace(path)


def _subject(email: str) -> str:
    """Return a stable subject of the form that IAP uses, ``accounts.google.com:<digits>``."""
    digits = int.from_bytes(hashlib.sha256(email.encode()).digest()[:8])
    return f"accounts.google.com:{digits}"
