"""The audit row of a commit, derived from what it changed (domain layer).

One row a commit that means something. Who did it is told by the step: a person's address, ``DEVICE`` or
``SERVICE``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.domain.action import Action, DeliveryStatus
from shared.domain.mailing import letters


class EventType(StrEnum):
    """What happened, in the order of importance: one commit tells its most important fact."""

    REQUESTED = "REQUESTED"
    DONE = "DONE"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"
    ISSUED = "ISSUED"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    MAIL_SENT = "MAIL_SENT"
    MAIL_FAILED = "MAIL_FAILED"
    PASSCODE_DESTROYED = "PASSCODE_DESTROYED"
    CANCEL_SENT = "CANCEL_SENT"
    NOT_SENT = "NOT_SENT"
    ANSWER_LOST = "ANSWER_LOST"
    ISSUING = "ISSUING"
    REVEALED = "REVEALED"


SERVICE = "SERVICE"
DEVICE = "DEVICE"


@dataclass(frozen=True, slots=True)
class Event:
    """One audit row.

    Attributes:
        who: address of a person, ``DEVICE`` or ``SERVICE``.
        address: network address of the person, "" for machines.
        details: codes and names, string to string; never a passcode.
    """

    type: EventType
    time: datetime
    who: str
    status: str
    address: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def event_id(revision: int, suffix: str = "") -> str:
    """Return the id of the row that belongs to this revision; ids sort in the order of the commits."""
    return f"{revision:08d}{'-' + suffix if suffix else ''}"


def change_of(before: Action, after: Action) -> tuple[EventType, dict[str, str]] | None:
    """Return what a commit that replaced ``before`` by ``after`` means, None where it means nothing."""
    if after.status is not before.status:
        return EventType(after.status.value), _reason(after)
    if after.cancel_time and not before.cancel_time:
        return EventType.CANCEL_REQUESTED, {}
    return _mail_change(before, after) or _purge_change(before, after) or _attempt_change(before, after)


def _reason(action: Action) -> dict[str, str]:
    if action.status_reason is None:
        return {}
    details = {"code": action.status_reason.code, "message": action.status_reason.message}
    return {key: value for key, value in details.items() if value}


def _mail_change(before: Action, after: Action) -> tuple[EventType, dict[str, str]] | None:
    known = {(letter.recipient, letter is before.notice): letter.status for letter in letters(before)}
    for letter in letters(after):
        status = known.get((letter.recipient, letter is after.notice), DeliveryStatus.PENDING)
        if letter.status is status:
            continue
        facts = {"recipient": letter.recipient.value}
        if letter.status is DeliveryStatus.SENT:
            return EventType.MAIL_SENT, facts | {"provider": letter.provider or ""}
        return EventType.MAIL_FAILED, facts | {"code": letter.reason or ""}
    return None


def _purge_change(before: Action, after: Action) -> tuple[EventType, dict[str, str]] | None:
    if after.purge_time and not before.purge_time:
        return EventType.PASSCODE_DESTROYED, {}
    return None


def _attempt_change(before: Action, after: Action) -> tuple[EventType, dict[str, str]] | None:
    if len(after.attempts) > len(before.attempts):
        return EventType.ISSUING, {"attempt": str(len(after.attempts))}
    if len(after.attempts) < len(before.attempts):
        return EventType.NOT_SENT, {}
    for old, new in zip(before.attempts, after.attempts, strict=True):
        if new.operation and not old.operation:
            return EventType.ISSUED, {"operation": new.operation}
        if new.cancel_sent and not old.cancel_sent:
            return EventType.CANCEL_SENT, {}
        if new.call_by < old.call_by:
            return EventType.ANSWER_LOST, {}
    return None
