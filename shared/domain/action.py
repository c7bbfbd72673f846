"""The action: one reset from request to settled, its status and the one transition table (domain layer)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.device import DeviceUser
from shared.domain.operation import Outcome

MAX_REASON = 500
"""Characters of the reason that a person gives for a reset or for reading a passcode."""


class Status(StrEnum):
    """Where a reset stands. ``DONE`` means that the device acknowledged."""

    PENDING = "PENDING"
    ISSUED = "ISSUED"
    DONE = "DONE"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"
    """A command's fate cannot be established: an operator must look."""


ENDS = frozenset({Status.DONE, Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.UNKNOWN})

NOTHING_RAN = frozenset({Status.FAILED, Status.CANCELLED})
"""Ends for good, and the old passcode surely works: no command ran, and none can any more."""


class Cause(StrEnum):
    """What moves a status."""

    COMMAND_ACCEPTED = "COMMAND_ACCEPTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REFUSED = "REFUSED"
    TIME_OVER = "TIME_OVER"
    WITHDRAWN = "WITHDRAWN"
    LOST_TRACK = "LOST_TRACK"
    LATE_ACKNOWLEDGEMENT = "LATE_ACKNOWLEDGEMENT"


TRANSITIONS: dict[tuple[Status, Status], Cause] = {
    (Status.PENDING, Status.ISSUED): Cause.COMMAND_ACCEPTED,
    # A command whose answer was lost can be found already acknowledged: PENDING may skip ISSUED.
    (Status.PENDING, Status.DONE): Cause.ACKNOWLEDGED,
    (Status.ISSUED, Status.DONE): Cause.ACKNOWLEDGED,
    (Status.PENDING, Status.FAILED): Cause.REFUSED,
    (Status.ISSUED, Status.FAILED): Cause.REFUSED,
    (Status.PENDING, Status.EXPIRED): Cause.TIME_OVER,
    (Status.ISSUED, Status.EXPIRED): Cause.TIME_OVER,
    (Status.PENDING, Status.CANCELLED): Cause.WITHDRAWN,
    (Status.ISSUED, Status.CANCELLED): Cause.WITHDRAWN,
    (Status.PENDING, Status.UNKNOWN): Cause.LOST_TRACK,
    (Status.ISSUED, Status.UNKNOWN): Cause.LOST_TRACK,
    # The only edges that leave an end: the phone did it after all.
    (Status.EXPIRED, Status.DONE): Cause.LATE_ACKNOWLEDGEMENT,
    (Status.UNKNOWN, Status.DONE): Cause.LATE_ACKNOWLEDGEMENT,
}
"""Every edge there is, with what causes it. A pair that is not here cannot happen."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code and, where there is one, AMAPI's own sentence."""

    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of ``issueCommand``, written down before it is made.

    Attributes:
        call_by: the call has left its process by then, or never will.
        duration_s: the command's validity in seconds, different in each attempt: its fingerprint.
        over_at: from then on the command cannot run any more.
        operation: name of AMAPI's operation once known.
        cancel_sent: when AMAPI was asked to cancel; its answer decides nothing.
        gone: AMAPI's last answer about the operation was 404.
    """

    id: str
    claim_time: datetime
    call_by: datetime
    duration_s: int
    over_at: datetime
    operation: str | None = None
    result: Outcome | None = None
    error: Reason | None = None
    cancel_sent: datetime | None = None
    gone: bool = False

    def is_live(self, now: datetime) -> bool:
        """Tell whether the call may be on its way right now."""
        return self.operation is None and self.result is None and now < self.call_by

    def is_over(self, now: datetime) -> bool:
        """Tell whether nothing of it can run any more."""
        return self.result is not None or now >= self.over_at


class Recipient(StrEnum):
    """Whom a mail is for."""

    ADMIN = "ADMIN"
    USER = "USER"


class DeliveryStatus(StrEnum):
    """Where a mail stands; ``SENT`` means that a provider took it."""

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class MailCall:
    """One call of a mail provider, written down before it is made and struck out when answered."""

    id: str
    call_by: datetime
    provider: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail to one person; ``calls`` are the unanswered ones."""

    recipient: Recipient
    email: str
    locale: str = ""
    status: DeliveryStatus = DeliveryStatus.PENDING
    reason: str | None = None
    provider: str | None = None
    send_time: datetime | None = None
    tries: int = 0
    retry_at: datetime | None = None
    calls: tuple[MailCall, ...] = ()

    @property
    def pending(self) -> bool:
        """True while it is still to be sent."""
        return self.status is DeliveryStatus.PENDING

    def failed(self, reason: str) -> "Delivery":
        """Return it ended without having been sent."""
        return replace(self, status=DeliveryStatus.FAILED, reason=reason, retry_at=None)


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the mails say of the device, as it was when the reset was asked for."""

    model: str = ""
    serial_number: str = ""
    wipe_after: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    """One reset. Times are UTC; ``revision`` counts the commits that changed it.

    Attributes:
        deliveries: the mails that tell of the new passcode, sent only while the lock is held.
        notice: the mail that tells the admin of a reset that was not done; it holds no passcode.
        mail_passcode: whether the mails carry the passcode itself or a link to the page.
        refused: AMAPI, or our own check of rights and device, said no for good.
        retry_at: the next attempt waits until then.
        issue_tries: calls that did not work, for the growing wait between them.
        purge_at: from then on the passcode is not shown; set when the lock is let go.
        purge_time: when the passcode was destroyed for its age.
        wake_at: when the timer has something to do; None once nothing is left.
        counted: how the day's statistics count it (see ``domain.statistics``); None where they do not yet. Nothing
            else depends on it.
    """

    name: str
    device_name: str
    scope: str
    actor: str
    request_id: str
    create_time: datetime
    expire_time: datetime
    retention_s: int
    device_display_name: str = ""
    device_facts: DeviceFacts = DeviceFacts()
    user: DeviceUser | None = None
    reason: str = ""
    notify_user: bool = False
    admin_locale: str = ""
    lock_now: bool = True
    require_entry: bool = False
    mail_passcode: bool = True
    status: Status = Status.PENDING
    status_reason: Reason | None = None
    issue_time: datetime | None = None
    complete_time: datetime | None = None
    cancel_time: datetime | None = None
    refused: Reason | None = None
    retry_at: datetime | None = None
    issue_tries: int = 0
    attempts: tuple[Attempt, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    notice: Delivery | None = None
    lock_held: bool = True
    purge_at: datetime | None = None
    purge_time: datetime | None = None
    wake_at: datetime | None = None
    counted: str | None = None
    revision: int = 1
    type: str = "RESET_PASSCODE"

    @property
    def retention(self) -> timedelta:
        """How long the passcode is kept after the end."""
        return timedelta(seconds=self.retention_s)

    @property
    def ended(self) -> bool:
        """True for every status but PENDING and ISSUED."""
        return self.status in ENDS

    @property
    def open_attempts(self) -> tuple[Attempt, ...]:
        """Attempts whose result is not known."""
        return tuple(attempt for attempt in self.attempts if attempt.result is None)

    def attempt(self, attempt_id: str) -> Attempt | None:
        """Return the attempt of that id, None where it was struck out."""
        return next((attempt for attempt in self.attempts if attempt.id == attempt_id), None)

    def with_attempt(self, changed: Attempt) -> "Action":
        """Return the action with the attempt of the same id replaced."""
        attempts = tuple(changed if attempt.id == changed.id else attempt for attempt in self.attempts)
        return replace(self, attempts=attempts)

    def without_attempt(self, attempt_id: str) -> "Action":
        """Return the action with that attempt struck out."""
        return replace(self, attempts=tuple(a for a in self.attempts if a.id != attempt_id))

    def stop_wanted(self, now: datetime) -> bool:
        """Tell whether a known command should be cancelled at AMAPI."""
        return bool(self.attempts_to_stop(now))

    def attempts_to_stop(self, now: datetime) -> tuple[Attempt, ...]:
        """Return the attempts whose command is to be cancelled and has not been asked for yet."""
        if self.cancel_time is None and now < self.expire_time:
            return ()
        return tuple(a for a in self.open_attempts if a.operation and a.cancel_sent is None and not a.gone)
