"""What the network does to a command: not sent, sent once, or left without an answer that can be read."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.adapters.android_management import AndroidManagement, transport
from shared.domain.errors import (
    AmbiguousOutcomeError,
    EnterpriseRefusedError,
    NotSentError,
    PermanentError,
    ThrottledError,
    UnauthorisedError,
)
from tests.contract.android_management.commands import DEVICE, OPERATION, FakeCredentials, issue, issue_failure
from tests.contract.raw_server import HOLD, answering, http, refused_url
from tests.contract.simulator.amapi_client import wait_until


def test_a_command_to_a_port_that_nobody_listens_on_was_not_sent(make_client):
    error = issue_failure(make_client(refused_url()))
    assert type(error) is NotSentError


def test_a_command_to_a_host_that_does_not_exist_was_not_sent(make_client):
    error = issue_failure(make_client("https://amapi.invalid", credentials=FakeCredentials()))
    assert type(error) is NotSentError


def test_a_command_to_a_server_without_tls_was_not_sent(make_client):
    with answering(http("200 OK", b"{}")) as server:
        client = make_client(server.url.replace("http", "https"), credentials=FakeCredentials())
        assert type(issue_failure(client)) is NotSentError
        assert server.posts == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_command_to_a_server_of_unknown_authority_was_not_sent(make_client, tls):
    with answering(b"", tls) as server:
        assert type(issue_failure(make_client(server.url, credentials=FakeCredentials()))) is NotSentError
        assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "error"), [(b"", AmbiguousOutcomeError), (http("404 Not Found", b"{}"), PermanentError)]
)
def test_a_command_that_left_over_tls_gets_one_post(make_client, tls, certificate, answer, error):
    with answering(answer, tls) as server:
        client = make_client(server.url, credentials=FakeCredentials())
        client._devices()
        client._transport._authorised()[0].verify = str(certificate)
        assert type(issue_failure(client)) is error
        assert server.posts == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", AmbiguousOutcomeError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", AmbiguousOutcomeError),
        (b"\x00\x01\x02garbage\r\n\r\n", AmbiguousOutcomeError),
        (http("200 OK", b""), AmbiguousOutcomeError),
        (http("200 OK", b"[1, 2]"), AmbiguousOutcomeError),
        (http("200 OK", b"{}"), AmbiguousOutcomeError),
        (http("200 OK", b'{"name": 7}'), AmbiguousOutcomeError),
        (http("200 OK", b"\xff\xfe\x00"), AmbiguousOutcomeError),
        (http("200 OK", b"[" * 100_000), AmbiguousOutcomeError),
        (http("403 Forbidden", b"[" * 100_000), EnterpriseRefusedError),
        (http("200 OK", b"not gzip", "Content-Encoding: gzip"), AmbiguousOutcomeError),
        (http("200 OK", b'{"name": "' + OPERATION.encode() + b'"}')[:-9], AmbiguousOutcomeError),
        (http("204 No Content"), AmbiguousOutcomeError),
        (http("301 Moved Permanently", b"", "Location: /elsewhere"), AmbiguousOutcomeError),
        (http("308 Permanent Redirect", b"", "Location: /elsewhere"), AmbiguousOutcomeError),
        (http("503 Unavailable", b"", "Retry-After: 0"), AmbiguousOutcomeError),
        (http("400 Bad Request", b"<html>"), PermanentError),
        (http("401 Unauthorized", b""), UnauthorisedError),
        (http("403 Forbidden", b"not json"), EnterpriseRefusedError),
        (http("429 Too Many", b""), ThrottledError),
    ],
)
def test_whatever_a_server_answers_it_gets_one_post(make_client, answer, error):
    with answering(answer) as server:
        found = issue_failure(make_client(server.url))
        assert type(found) is error
        assert server.posts == len(server.requests) == 1


def test_a_server_that_says_nothing_gets_one_post(make_client):
    with answering(HOLD) as server:
        assert type(issue_failure(make_client(server.url, timeout_s=0.2))) is AmbiguousOutcomeError
        wait_until(lambda: server.requests)  # a busy machine may come to read it only after its sender has given up
        assert server.posts == len(server.requests) == 1


def test_an_answer_without_measure_is_not_read_to_its_end(make_client):
    body = b'{"name": "' + b"x" * (17 * 1024 * 1024) + b'"}'
    with answering(http("200 OK", body)) as server:
        assert type(issue_failure(make_client(server.url))) is AmbiguousOutcomeError
        assert server.posts == 1


def test_an_answer_is_not_read_beyond_the_deadline(make_client, monkeypatch):
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT_S", -1.0)  # the deadline is over before the first byte
    client = make_client("http://127.0.0.1:1", timeout_s=0.5)
    client._devices()
    session = client._transport._authorised()[0]
    with answering(http("200 OK", b'{"name": "x"}')) as server:
        timeout = (1.0, 0.5)
        monkeypatch.setattr(
            session,
            "request",
            lambda *args, **kw: type(session).request(session, *args, **{**kw, "timeout": timeout}),
        )
        failure, _ = client._transport._exchange(f"{server.url}/v1/x", "POST", "{}", {})
    assert (failure.sent, failure.word) == (True, "ReadTimeout")


def test_a_stale_connection_is_not_used_for_a_command(simulator, client, monkeypatch):
    client.get_device(DEVICE)
    open_before = set(simulator.connections())
    monkeypatch.setattr(transport, "IDLE_LIMIT_S", -1.0)
    issue(client)
    assert set(simulator.connections()) != open_before


def test_a_proxy_of_the_environment_is_not_asked(simulator, make_client, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", refused_url())
    monkeypatch.setenv("http_proxy", refused_url())
    assert make_client(simulator.url).get_device(DEVICE) is not None


def test_closing_a_client_that_never_called_is_fine():
    AndroidManagement().close()
