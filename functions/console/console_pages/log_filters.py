"""What the action log is filtered by: out of the address, into words, into what the store is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from shared.domain import mail_address
from shared.domain.action import Status
from shared.domain.errors import RejectedError
from shared.services.languages import N_
from shared.services.read_log import LogWish

RUNNING = "RUNNING"

CHOICES = {
    "": N_("Any"),
    RUNNING: N_("Running"),
    "DONE": N_("Done"),
    "FAILED": N_("Failed"),
    "EXPIRED": N_("Expired"),
    "CANCELLED": N_("Cancelled"),
    "UNKNOWN": N_("Outcome unknown"),
}
"""The statuses to choose from, in the words of a person: what is on its way is one of them."""

_FIELDS = {"from": "from_day", "to": "to_day"}
"""Names in the address that are none in Python."""

_STATUSES = {RUNNING: (Status.PENDING.value, Status.ISSUED.value)}


@dataclass(frozen=True, slots=True)
class LogFilters:
    """The filters as they stand in the address; "" where there is none.

    Attributes:
        from_day: ``YYYY-MM-DD``; so is ``to_day``, which is part of the span.
        zone: in which time zone these days are; the module says it, without it they are days of UTC.
    """

    status: str = ""
    actor: str = ""
    device: str = ""
    from_day: str = ""
    to_day: str = ""
    zone: str = ""

    @property
    def choices(self) -> dict[str, str]:
        """The names and values of the address."""
        found = {
            "status": self.status,
            "actor": self.actor,
            "device": self.device,
            "from": self.from_day,
            "to": self.to_day,
        }
        return {**found, "zone": self.zone} if self.from_day or self.to_day else found

    @property
    def in_force(self) -> dict[str, str]:
        """The filters that are set, by their name in the address."""
        return {name: value for name, value in self.choices.items() if value and name != "zone"}

    @property
    def zone_known(self) -> bool:
        """Whether days are those of the reader's zone; else they are those of UTC."""
        return _zone(self.zone) is not UTC

    def without(self, name: str) -> dict[str, str]:
        """Return the choices with one of them taken back."""
        return replace(self, **{_FIELDS.get(name, name): ""}).choices

    @property
    def wish(self) -> LogWish:
        """What is looked for.

        Raises:
            RejectedError: ``INVALID_PARAMETER``: a status or a day is none.
        """
        zone = _zone(self.zone)
        return LogWish(
            statuses=_statuses(self.status),
            actor=self.actor,
            device=self.device,
            created_from=_midnight(self.from_day, zone),
            created_before=_midnight(self.to_day, zone, days=1),
        )


def filters_of(arguments: Mapping[str, str]) -> LogFilters:
    """Return the filters of an address; a text is cut to the length of the longest e-mail address."""
    status, actor, device, from_day, to_day, zone = (
        " ".join(arguments.get(name, "").split())[: mail_address.MAX_LENGTH]
        for name in ("status", "actor", "device", "from", "to", "zone")
    )
    return LogFilters(status, actor, device, from_day, to_day, zone)


def _statuses(text: str) -> tuple[str, ...]:
    if text and text not in CHOICES and text not in Status.__members__:
        raise RejectedError("INVALID_PARAMETER", f"status is one of {', '.join(filter(None, CHOICES))}.")
    return _STATUSES.get(text, (text,) if text else ())


def _midnight(text: str, zone: tzinfo, days: int = 0) -> datetime | None:
    """Return when a day begins, or the day after it."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RejectedError("INVALID_PARAMETER", "A date is written as 2026-11-23.") from None


def _zone(name: str) -> tzinfo:
    """Return the zone of that name; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, KeyError, OSError):
        return UTC
