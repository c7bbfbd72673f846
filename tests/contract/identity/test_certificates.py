"""The certificates: how often they are fetched, for how long they serve, and what happens without them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.adapters.identity import FAILURE_COOLDOWN_S, LIFESPAN_S, STALE_LIMIT_S, SUCCESS_COOLDOWN_S, JwtVerifier
from shared.domain.errors import TransientError
from shared.services.token_issuers import IAP_ISSUER
from tests.contract.identity.certs_server import OTHER_EC_KEY, CertsServer
from tests.contract.identity.tokens import AUDIENCE, Ticks, is_refused, signed_token
from tests.contract.push_receiver import wait_until


def test_many_calls_make_one_fetch(iap: JwtVerifier, certs: CertsServer) -> None:
    for _ in range(50):
        iap.verify(signed_token())
    assert len(certs.paths) == 1


def test_many_first_callers_make_one_fetch(iap: JwtVerifier, certs: CertsServer) -> None:
    certs.delay_s = 0.1
    with ThreadPoolExecutor(16) as pool:
        emails = {who.email for who in pool.map(iap.verify, [signed_token()] * 16)}
    assert emails == {"ann@example.com"}
    assert len(certs.paths) == 1


def test_invented_key_ids_do_not_cause_a_stampede(iap: JwtVerifier, certs: CertsServer) -> None:
    iap.verify(signed_token())
    for number in range(20):
        assert is_refused(iap, signed_token(headers={"kid": f"k{number}"}))
    assert len(certs.paths) == 1


def test_a_rotated_key_is_picked_up_after_the_cooldown(iap: JwtVerifier, certs: CertsServer, ticks: Ticks) -> None:
    iap.verify(signed_token())
    certs.keys["ec-2"] = OTHER_EC_KEY
    ticks.now += SUCCESS_COOLDOWN_S
    assert iap.verify(signed_token(OTHER_EC_KEY, headers={"kid": "ec-2"}))
    assert len(certs.paths) == 2


def test_a_withdrawn_key_is_refused_after_its_lifespan(iap: JwtVerifier, certs: CertsServer, ticks: Ticks) -> None:
    iap.verify(signed_token())
    del certs.keys["ec-1"]
    ticks.now += LIFESPAN_S + 1
    assert is_refused(iap, signed_token())


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
            iap.verify(signed_token())
        assert caught.value.reason == "CERTIFICATES_UNAVAILABLE"
    assert certs.paths == ["/certs"]
    certs.answer = None
    ticks.now += FAILURE_COOLDOWN_S
    assert iap.verify(signed_token())


def test_an_unreachable_endpoint_is_to_be_retried(certs: CertsServer) -> None:
    verifier = JwtVerifier([IAP_ISSUER], AUDIENCE, "http://127.0.0.1:1/certs", ["ES256"])
    with pytest.raises(TransientError):
        verifier.verify(signed_token())
    assert is_refused(verifier, "no.token.atall")


def test_known_keys_serve_while_the_endpoint_is_down_but_not_for_ever(
    iap: JwtVerifier, certs: CertsServer, ticks: Ticks
) -> None:
    iap.verify(signed_token())
    certs.answer = (503, b"")
    ticks.now += LIFESPAN_S + 1
    assert iap.verify(signed_token())
    assert len(certs.paths) == 2
    with pytest.raises(TransientError):
        iap.verify(signed_token(headers={"kid": "perhaps-new"}))
    ticks.now += STALE_LIMIT_S
    with pytest.raises(TransientError):
        iap.verify(signed_token())


def test_nobody_waits_for_a_refresh_while_known_keys_serve(
    iap: JwtVerifier, certs: CertsServer, ticks: Ticks
) -> None:
    """Regression of this test: it measured half a second, which a busy machine needs for other things."""
    iap._keys._client.timeout = 60
    iap.verify(signed_token())
    ticks.now += LIFESPAN_S + 1
    certs.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(iap.verify, signed_token())
        wait_until(lambda: len(certs.paths) == 2)
        assert iap.verify(signed_token())
        assert not refreshing.done()
        certs.gate.set()
        assert refreshing.result()
    assert len(certs.paths) == 2
