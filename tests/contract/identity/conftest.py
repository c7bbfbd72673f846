"""Verifiers of both kinds of token against one certificate endpoint, with a clock that a test moves."""

import threading
from collections.abc import Iterator

import pytest

from shared.adapters.identity import JwtVerifier
from shared.services.token_issuers import GOOGLE_ISSUER, IAP_ISSUER
from tests.contract.identity.certs_server import CertsServer
from tests.contract.identity.tokens import AUDIENCE, Ticks


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
