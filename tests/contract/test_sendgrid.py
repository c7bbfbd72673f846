"""What SendGrid alone is sent and answers."""

import json
from typing import Any

import pytest

from shared.adapters.sendgrid import SendGridMail
from shared.domain.errors import AmbiguousOutcomeError, PasscodeResetError, RejectedError, TransientError
from tests.contract.mail_backends import KEY, PASSCODE, REFERENCE, SENDER, TIMEOUT_S, letter
from tests.contract.raw_server import answering, http


def body_sent(key: str = KEY, sender: str = SENDER) -> tuple[str, dict[str, Any]]:
    with answering(http("202 Accepted")) as server:
        SendGridMail(key, sender, server.url).send(letter())
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
    return head.decode(), json.loads(body)


def failure(answer: bytes) -> PasscodeResetError:
    with answering(answer) as server:
        with pytest.raises(PasscodeResetError) as caught:
            SendGridMail(KEY, SENDER, server.url, timeout_s=TIMEOUT_S).send(letter())
        assert server.posts == 1
    return caught.value


def test_one_recipient_gets_text_then_html() -> None:
    head, body = body_sent()
    assert head.startswith("POST /v3/mail/send ")
    assert body["personalizations"] == [{"to": [{"email": "admin@example.com"}]}]
    assert body["from"] == {"email": "noreply@example.com", "name": "Passcode reset"}
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert all(PASSCODE in part["value"] for part in body["content"])
    assert body["custom_args"] == {"action": REFERENCE}


def test_nothing_is_tracked_rewritten_or_dropped_in_silence() -> None:
    _, body = body_sent()
    tracking = body["tracking_settings"]
    assert tracking["click_tracking"] == {"enable": False, "enable_text": False}
    assert not any(tracking[name]["enable"] for name in ("open_tracking", "subscription_tracking", "ganalytics"))
    assert body["mail_settings"]["bypass_unsubscribe_management"] == {"enable": True}


def test_holiday_replies_are_asked_to_stay_away() -> None:
    _, body = body_sent()
    assert body["headers"]["Auto-Submitted"] == "auto-generated"


def test_a_sender_without_a_name_is_sent_without_one() -> None:
    _, body = body_sent(sender="noreply@example.com")
    assert body["from"] == {"email": "noreply@example.com"}


def test_the_line_break_at_the_end_of_a_stored_key_is_dropped() -> None:
    head, _ = body_sent(key=f"{KEY}\n")
    assert f"Authorization: Bearer {KEY}\r\n" in f"{head}\r\n"


@pytest.mark.parametrize("key", ["", "  ", "SG.two\nlines", "SG.ümlaut"])
def test_a_key_that_cannot_work_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        SendGridMail(key, SENDER)
    assert "SG." not in str(caught.value)


def test_a_redirect_is_not_followed_with_the_key() -> None:
    with answering(http("202 Accepted")) as elsewhere:
        error = failure(http("302 Found", b"", f"Location: {elsewhere.url}/steal"))
        assert elsewhere.requests == []
    assert type(error) is TransientError


@pytest.mark.parametrize(
    "field", ["personalizations.0.to.0.email", "personalizations[0].to", "personalizations.to"]
)
def test_a_fault_in_the_recipient_is_a_refused_address(field: str) -> None:
    body = json.dumps({"errors": [{"message": "Does not contain a valid address.", "field": field}]}).encode()
    error = failure(http("400 Bad Request", body))
    assert (type(error), error.reason) == (RejectedError, "ADDRESS_REFUSED")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"errors": [{"message": "bad", "field": "from.email"}]}).encode(),
        json.dumps({"errors": [{"message": "to", "field": None}]}).encode(),
        json.dumps({"errors": [{"message": "x", "field": "personalizations\r\n.0.to"}]}).encode(),
        json.dumps({"errors": "to"}).encode(),
        json.dumps(["to"]).encode(),
        b"personalizations.0.to",
        b"",
    ],
)
def test_any_other_refused_request_lets_the_other_provider_try(body: bytes) -> None:
    error = failure(http("400 Bad Request", body))
    assert (type(error), error.reason) == (TransientError, "MAIL_REFUSED")


@pytest.mark.parametrize("status", ["404 Not Found", "413 Payload Too Large", "418 Teapot"])
def test_other_4xx_took_nothing(status: str) -> None:
    assert type(failure(http(status))) is TransientError


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", b"<html>"),
        http("503 Service Unavailable"),
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 10\r\n\r\nhalf",
        b"",
    ],
)
def test_an_answer_that_is_none_is_ambiguous(answer: bytes) -> None:
    assert type(failure(answer)) is AmbiguousOutcomeError
