"""Whom the verifier believes, and which verifier cannot be made."""

import time
from typing import Any

import pytest

from shared.adapters.identity import LEEWAY_S, JwtVerifier
from shared.services.ports import Principal
from shared.services.token_issuers import IAP_ISSUER
from tests.contract.identity.tokens import AUDIENCE, google_token, is_refused, signed_token


def test_an_iap_assertion_names_its_user(iap: JwtVerifier) -> None:
    assert iap.verify(signed_token()) == Principal("ann@example.com", "accounts.google.com:1234")


def test_the_prefix_of_iap_is_taken_from_the_address(iap: JwtVerifier) -> None:
    assert iap.verify(signed_token(email="accounts.google.com:Ann@example.com")).email == "Ann@example.com"


def test_a_google_token_with_a_verified_address_names_its_user(google: JwtVerifier) -> None:
    assert google.verify(google_token()).email == "ann@example.com"


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_a_google_token_with_an_address_that_is_not_verified_is_refused(
    google: JwtVerifier, verified: object
) -> None:
    assert is_refused(google, google_token(email_verified=verified))


def test_clocks_may_differ_a_little(iap: JwtVerifier) -> None:
    assert iap.verify(signed_token(iat=int(time.time()) + LEEWAY_S - 10))
    assert iap.verify(signed_token(exp=int(time.time()) - LEEWAY_S + 10))


@pytest.mark.parametrize(
    ("issuers", "audience", "algorithms"),
    [
        ([], AUDIENCE, ["ES256"]),
        ([""], AUDIENCE, ["ES256"]),
        (IAP_ISSUER, AUDIENCE, ["ES256"]),
        ([IAP_ISSUER], "", ["ES256"]),
        ([IAP_ISSUER], AUDIENCE, []),
        ([IAP_ISSUER], AUDIENCE, ["HS256"]),
        ([IAP_ISSUER], AUDIENCE, ["ES256", "none"]),
    ],
)
def test_a_verifier_that_would_accept_anyone_cannot_be_made(
    issuers: Any, audience: str, algorithms: list[str]
) -> None:
    with pytest.raises(ValueError):
        JwtVerifier(issuers, audience, "http://127.0.0.1:1/certs", algorithms)
