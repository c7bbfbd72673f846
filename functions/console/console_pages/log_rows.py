"""The rows of the action log: each reset with how it went in one line and how long it took."""

import gettext
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from console_pages.flow_words import duration_words, elapsed_words
from shared.domain.action import Action, DeliveryStatus, Recipient, Status
from shared.services.languages import N_

_GONE = N_("Device left management")
_UNREADABLE = N_("New passcode was lost, nothing was sent")

FAILURES = {
    "INVALID_VALUE": N_("Device refused: rules changed"),
    "API_LEVEL": N_("Device refused: Android too old"),
    "MANAGEMENT_MODE": N_("Device refused: kind of management"),
    "UNSUPPORTED": N_("Device refused: can’t do this now"),  # noqa: RUF001  # typographic copy
    "UNKNOWN": N_("Device refused: no reason given"),
    "GONE": _GONE,
    "NOT_FOUND": _GONE,
    "DEVICE_GONE": _GONE,
    "DEVICE_CHANGED": N_("Device has changed, nothing was sent"),
    "ACTOR_NOT_AUTHORISED": N_("Right was lost, nothing was sent"),
    "PASSCODE_DESTROYED": _UNREADABLE,
    "CIPHERTEXT_REJECTED": _UNREADABLE,
}
"""Why a reset failed, as short as a list needs it; the page of the reset says what to do."""

_NOT_ONLINE = N_("Not online within {time}")
_EXPIRED = {"NO_ANSWER": N_("No answer within {time}"), "NOT_SENT_IN_TIME": N_("Not sent within {time}")}
_NOT_DELIVERED = {
    Recipient.ADMIN: N_("Mail to admin not delivered"),
    Recipient.USER: N_("Mail to user not delivered"),
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """One reset.

    Attributes:
        line: why it stands as it does; "" where there is nothing to add.
        until: the end of its validity where it still runs.
        took: from request to end; "" where it has not ended, or nobody knows when.
    """

    action: Action
    line: str
    until: datetime | None
    took: str


def log_rows(actions: Iterable[Action], texts: gettext.NullTranslations) -> list[LogRow]:
    """Return the rows of actions, in their order."""
    return [_row(action, texts) for action in actions]


def _row(action: Action, texts: gettext.NullTranslations) -> LogRow:
    running = not action.ended and action.cancel_time is None
    return LogRow(action, _line(action, texts), action.expire_time if running else None, _took(action, texts))


def _line(action: Action, texts: gettext.NullTranslations) -> str:
    code = action.status_reason.code if action.status_reason else ""
    match action.status:
        case Status.PENDING | Status.ISSUED:
            return texts.gettext("Cancelling…") if action.cancel_time else ""
        case Status.FAILED:
            return texts.gettext(FAILURES[code]) if code in FAILURES else code
        case Status.EXPIRED:
            return _expired(action, code, texts)
        case Status.UNKNOWN:
            return texts.gettext("Operator must check")
        case Status.CANCELLED:
            return texts.gettext("Before the device picked it up")
        case _:
            return _undelivered(action, texts)


def _expired(action: Action, code: str, texts: gettext.NullTranslations) -> str:
    valid_for = duration_words(round((action.expire_time - action.create_time).total_seconds()), texts)
    return texts.gettext(_EXPIRED.get(code, _NOT_ONLINE)).format(time=valid_for)


def _undelivered(action: Action, texts: gettext.NullTranslations) -> str:
    failed = [each.recipient for each in action.deliveries if each.status is DeliveryStatus.FAILED]
    return texts.gettext(_NOT_DELIVERED[failed[0]]) if failed else ""


def _took(action: Action, texts: gettext.NullTranslations) -> str:
    if action.complete_time is None or action.status is Status.UNKNOWN:
        return ""
    took = max(timedelta(0), action.complete_time - action.create_time)
    return elapsed_words(took, texts)
