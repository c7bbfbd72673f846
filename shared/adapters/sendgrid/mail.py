"""What is sent to SendGrid, and what its answers mean (adapter of ``MailProvider``).

No error leaves from a frame that holds the letter in the clear: what talks to SendGrid returns its error, and
``send`` raises it. Error texts name status codes and fields, never the letter, the address or the key.

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send (body, limits, form of errors).
"""

import http.client
import json
import logging
import re
from http import HTTPStatus
from typing import Any

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from shared.adapters.sendgrid.transport import NeverConnectedError, OneRequestClient
from shared.domain.errors import (
    AmbiguousOutcomeError,
    NotSentError,
    PasscodeResetError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from shared.domain.inert_text import inert
from shared.domain.mail import MAX_SUBJECT, Mail
from shared.domain.mail_address import is_plain_address, named_address

LEAKY_LOGGERS = ("python_http_client",)
"""At DEBUG they write letters and the key. A ``SendGridMail`` holds them at WARNING, whatever the root says."""

SOCKET_TIMEOUT_S = 8.0
"""For connecting, and again for each wait for data. SendGrid answers within a second; all waits of one mail call
must stay below 45 s, so that its lease of 60 s outlives it."""


_TO_FIELD = re.compile(r"personalizations\b.*\bto\b")
_FIELD_NAME = re.compile(r"[a-z0-9_.\[\]]{1,80}")


class SendGridMail:
    """Sends by ``POST /v3/mail/send``: one request a letter, no repeats. Safe from several threads."""

    name: str = "sendgrid"

    def __init__(
        self, api_key: str, sender: str, host: str | None = None, timeout_s: float = SOCKET_TIMEOUT_S
    ) -> None:
        """Prepare a client; nothing is sent.

        Args:
            api_key: with the right ``mail.send`` only; space around it (a secret's last line break) is dropped.
            sender: an address of a verified domain, or ``Name <address>``.
            host: base URL without a slash at its end; None for SendGrid's.
            timeout_s: seconds for each wait on the socket.

        Raises:
            ValueError: the key or the sender can never work; the text does not hold the key.
        """
        for logger in LEAKY_LOGGERS:
            logging.getLogger(logger).setLevel(logging.WARNING)
        self._sender = _sender(sender)
        key = api_key.strip()
        if not re.fullmatch(r"[!-~]+", key):
            # http.client would refuse it as a header, with the key in the error's text.
            raise ValueError("the SendGrid API key is empty or holds characters that no key has")
        self._api = SendGridAPIClient(api_key=key, host=host or "https://api.sendgrid.com")
        self._api.client = OneRequestClient(
            host=self._api.host, request_headers=self._api.client.request_headers, version=3, timeout=timeout_s
        )

    def send(self, mail: Mail) -> None:
        """Hand one letter over, by exactly one request.

        Raises:
            RejectedError: ``ADDRESS_REFUSED``: this recipient is refused for good (ack).
            TransientError: SendGrid took nothing: not reached, 401, 403, 429, or any other 4xx. The last means that
                our own request was wrong for SendGrid; the other provider may still take the letter, and losing it
                would be worse than asking in vain (retry).
            AmbiguousOutcomeError: time-out, lost connection, 5xx, or an answer that is none (retry, may be a copy).
        """
        error = self._refused_here(mail) or self._exchange(mail)
        if error is not None:
            raise error

    @staticmethod
    def _refused_here(mail: Mail) -> PasscodeResetError | None:
        if is_plain_address(mail.to):
            return None
        return RejectedError("ADDRESS_REFUSED", "the recipient is not one plain e-mail address")

    def _exchange(self, mail: Mail) -> PasscodeResetError | None:
        try:
            response = self._api.send(_body(mail, self._sender))
        except HTTPError as error:
            return _refusal(error)
        except (OSError, http.client.HTTPException) as error:
            return _unanswered(error)
        if response.status_code != HTTPStatus.ACCEPTED:
            return AmbiguousOutcomeError(
                "MAIL_ANSWER_UNKNOWN", f"SendGrid answered {response.status_code} where it says 202"
            )
        return None


def _sender(text: str) -> dict[str, str]:
    """Return SendGrid's form of ``address`` or ``Name <address>``."""
    name, address = named_address(text)
    return {"email": address, "name": name} if name else {"email": address}


def _body(mail: Mail, sender: dict[str, str]) -> dict[str, Any]:
    """Return the JSON of ``mail/send`` for one recipient.

    Tracking stays off: a rewritten link or a pixel tells a third party which letter was read, when and from where.
    The list of unsubscribed addresses is passed over: nobody unsubscribes from a passcode, and SendGrid would take
    the letter and drop it in silence. ``Auto-Submitted`` (RFC 3834) keeps holiday replies, which quote the letter,
    from being sent.
    """
    off = {"enable": False}
    return {
        "personalizations": [{"to": [{"email": mail.to}]}],
        "from": sender,
        "subject": inert(mail.subject, MAX_SUBJECT),
        "content": [
            {"type": "text/plain", "value": mail.text.reveal()},
            {"type": "text/html", "value": mail.html.reveal()},
        ],
        "headers": {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        "custom_args": {"action": mail.reference},
        "mail_settings": {"bypass_unsubscribe_management": {"enable": True}},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": off,
            "subscription_tracking": off,
            "ganalytics": off,
        },
    }


def _refusal(error: HTTPError) -> PasscodeResetError:
    status = int(error.status_code)
    fields = _fields(error.body)
    text = f"SendGrid answered {status}" + (f" about {', '.join(fields)}" if fields else "")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return AmbiguousOutcomeError("MAIL_PROVIDER_FAILED", text)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return UnauthorisedError("MAIL_CREDENTIALS_REFUSED", text)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ThrottledError("MAIL_THROTTLED", text)
    if status == HTTPStatus.BAD_REQUEST and any(_TO_FIELD.search(field) for field in fields):
        return RejectedError("ADDRESS_REFUSED", text)
    return TransientError("MAIL_REFUSED", text)


def _fields(body: bytes) -> list[str]:
    """Return the names of the faulty fields in ``{"errors": [{"message", "field", "help"}]}``."""
    try:
        errors = json.loads(body)["errors"]
        fields = [str(entry["field"]) for entry in errors]
    except (ValueError, LookupError, TypeError):
        return []
    return [field for field in fields if _FIELD_NAME.fullmatch(field)]


def _unanswered(error: Exception) -> PasscodeResetError:
    cause = getattr(error, "reason", error)
    if isinstance(cause, NeverConnectedError):
        return NotSentError("MAIL_PROVIDER_UNREACHABLE", f"SendGrid was not reached: {cause}")
    return AmbiguousOutcomeError("MAIL_ANSWER_LOST", f"SendGrid gave no answer: {type(cause).__name__}")
