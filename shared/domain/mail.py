"""The mails of a reset: which there are, the facts they tell, and the finished letter (domain layer)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.secret import Secret

MAX_SUBJECT = 200
"""Characters that a provider is given. Mail programs cut longer subjects; RFC 5322 ends a line at 998."""


class MailKind(StrEnum):
    """Which letter is written."""

    DONE_ADMIN = "DONE_ADMIN"
    DONE_USER = "DONE_USER"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class MailFacts:
    """Everything a letter may say. Texts of people are hostile until escaped.

    Attributes:
        passcode: only for ``DONE_*``; None there means that the enterprise chose mails with a link.
        scope: ``DEVICE`` or ``WORK_PROFILE``: which lock was changed.
        cause_code: stable code of a failure, "" otherwise.
        confirmed_time: when the device confirmed (UTC), for ``DONE_*``.
        wipe_after: wrong passcodes after which the phone erases itself; 0 where it does not.
        reference: name of the action, for support.
        link: address of the page to open; "" where the console has no public address.
    """

    kind: MailKind
    to: str
    locale: str
    device_model: str
    serial_tail: str
    user_display_name: str
    user_email: str
    scope: str
    requested_by: str
    request_reason: str
    request_time: datetime
    reference: str
    link: str = ""
    passcode: Secret | None = None
    confirmed_time: datetime | None = None
    wipe_after: int = 0
    cause_code: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A finished letter to one recipient. Both bodies are secrets, for they may hold a passcode."""

    to: str
    subject: str
    text: Secret
    html: Secret
    reference: str
