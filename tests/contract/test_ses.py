"""What Amazon SES alone is sent and answers, and the role that a Google ID token buys."""

import json
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from botocore.exceptions import ParamValidationError
from google.auth.compute_engine import _metadata
from google.auth.exceptions import RefreshError

from shared.adapters.ses import SesMail
from shared.adapters.ses.answers import no_answer
from shared.adapters.ses.keyless import metadata_token
from shared.domain.errors import (
    AmbiguousOutcomeError,
    NotSentError,
    PasscodeResetError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from tests.contract.mail_backends import PASSCODE, REGION, SENDER, TIMEOUT_S, letter, moto
from tests.contract.raw_server import answering, http, refused_url
from tests.contract.ses_front import before

ROLE = "arn:aws:iam::123456789012:role/passcode-reset-mail"
TAKEN = http("200 OK", b'{"MessageId": "1"}', "Content-Type: application/json")


@pytest.fixture
def _aws_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture
def _no_aws_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")


def refusal(status: str, code: str, message: str = "") -> bytes:
    body = json.dumps({"message": message}).encode()
    return http(status, body, f"x-amzn-ErrorType: {code}", "Content-Type: application/json")


def failure(answer: bytes) -> PasscodeResetError:
    with answering(answer) as server:
        with pytest.raises(PasscodeResetError) as caught:
            SesMail(REGION, SENDER, server.url, read_timeout_s=TIMEOUT_S).send(letter())
        assert server.posts == 1
    return caught.value


@pytest.mark.usefixtures("_aws_keys")
def test_one_recipient_gets_text_and_html_untracked() -> None:
    with answering(TAKEN) as server:
        SesMail(REGION, SENDER, server.url).send(letter())
        body = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    assert body["FromEmailAddress"] == "Passcode reset <noreply@example.com>"
    assert body["Destination"] == {"ToAddresses": ["admin@example.com"]}
    parts = body["Content"]["Simple"]["Body"]
    assert all(PASSCODE in parts[kind]["Data"] for kind in ("Text", "Html"))
    assert {"Name": "Auto-Submitted", "Value": "auto-generated"} in body["Content"]["Simple"]["Headers"]
    assert body["EmailTags"] == [{"Name": "action", "Value": "01K3X7Q9T2V8M4"}]
    assert "ConfigurationSetName" not in body


@pytest.mark.usefixtures("_aws_keys")
def test_a_sender_that_amazon_has_not_verified_is_our_account_not_the_address() -> None:
    with moto() as port, pytest.raises(TransientError, match="MessageRejected"):
        SesMail(REGION, "noreply@elsewhere.example", f"http://127.0.0.1:{port}").send(letter())


@pytest.mark.usefixtures("_aws_keys")
@pytest.mark.parametrize(
    ("answer", "family"),
    [
        (
            refusal("400 Bad Request", "MessageRejected", "Email address is not verified: admin@example.com"),
            TransientError,
        ),
        (refusal("400 Bad Request", "AccountSuspendedException"), TransientError),
        (refusal("400 Bad Request", "SendingPausedException"), TransientError),
        (refusal("400 Bad Request", "MailFromDomainNotVerifiedException"), TransientError),
        (refusal("400 Bad Request", "LimitExceededException"), TransientError),
        (refusal("404 Not Found", "NotFoundException"), TransientError),
        (refusal("400 Bad Request", "BadRequestException", "Body too large"), TransientError),
        (refusal("400 Bad Request", "BadRequestException", "Missing final '@domain'"), RejectedError),
        (refusal("400 Bad Request", "InvalidParameterValue", "Local address contains control"), RejectedError),
        (refusal("400 Bad Request", "ThrottlingException"), ThrottledError),
        (refusal("429 Too Many Requests", "Whatever"), ThrottledError),
        (refusal("400 Bad Request", "ExpiredTokenException"), UnauthorisedError),
        (refusal("403 Forbidden", "Whatever"), UnauthorisedError),
        (refusal("503 Service Unavailable", "Whatever"), AmbiguousOutcomeError),
        (http("302 Found", b"", "Location: http://127.0.0.1:9/steal"), AmbiguousOutcomeError),
        (http("200 OK", b"<html>"), AmbiguousOutcomeError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", AmbiguousOutcomeError),
        (b"", AmbiguousOutcomeError),
    ],
)
def test_each_answer_has_its_family(answer: bytes, family: type[PasscodeResetError]) -> None:
    error = failure(answer)
    assert type(error) is family
    assert "admin@example.com" not in str(error)


@pytest.mark.usefixtures("_no_aws_keys")
def test_without_credentials_no_letter_leaves() -> None:
    with answering(TAKEN) as server:
        with pytest.raises(UnauthorisedError, match="MAIL_CREDENTIALS_MISSING"):
            SesMail(REGION, SENDER, server.url).send(letter())
        assert server.requests == []


def keyless(url: str, source: Callable[[], str]) -> SesMail:
    return SesMail(REGION, SENDER, url, ROLE, "aws", token_source=source, read_timeout_s=TIMEOUT_S)


@pytest.mark.usefixtures("_no_aws_keys")
def test_a_google_id_token_buys_the_role_once_for_many_letters() -> None:
    tokens: list[str] = []

    def source() -> str:
        tokens.append("header.payload.signature")
        return tokens[-1]

    with moto() as port, before(port) as front:
        provider = keyless(front.url, source)
        provider.send(letter())
        provider.send(letter("user@example.com"))
        signed = [request["Authorization"] for request in front.requests]
        sessions = {request["X-Amz-Security-Token"] for request in front.requests}
    assert len(tokens) == 1
    assert len(signed) == 2
    assert all("Credential=ASIA" in header for header in signed)
    assert len(sessions) == 1


@pytest.mark.usefixtures("_no_aws_keys")
def test_what_is_sent_to_amazon_for_the_role_is_the_token_unsigned() -> None:
    refused = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
    with answering(http("403 Forbidden", refused, "Content-Type: text/xml")) as server:
        with pytest.raises(UnauthorisedError, match="AWS STS answered 403 AccessDenied"):
            keyless(server.url, lambda: "a.b.c").send(letter())
        head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    asked = dict(urllib.parse.parse_qsl(body))
    assert len(server.requests) == 1
    assert (asked["Action"], asked["RoleArn"]) == ("AssumeRoleWithWebIdentity", ROLE)
    assert asked["WebIdentityToken"] == "a.b.c"
    assert "Authorization" not in head


@pytest.mark.usefixtures("_no_aws_keys")
@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable"])
def test_a_role_service_that_is_down_means_that_nothing_was_sent(status: str) -> None:
    down = b"<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>"
    with answering(http(status, down, "Content-Type: text/xml")) as server:
        with pytest.raises(NotSentError):
            keyless(server.url, lambda: "a.b.c").send(letter())
        assert server.posts == 1


@pytest.mark.usefixtures("_no_aws_keys")
def test_a_role_service_that_is_not_there_means_that_nothing_was_sent() -> None:
    with pytest.raises(NotSentError):
        keyless(refused_url(), lambda: "a.b.c").send(letter())


@pytest.mark.usefixtures("_no_aws_keys")
def test_a_metadata_server_without_a_token_means_that_nothing_was_sent() -> None:
    def source() -> str:
        raise RefreshError("no token")

    with answering(TAKEN) as server:
        with pytest.raises(NotSentError, match="RefreshError"):
            keyless(server.url, source).send(letter())
        assert server.requests == []


def test_a_role_needs_an_audience() -> None:
    with pytest.raises(ValueError, match="audience"):
        SesMail(REGION, SENDER, None, ROLE)


class MetadataServer(BaseHTTPRequestHandler):
    token = "eyJhbGciOiAibm9uZSJ9.eyJleHAiOiA0MTAyNDQ0ODAwfQ.c2ln"
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(f"{self.path} {self.headers['Metadata-Flavor']}")
        token = "/identity?" in self.path
        body = self.token.encode() if token else b'{"email": "notify-run@project.iam.gserviceaccount.com"}'
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if token else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


def test_the_token_comes_from_the_metadata_server_for_the_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), MetadataServer) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", f"127.0.0.1:{server.server_port}")
        assert metadata_token("https://audience.example")() == MetadataServer.token
        server.shutdown()
    path, flavor = MetadataServer.asked[-1].split(" ")
    assert path.startswith("/computeMetadata/v1/instance/service-accounts/default/identity?")
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)["audience"] == ["https://audience.example"]
    assert flavor == "Google"


def test_a_metadata_server_that_cuts_the_line_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(b"") as server:
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", server.url.removeprefix("http://"))
        with pytest.raises(RefreshError):
            metadata_token("aws")()
    assert len(server.requests) == 1


@pytest.mark.usefixtures("_aws_keys")
def test_the_role_is_taken_even_where_keys_lie_around() -> None:
    with moto() as port, before(port) as front:
        keyless(front.url, lambda: "a.b.c").send(letter())
        assert "Credential=ASIA" in front.requests[0]["Authorization"]


def test_a_request_that_botocore_itself_refuses_lets_the_other_provider_try() -> None:
    error = no_answer(ParamValidationError(report='Unknown parameter "Headers"'))
    assert (type(error), error.reason) == (TransientError, "MAIL_REFUSED")
