"""The five steps of a reset, as its page draws them. Pure: every word depends on stored facts alone.

Relative times are not computed here, so the live part changes only when something happened and its ETag holds.
"""

from dataclasses import dataclass
from datetime import datetime

from console_pages.wording import Look
from shared.domain.action import Action, Delivery, DeliveryStatus, Recipient, Status
from shared.services.languages import N_

STATES = {
    "DONE": Look(N_("Done"), "check-circle-fill", "done"),
    "WAITING": Look(N_("Waiting"), "hourglass-split", "go"),
    "WAITING_DEVICE": Look(N_("Waiting for the device"), "hourglass-split", "go"),
    "NOT_STARTED": Look(N_("Not started"), "circle", "idle"),
    "FAILED": Look(N_("Failed"), "x-octagon-fill", "fail"),
    "EXPIRED": Look(N_("Expired"), "clock-history", "rest"),
    "CANCELLED": Look(N_("Cancelled"), "slash-circle", "rest"),
    "UNKNOWN": Look(N_("Unknown"), "question-diamond-fill", "warn"),
    "NOT_ASKED": Look(N_("Not asked for"), "circle", "idle"),
    "NOT_SENT": Look(N_("Not sent"), "slash-circle", "idle"),
    "NOT_DELIVERED": Look(N_("Not delivered"), "envelope-exclamation-fill", "warn"),
}

TITLES = {
    "requested": N_("Requested"),
    "sent": N_("Sent to device"),
    "confirmed": N_("Device confirmed"),
    "admin": N_("Mail to admin"),
    "user": N_("Mail to user"),
}

NEWS = frozenset({"DONE", "FAILED", "EXPIRED", "CANCELLED", "UNKNOWN", "NOT_DELIVERED"})
"""States that something happened for: the last step in one of them is what a change is told by."""

_OPEN = frozenset({"WAITING", "WAITING_DEVICE"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        key: of ``TITLES``.
        state: of ``STATES``.
        time: when it came into this state, UTC; None where nothing happened yet.
        mail: the letter of a mail step.
        current: the step that is being waited for.
    """

    key: str
    state: str
    time: datetime | None = None
    mail: Delivery | None = None
    current: bool = False

    @property
    def title(self) -> str:
        """The step's name, for the catalogue."""
        return TITLES[self.key]

    @property
    def look(self) -> Look:
        """How it is drawn."""
        return STATES[self.state]


def steps(action: Action) -> tuple[Step, ...]:
    """Return the five steps of an action, in their order."""
    found = [Step("requested", "DONE", action.create_time), _sent(action), _confirmed(action), *_mails(action)]
    waiting = next((step for step in found if step.state in _OPEN), None)
    return tuple(
        Step(step.key, step.state, step.time, step.mail, current=step is waiting) if waiting else step
        for step in found
    )


def latest_news(found: tuple[Step, ...]) -> Step:
    """Return the last step that something happened to: ``Device confirmed: Done``."""
    return next(step for step in reversed(found) if step.state in NEWS)


def _was_sent(action: Action) -> bool:
    return action.issue_time is not None or action.status is Status.DONE


def _sent(action: Action) -> Step:
    if _was_sent(action):
        return Step("sent", "DONE", action.issue_time or action.complete_time)
    if not action.ended:
        return Step("sent", "WAITING")
    return Step("sent", action.status.value, action.complete_time)


def _confirmed(action: Action) -> Step:
    if not _was_sent(action):
        return Step("confirmed", "NOT_STARTED")
    if not action.ended:
        return Step("confirmed", "WAITING_DEVICE")
    return Step("confirmed", action.status.value, action.complete_time)


def _mails(action: Action) -> tuple[Step, Step]:
    admin, user = (_delivery(action, recipient) for recipient in (Recipient.ADMIN, Recipient.USER))
    if action.status is Status.DONE:
        return _mail("admin", admin), _mail("user", user)
    later = "NOT_SENT" if action.ended and action.status is not Status.UNKNOWN else "NOT_STARTED"
    told = _mail("admin", action.notice) if action.notice else Step("admin", later)
    return told, Step("user", later if user else "NOT_ASKED")


def _delivery(action: Action, recipient: Recipient) -> Delivery | None:
    return next((delivery for delivery in action.deliveries if delivery.recipient is recipient), None)


def _mail(key: str, delivery: Delivery | None) -> Step:
    if delivery is None:
        return Step(key, "NOT_ASKED")
    if delivery.status is DeliveryStatus.PENDING:
        return Step(key, "WAITING", mail=delivery)
    if delivery.status is DeliveryStatus.SENT:
        return Step(key, "DONE", delivery.send_time, delivery)
    return Step(key, "NOT_DELIVERED", mail=delivery)
