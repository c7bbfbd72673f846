"""One suite over both mail providers: what an answer means, and that a letter is one request."""

import logging
import time
import traceback
from collections.abc import Iterator

import pytest

from shared.adapters import sendgrid as sendgrid_adapter
from shared.adapters import ses as ses_adapter
from shared.adapters.sendgrid import SendGridMail
from shared.adapters.ses import SesMail
from shared.domain.errors import (
    AmbiguousOutcomeError,
    NotSentError,
    PasscodeResetError,
    RejectedError,
    ThrottledError,
    UnauthorisedError,
)
from shared.services.ports import MailProvider
from tests.contract import mail_backends
from tests.contract.mail_backends import KEY, PASSCODE, REGION, SENDER, TIMEOUT_S, Backend, letter
from tests.contract.push_receiver import wait_until
from tests.contract.raw_server import refused_url
from tests.contract.tls_server import distrusted

SECRET_KEY = "aws-canary-key-91c2"

FAULTS = ["http_401", "http_429", "http_500", "hang", "drop_after_accept", "refuse_address"]


@pytest.fixture(autouse=True)
def _aws_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


@pytest.fixture(params=["sendgrid", "ses"])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def backend(name: str) -> Iterator[Backend]:
    with getattr(mail_backends, name)() as backend:
        yield backend


def provider_at(name: str, url: str) -> MailProvider:
    if name == "sendgrid":
        return SendGridMail(KEY, SENDER, url, timeout_s=TIMEOUT_S)
    return SesMail(REGION, SENDER, url, connect_timeout_s=TIMEOUT_S, read_timeout_s=TIMEOUT_S)


def failure(provider: MailProvider) -> PasscodeResetError:
    with pytest.raises(PasscodeResetError) as caught:
        provider.send(letter())
    return caught.value


def test_a_letter_that_is_taken_is_one_request(backend: Backend, name: str) -> None:
    backend.provider.send(letter())
    assert backend.accepted() == [("admin@example.com", "New passcode: Pixel 9, …02KM")]
    assert backend.requests() == 1
    assert backend.provider.name == name


def test_a_refused_address_is_refused_for_good(backend: Backend) -> None:
    backend.plan("refuse_address")
    error = failure(backend.provider)
    assert (type(error), error.reason) == (RejectedError, "ADDRESS_REFUSED")
    assert backend.accepted() == []


@pytest.mark.parametrize(
    ("fault", "family"),
    [("http_401", UnauthorisedError), ("http_429", ThrottledError)],
)
def test_a_provider_that_takes_nothing_lets_the_other_one_try(
    backend: Backend, fault: str, family: type[PasscodeResetError]
) -> None:
    backend.plan(fault)
    assert type(failure(backend.provider)) is family
    assert (backend.requests(), backend.accepted()) == (1, [])


@pytest.mark.parametrize(("fault", "taken"), [("http_500", 0), ("drop_after_accept", 1)])
def test_a_lost_answer_is_ambiguous_and_never_sent_again(backend: Backend, fault: str, taken: int) -> None:
    backend.plan(fault)
    assert type(failure(backend.provider)) is AmbiguousOutcomeError
    assert (backend.requests(), len(backend.accepted())) == (1, taken)


def test_a_provider_that_says_nothing_is_given_up_after_the_time_out(backend: Backend) -> None:
    backend.plan("hang")
    started = time.monotonic()
    assert type(failure(backend.impatient)) is AmbiguousOutcomeError
    assert time.monotonic() - started < mail_backends.TIMEOUT_S
    wait_until(lambda: backend.requests() > 0)  # a busy machine may come to read it only after it was given up
    assert backend.requests() == 1


def test_a_provider_that_nobody_listens_for_was_not_sent_anything(name: str) -> None:
    assert type(failure(provider_at(name, refused_url()))) is NotSentError


def test_a_name_that_does_not_resolve_was_not_sent_anything(name: str) -> None:
    assert type(failure(provider_at(name, "http://mail.invalid"))) is NotSentError


def test_a_certificate_of_somebody_else_was_not_sent_anything(name: str) -> None:
    with distrusted() as server:
        assert type(failure(provider_at(name, server.url))) is NotSentError
        assert server.received == b""


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com,b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "Admin <a@example.com>",
        "a\x00@example.com",
        "b\u202e@example.com",
        f"{'x' * 10_000}@example.com",
        "",
    ],
)
def test_what_is_not_one_plain_address_never_reaches_the_provider(backend: Backend, address: str) -> None:
    with pytest.raises(RejectedError, match="ADDRESS_REFUSED"):
        backend.provider.send(letter(to=address))
    assert backend.requests() == 0


def test_a_subject_cannot_forge_a_header(backend: Backend) -> None:
    backend.provider.send(letter(subject="Hello\r\nBcc: b@example.com\x00" + "y" * 10_000))
    ((_, subject),) = backend.accepted()
    assert subject.startswith("Hello��Bcc: b@example.com�yyy")
    assert len(subject) == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_tells_neither_letter_nor_recipient_nor_key(backend: Backend, fault: str) -> None:
    backend.plan(fault)
    error = failure(backend.impatient if fault == "hang" else backend.provider)
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = "".join(report.format()) + repr(error) + str(error.metadata)
    # This test's own frame holds neither; the adapter's frames are in the report.
    assert "adapters" in text
    for secret in (PASSCODE, KEY, SECRET_KEY):
        assert secret not in text
    assert "admin@example.com" not in str(error)


def test_debug_logging_shows_neither_letter_nor_key(name: str, caplog: pytest.LogCaptureFixture) -> None:
    for logger in (*sendgrid_adapter.LEAKY_LOGGERS, *ses_adapter.LEAKY_LOGGERS):
        logging.getLogger(logger).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    with getattr(mail_backends, name)() as backend:
        caplog.clear()  # setting moto up signs a request by a client of its own
        backend.provider.send(letter())
        backend.plan("http_429")
        failure(backend.provider)
    logging.getLogger("canary").debug("the log is on")
    assert "the log is on" in caplog.text
    for secret in (PASSCODE, KEY, SECRET_KEY, "Signature="):
        assert secret not in caplog.text


@pytest.mark.parametrize("sender", ["", "nobody", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@c.de"])
def test_a_sender_that_cannot_work_is_refused_at_the_start(name: str, sender: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        _ = SendGridMail(KEY, sender) if name == "sendgrid" else SesMail(REGION, sender)
