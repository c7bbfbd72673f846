"""The verifier against a certificate endpoint on loopback and tokens made with real keys."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.adapters.identity import (
    FAILURE_COOLDOWN_S,
    GOOGLE_ISSUER,
    IAP_ISSUER,
    LEEWAY_S,
    LIFESPAN_S,
    MAX_TOKEN_CHARACTERS,
    STALE_LIMIT_S,
    SUCCESS_COOLDOWN_S,
    JwtVerifier,
)
from shared.domain.errors import RejectedError, TransientError
from shared.services.ports import Principal, TokenVerifier

AUDIENCE = "/projects/1/global/backendServices/2"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)


class CertsServer(ThreadingHTTPServer):
    """Publishes a key set; ``answer`` may replace it by (status, body)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _CertsHandler)
        self.keys: dict[str, Any] = {"ec-1": EC_KEY, "rsa-1": RSA_KEY}
        self.answer: tuple[int, bytes] | None = None
        self.delay_s = 0.0
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/certs"

    def body(self) -> bytes:
        return json.dumps({"keys": [_jwk(kid, key) for kid, key in self.keys.items()]}).encode()


class _CertsHandler(BaseHTTPRequestHandler):
    server: CertsServer

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        time.sleep(self.server.delay_s)  # lets callers pile up behind one fetch
        status, body = self.server.answer or (200, self.server.body())
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


def _jwk(kid: str, key: Any) -> dict[str, Any]:
    algorithm = ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else RSAAlgorithm
    name = "ES256" if algorithm is ECAlgorithm else "RS256"
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", "alg": name}


class Ticks:
    """A clock for the age of keys."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def certs() -> Iterator[CertsServer]:
    server = CertsServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def iap(certs: CertsServer, ticks: Ticks) -> JwtVerifier:
    return JwtVerifier([IAP_ISSUER], AUDIENCE, certs.url, ["ES256"], tick=ticks)


@pytest.fixture
def google(certs: CertsServer, ticks: Ticks) -> JwtVerifier:
    return JwtVerifier([GOOGLE_ISSUER], AUDIENCE, certs.url, ["RS256"], tick=ticks)


def _claims(**changes: Any) -> dict[str, Any]:
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


def _token(key: Any = EC_KEY, alg: str = "ES256", headers: Any = None, **changes: Any) -> str:
    return jwt.encode(_claims(**changes), key, alg, headers={"kid": "ec-1", **(headers or {})})


def _google_token(**changes: Any) -> str:
    claims = {"iss": GOOGLE_ISSUER, "email_verified": True, **changes}
    return _token(RSA_KEY, "RS256", {"kid": "rsa-1"}, **claims)


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _is_refused(verifier: TokenVerifier, token: str) -> bool:
    with pytest.raises(RejectedError) as caught:
        verifier.verify(token)
    error = caught.value
    return (error.reason, error.metadata) == ("UNAUTHENTICATED", {}) and error.__context__ is None


# Whom it believes


def test_an_iap_assertion_names_its_user(iap: JwtVerifier) -> None:
    assert iap.verify(_token()) == Principal("ann@example.com", "accounts.google.com:1234")


def test_the_prefix_of_iap_is_taken_from_the_address(iap: JwtVerifier) -> None:
    assert iap.verify(_token(email="accounts.google.com:Ann@example.com")).email == "Ann@example.com"


def test_a_google_token_with_a_verified_address_names_its_user(google: JwtVerifier) -> None:
    assert google.verify(_google_token()).email == "ann@example.com"


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_a_google_token_with_an_address_that_is_not_verified_is_refused(
    google: JwtVerifier, verified: object
) -> None:
    assert _is_refused(google, _google_token(email_verified=verified))


def test_clocks_may_differ_a_little(iap: JwtVerifier) -> None:
    now = int(time.time())
    assert iap.verify(_token(iat=now + LEEWAY_S - 10))
    assert iap.verify(_token(exp=now - LEEWAY_S + 10))


# Whom it does not


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://accounts.google.com"},
        {"iss": "https://cloud.google.com/iap/"},
        {"iss": "https://cloud.google.com"},
        {"iss": ["https://cloud.google.com/iap"]},
        {"aud": "/projects/1/global/backendServices/3"},
        {"aud": AUDIENCE + "/"},
        {"aud": AUDIENCE.upper()},
        {"aud": [AUDIENCE]},
        {"aud": [AUDIENCE, "x"]},
        {"aud": ""},
        {"exp": int(time.time()) - LEEWAY_S - 5},
        {"exp": 0},
        {"exp": "soon"},
        {"iat": int(time.time()) + LEEWAY_S + 120},
        {"iat": "now"},
        {"nbf": int(time.time()) + LEEWAY_S + 120},
        {"sub": ""},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_claim_that_does_not_fit_is_refused(iap: JwtVerifier, changes: dict[str, Any]) -> None:
    headers = {"kid": "ec-1"}
    assert _is_refused(iap, jwt.api_jws.encode(json.dumps(_claims(**changes)).encode(), EC_KEY, "ES256", headers))


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "email", "iat", "exp"])
def test_each_required_claim_is_required(iap: JwtVerifier, claim: str) -> None:
    assert _is_refused(iap, _token(**{claim: None}))


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@example.com\n",
        "ann@example.com\r\nBcc: x@example.com",
        "a nn@example.com",
        "ann@example.com,eve@example.com",
        "ann@ex@example.com",
        "a/b@example.com",
        "../eve@example.com",
        "securetoken.google.com/p:ann@example.com",
        "\u017fam@example.com",  # long s: case folding would make it sam@
        "\u212aim@example.com",  # Kelvin sign: kim@
        "a" * 250 + "@x.de",
        7,
        ["ann@example.com"],
    ],
)
def test_what_is_not_one_plain_address_is_refused(iap: JwtVerifier, email: object) -> None:
    assert _is_refused(iap, _token(email=email))


def test_a_token_signed_with_another_key_is_refused(iap: JwtVerifier) -> None:
    assert _is_refused(iap, _token(OTHER_EC_KEY))


def test_changed_claims_are_refused(iap: JwtVerifier) -> None:
    header, _, signature = _token().split(".")
    assert _is_refused(iap, f"{header}.{_segment(_claims(email='eve@example.com'))}.{signature}")


def test_a_stripped_or_empty_signature_is_refused(iap: JwtVerifier) -> None:
    header, payload, signature = _token().split(".")
    for token in (f"{header}.{payload}.", f"{header}.{payload}", f"{header}.{payload}.{signature[:-4]}"):
        assert _is_refused(iap, token)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, ["ES256"], "ES384", "HS512"])
def test_an_unsigned_or_unlisted_algorithm_is_refused(iap: JwtVerifier, alg: object) -> None:
    header = {"alg": alg, "typ": "JWT", "kid": "ec-1"}
    for signature in ("", _token().rpartition(".")[2]):
        assert _is_refused(iap, f"{_segment(header)}.{_segment(_claims())}.{signature}")


@pytest.mark.parametrize(("kid", "key"), [("ec-1", EC_KEY), ("rsa-1", RSA_KEY)])
def test_a_public_key_is_not_taken_for_a_shared_secret(certs: CertsServer, kid: str, key: Any) -> None:
    verifier = JwtVerifier([IAP_ISSUER], AUDIENCE, certs.url, ["ES256", "RS256"])
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = f"{_segment({'alg': 'HS256', 'kid': kid})}.{_segment(_claims())}"
    mac = base64.urlsafe_b64encode(hmac.digest(pem, signed.encode(), hashlib.sha256)).rstrip(b"=").decode()
    assert _is_refused(verifier, f"{signed}.{mac}")


def test_a_kind_of_token_is_not_taken_for_the_other(iap: JwtVerifier, google: JwtVerifier) -> None:
    assert _is_refused(iap, _google_token())
    assert _is_refused(iap, _google_token(iss=IAP_ISSUER))
    assert _is_refused(google, _token())
    assert _is_refused(google, _token(iss=GOOGLE_ISSUER, email_verified=True))


def test_a_key_of_another_kind_than_the_algorithm_says_is_refused(certs: CertsServer) -> None:
    verifier = JwtVerifier([IAP_ISSUER], AUDIENCE, certs.url, ["ES256", "RS256"])
    assert _is_refused(verifier, _token(headers={"kid": "rsa-1"}))


@pytest.mark.parametrize("header", [{"kid": "nobody"}, {"kid": ""}, {"kid": "../certs"}])
def test_an_unknown_key_id_is_refused(iap: JwtVerifier, header: dict[str, str]) -> None:
    assert _is_refused(iap, _token(headers=header))


def test_a_missing_or_odd_key_id_is_refused(iap: JwtVerifier) -> None:
    for kid in ({}, {"kid": 7}, {"kid": ["ec-1"]}, {"kid": None}):
        assert _is_refused(iap, f"{_segment({'alg': 'ES256', **kid})}.{_segment(_claims())}.AAAA")


def test_a_token_does_not_say_where_its_key_is(iap: JwtVerifier, certs: CertsServer) -> None:
    headers = {
        "jku": f"http://127.0.0.1:{certs.server_port}/evil",
        "x5u": f"http://127.0.0.1:{certs.server_port}/evil",
        "jwk": _jwk("ec-1", OTHER_EC_KEY),
        "x5c": ["AAAA"],
    }
    assert _is_refused(iap, _token(OTHER_EC_KEY, headers=headers))
    assert iap.verify(_token(headers=headers))
    assert certs.paths == ["/certs"]


def test_an_unknown_critical_header_is_refused(iap: JwtVerifier) -> None:
    header = {"alg": "ES256", "kid": "ec-1", "crit": ["x"], "x": 1}
    assert _is_refused(iap, f"{_segment(header)}.{_segment(_claims())}.AAAA")


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "e30.e30.e30", "ä.ö.ü", "\ud800", " ", "a" * (MAX_TOKEN_CHARACTERS + 1)],
)
def test_garbage_is_refused_without_a_fetch(iap: JwtVerifier, certs: CertsServer, token: str) -> None:
    assert _is_refused(iap, token)
    assert certs.paths == []


def test_a_claims_part_that_is_no_object_is_refused(iap: JwtVerifier) -> None:
    assert _is_refused(iap, jwt.api_jws.encode(b"[]", EC_KEY, "ES256", {"kid": "ec-1"}))


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


# The certificates


def test_many_calls_make_one_fetch(iap: JwtVerifier, certs: CertsServer) -> None:
    for _ in range(50):
        iap.verify(_token())
    assert len(certs.paths) == 1


def test_many_first_callers_make_one_fetch(iap: JwtVerifier, certs: CertsServer) -> None:
    certs.delay_s = 0.1
    with ThreadPoolExecutor(16) as pool:
        emails = {who.email for who in pool.map(iap.verify, [_token()] * 16)}
    assert emails == {"ann@example.com"}
    assert len(certs.paths) == 1


def test_invented_key_ids_do_not_cause_a_stampede(iap: JwtVerifier, certs: CertsServer) -> None:
    iap.verify(_token())
    for number in range(20):
        assert _is_refused(iap, _token(headers={"kid": f"k{number}"}))
    assert len(certs.paths) == 1


def test_a_rotated_key_is_picked_up_after_the_cooldown(iap: JwtVerifier, certs: CertsServer, ticks: Ticks) -> None:
    iap.verify(_token())
    certs.keys["ec-2"] = OTHER_EC_KEY
    ticks.now += SUCCESS_COOLDOWN_S
    assert iap.verify(_token(OTHER_EC_KEY, headers={"kid": "ec-2"}))
    assert len(certs.paths) == 2


def test_a_withdrawn_key_is_refused_after_its_lifespan(iap: JwtVerifier, certs: CertsServer, ticks: Ticks) -> None:
    iap.verify(_token())
    del certs.keys["ec-1"]
    ticks.now += LIFESPAN_S + 1
    assert _is_refused(iap, _token())


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (404, b"not here"),
        (302, b""),
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"keys": []}'),
        (200, b'{"keys": 7}'),
        (200, b"\xff\xfe"),
    ],
)
def test_a_useless_answer_is_to_be_retried_and_is_asked_for_again_soon(
    iap: JwtVerifier, certs: CertsServer, ticks: Ticks, answer: tuple[int, bytes]
) -> None:
    certs.answer = answer
    for _ in range(5):
        with pytest.raises(TransientError) as caught:
            iap.verify(_token())
        assert caught.value.reason == "CERTIFICATES_UNAVAILABLE"
    assert certs.paths == ["/certs"]
    certs.answer = None
    ticks.now += FAILURE_COOLDOWN_S
    assert iap.verify(_token())


def test_an_unreachable_endpoint_is_to_be_retried(certs: CertsServer) -> None:
    verifier = JwtVerifier([IAP_ISSUER], AUDIENCE, "http://127.0.0.1:1/certs", ["ES256"])
    with pytest.raises(TransientError):
        verifier.verify(_token())
    assert _is_refused(verifier, "no.token.atall")


def test_known_keys_serve_while_the_endpoint_is_down_but_not_for_ever(
    iap: JwtVerifier, certs: CertsServer, ticks: Ticks
) -> None:
    iap.verify(_token())
    certs.answer = (503, b"")
    ticks.now += LIFESPAN_S + 1
    assert iap.verify(_token())
    assert len(certs.paths) == 2
    with pytest.raises(TransientError):
        iap.verify(_token(headers={"kid": "perhaps-new"}))
    ticks.now += STALE_LIMIT_S
    with pytest.raises(TransientError):
        iap.verify(_token())


def test_nobody_waits_for_a_refresh_while_known_keys_serve(
    iap: JwtVerifier, certs: CertsServer, ticks: Ticks
) -> None:
    iap.verify(_token())
    ticks.now += LIFESPAN_S + 1
    certs.delay_s = 1.0
    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(iap.verify, _token())
        while len(certs.paths) < 2:
            time.sleep(0.001)
        before = time.monotonic()
        assert iap.verify(_token())
        assert time.monotonic() - before < 0.5
        assert refreshing.result()
    assert len(certs.paths) == 2
