"""The body of SendGrid's ``POST /v3/mail/send``, checked as SendGrid checks it (laptop stack).

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send and
https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors
"""

import re
from dataclasses import dataclass
from typing import Any

MAX_RECIPIENTS = 1000
"""Of all personalizations together. Source: limitations of ``mail/send``."""

_ADDRESS = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[^\s@,;<>()\".]+")


class RefusedError(Exception):
    """The body is refused: a message in SendGrid's words and the field it is about (None for the whole body)."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True, repr=False)
class SendRequest:
    """What is kept of a body: one subject and both bodies for all its recipients."""

    recipients: tuple[tuple[str, str], ...]
    text: str
    html: str


def parse(body: Any) -> SendRequest:
    """Return the request; each recipient comes with its own subject.

    Raises:
        RefusedError: SendGrid would answer 400.
    """
    if not isinstance(body, dict):
        raise RefusedError("Bad Request")
    _check_address(body.get("from"), "from")
    contents = _contents(body.get("content"))
    return SendRequest(_recipients(body), contents.get("text/plain", ""), contents.get("text/html", ""))


def _check_address(value: Any, field: str) -> str:
    email = value.get("email") if isinstance(value, dict) else None
    if not isinstance(email, str) or not _ADDRESS.fullmatch(email):
        raise RefusedError("Does not contain a valid address.", f"{field}.email")
    return email


def _recipients(body: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    groups = body.get("personalizations")
    if not isinstance(groups, list) or not groups:
        raise RefusedError(
            "The personalizations field is required and must have at least one personalization.", "personalizations"
        )
    found = tuple(pair for index, group in enumerate(groups) for pair in _group(body, group, index))
    if len(found) > MAX_RECIPIENTS:
        raise RefusedError("There are too many recipients.", "personalizations")
    return found


def _group(body: dict[str, Any], group: Any, index: int) -> list[tuple[str, str]]:
    field = f"personalizations.{index}"
    to = group.get("to") if isinstance(group, dict) else None
    if not isinstance(to, list) or not to:
        raise RefusedError("The to array is required for all personalization objects.", f"{field}.to")
    subject = group.get("subject", body.get("subject"))
    if not isinstance(subject, str) or not subject:
        raise RefusedError(
            "The subject is required. You can get around this requirement with a template.", "subject"
        )
    return [(_check_address(entry, f"{field}.to.{place}"), subject) for place, entry in enumerate(to)]


def _contents(value: Any) -> dict[str, str]:
    if not isinstance(value, list) or not value:
        raise RefusedError("The content parameter is required and must have at least one entry.", "content")
    for index, entry in enumerate(value):
        for key in ("type", "value"):
            text = entry.get(key) if isinstance(entry, dict) else None
            if not isinstance(text, str) or not text:
                raise RefusedError(
                    "The content value must be a string at least one character in length.", f"content.{index}.{key}"
                )
    types = [entry["type"] for entry in value]
    if types not in (["text/plain"], ["text/html"], ["text/plain", "text/html"]):
        raise RefusedError(
            "If present, text/plain and text/html may only be provided once, text/plain first, text/html second.",
            "content",
        )
    return {entry["type"]: entry["value"] for entry in value}
