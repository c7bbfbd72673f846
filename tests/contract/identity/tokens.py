"""Tokens made with real keys, and how a refusal of one looks."""

import base64
import json
import time
from typing import Any

import jwt
import pytest

from shared.domain.errors import RejectedError
from shared.services.ports import TokenVerifier
from shared.services.token_issuers import GOOGLE_ISSUER, IAP_ISSUER
from tests.contract.identity.certs_server import EC_KEY, RSA_KEY

AUDIENCE = "/projects/1/global/backendServices/2"


class Ticks:
    """A clock for the age of keys."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": IAP_ISSUER,
        "aud": AUDIENCE,
        "sub": "accounts.google.com:1234",
        "email": "ann@example.com",
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def signed_token(key: Any = EC_KEY, alg: str = "ES256", headers: Any = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, alg, headers={"kid": "ec-1", **(headers or {})})


def google_token(**changes: Any) -> str:
    claims = {"iss": GOOGLE_ISSUER, "email_verified": True, **changes}
    return signed_token(RSA_KEY, "RS256", {"kid": "rsa-1"}, **claims)


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def is_refused(verifier: TokenVerifier, token: str) -> bool:
    with pytest.raises(RejectedError) as caught:
        verifier.verify(token)
    error = caught.value
    return (error.reason, error.metadata) == ("UNAUTHENTICATED", {}) and error.__context__ is None
