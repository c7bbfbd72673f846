"""Who calls: behind IAP its assertion and nothing else, elsewhere a Google-signed ID token and nothing else."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm

from local.function_environment import audience_of
from tests.functions.api_routes import reason_of
from tests.functions.product import ADMIN, ENTERPRISE, Product, running

PATH = f"/v1/{ENTERPRISE}/devices"
IAP = "X-Goog-IAP-JWT-Assertion"
RSA_KEY = rsa.generate_private_key(65537, 2048)
STRANGE_KEY = ec.generate_private_key(ec.SECP256R1())
GOOGLE = "https://accounts.google.com"


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    own = {
        "iss": "https://cloud.google.com/iap",
        "aud": audience_of("console"),
        "email": ADMIN,
        "sub": "accounts.google.com:1",
        "iat": now,
        "exp": now + 600,
        **changes,
    }
    return {name: value for name, value in own.items() if value is not None}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def refused(product: Product, headers: dict[str, str]) -> None:
    answer = product.call("console", "GET", PATH, caller=None, headers=headers)
    assert (answer.status_code, reason_of(answer)) == (401, "UNAUTHENTICATED"), headers
    assert ADMIN.encode() not in answer.data


def signed(product: Product, **changes: Any) -> str:
    return jwt.encode(claims(**changes), product.signer._key, "ES256", {"kid": product.signer._kid})


def unsigned(_product: Product) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}."


def signed_with_the_public_key(product: Product) -> str:
    pem = product.signer._public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = f"{part({'alg': 'HS256', 'kid': product.signer._kid})}.{part(claims())}"
    mac = hmac.new(pem, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def by_a_strange_key(product: Product) -> str:
    return jwt.encode(claims(), STRANGE_KEY, "ES256", {"kid": product.signer._kid})


def by_an_unknown_key_that_brings_its_address(product: Product) -> str:
    header = {"kid": "mine", "jku": f"{product.certs.url}/mine", "x5u": f"{product.certs.url}/mine"}
    return jwt.encode(claims(), STRANGE_KEY, "ES256", header)


FORGERIES: dict[str, Callable[[Product], str]] = {
    "unsigned": unsigned,
    "signed with the public key": signed_with_the_public_key,
    "strange key": by_a_strange_key,
    "own key address": by_an_unknown_key_that_brings_its_address,
    "another function's": lambda p: p.assertion("reset_passcode", ADMIN),
    "another issuer's": lambda p: signed(p, iss=GOOGLE),
    "expired": lambda p: signed(p, iat=int(time.time()) - 7200, exp=int(time.time()) - 3600),
    "not yet": lambda p: signed(p, iat=int(time.time()) + 3600, exp=int(time.time()) + 7200),
    "without an end": lambda p: signed(p, exp=None),
    "without an address": lambda p: signed(p, email=None),
    "an address with a slash": lambda p: signed(p, email="a/b@example.com"),
    "an address that is a list": lambda p: signed(p, email=[ADMIN]),
    "audience among others": lambda p: signed(p, aud=[audience_of("console"), "x"]),
    "a session of the gateway": lambda p: p.signer.session(ADMIN, "1"),
    "nonsense": lambda _p: "a.b.c",
    "endless": lambda p: p.assertion("console", ADMIN) + "A" * 20_000,
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_assertion_signs_nobody_in(shared_product: Product, name: str) -> None:
    refused(shared_product, {IAP: FORGERIES[name](shared_product)})
    refused(shared_product, {"Authorization": f"Bearer {FORGERIES[name](shared_product)}"})


def test_headers_that_anybody_can_write_sign_nobody_in(shared_product: Product) -> None:
    plain = {
        "X-Goog-Authenticated-User-Email": f"accounts.google.com:{ADMIN}",
        "X-Goog-Authenticated-User-Id": "accounts.google.com:1",
        "X-Forwarded-User": ADMIN,
        "Cookie": f"session={ADMIN}",
    }
    refused(shared_product, plain)
    viewer = {**plain, IAP: shared_product.assertion("reset_passcode", "viewer@example.com")}
    path = f"/v1/{shared_product.devices()[0]['name']}:resetPasscode"
    answer = shared_product.call("reset_passcode", "POST", path, caller=None, headers=viewer, json={})
    assert (answer.status_code, reason_of(answer)) == (403, "ROLE_REQUIRED")


def test_behind_iap_a_bearer_token_is_not_looked_at(shared_product: Product) -> None:
    good = shared_product.assertion("console", ADMIN)
    refused(shared_product, {"Authorization": f"Bearer {good}"})
    both = {IAP: good, "Authorization": "Bearer nonsense"}
    assert shared_product.call("console", "GET", PATH, caller=None, headers=both).status_code == 200


def test_an_address_is_the_same_in_either_case(shared_product: Product) -> None:
    shouted = {IAP: signed(shared_product, email="accounts.google.com:Admin@Example.COM")}
    assert shared_product.call("console", "GET", PATH, caller=None, headers=shouted).status_code == 200


@pytest.fixture(scope="module")
def without_iap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose callers bring Google-signed ID tokens; it is seeded but not asked for its devices."""
    with running(tmp_path_factory.mktemp("google"), IDENTITY_ISSUERS=GOOGLE) as started:
        key = {
            **RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True),
            "kid": "rsa-1",
            "alg": "RS256",
            "use": "sig",
        }
        keys = started.signer.jwks()["keys"]
        started.certs.sets["/jwks"] = {"keys": [*keys, key]}
        yield started


def google_token(**changes: Any) -> str:
    own = claims(**{"iss": GOOGLE, "email_verified": True, **changes})
    return jwt.encode(own, RSA_KEY, "RS256", {"kid": "rsa-1"})


def test_without_iap_a_google_token_signs_in(without_iap: Product) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {google_token()}"}
        assert without_iap.call("console", "GET", PATH, caller=None, headers=headers).status_code == 200


def test_without_iap_an_assertion_is_not_looked_at(without_iap: Product) -> None:
    refused(without_iap, {IAP: without_iap.assertion("console", ADMIN)})
    refused(without_iap, {IAP: google_token()})
    both = {IAP: "nonsense", "Authorization": f"Bearer {google_token()}"}
    assert without_iap.call("console", "GET", PATH, caller=None, headers=both).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"aud": audience_of("reset_passcode")},
        {"iss": "https://cloud.google.com/iap"},
        {"iss": "https://accounts.google.com.evil.example"},
    ],
)
def test_without_iap_a_token_must_be_googles_for_this_function(
    without_iap: Product, changes: dict[str, Any]
) -> None:
    refused(without_iap, {"Authorization": f"Bearer {google_token(**changes)}"})


def test_without_iap_only_the_bearer_scheme_counts(without_iap: Product) -> None:
    for value in (google_token(), f"Basic {google_token()}", "Bearer", "Bearer ", f"Token {google_token()}"):
        refused(without_iap, {"Authorization": value})


def test_certificates_that_cannot_be_fetched_are_no_reason_to_believe(tmp_path: Path) -> None:
    with running(tmp_path) as product:
        product.certs.sets.clear()
        answer = product.call("console", "GET", PATH)
        assert (answer.status_code, reason_of(answer)) == (503, "UNAVAILABLE")


def test_who_loses_the_role_gets_no_command_sent(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"])["name"]
    product.write(f"{ENTERPRISE}/members/{ADMIN}", roles=["viewer"])
    product.settle(lambda: product.action(action)["status"] == "FAILED")
    assert product.action(action)["statusReason"]["code"] == "ACTOR_NOT_AUTHORISED"
    assert not product.issue_calls()
