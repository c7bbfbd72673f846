"""An enterprise's own choices (domain layer)."""

from dataclasses import dataclass
from datetime import timedelta

DELIVER_PASSCODE, DELIVER_LINK = "PASSCODE", "LINK"

MIN_VALID_FOR = timedelta(minutes=1)
MAX_VALID_FOR = timedelta(days=30)
"""A command that waited longer would surprise the phone's next owner."""

MIN_RETENTION_DAYS, MAX_RETENTION_DAYS = 1, 90

USUAL_RESETS_PER_PERSON, USUAL_RESETS_PER_HOUR, USUAL_READINGS_PER_PERSON = 5, 50, 10
"""What a new enterprise begins with: more than a help desk does by hand, far less than a stolen sign-in could."""


@dataclass(frozen=True, slots=True)
class EnterpriseSettings:
    """The document ``enterprises/{e}``; every field has a default, so an empty document is valid.

    Attributes:
        delivery: ``PASSCODE`` (mails carry it) or ``LINK`` (mails link to the device page).
        retention_days: how long a passcode is kept after the end of its action.
        default_valid_for_s: validity of a command where the request names none. AMAPI's own 10 minutes would
            lose a phone that is offline.
        contact: whom a member asks for rights; an address, or "".
        max_resets_per_person: in 10 minutes; 0 sets no limit, as in the two below.
        max_resets_per_hour: by everybody together. The breaker of a mass reset.
        max_readings_per_person: of passcodes, in 10 minutes.
    """

    display_name: str = ""
    delivery: str = DELIVER_PASSCODE
    retention_days: int = 30
    default_valid_for_s: int = 86_400
    locale: str = "en"
    contact: str = ""
    max_resets_per_person: int = 0
    max_resets_per_hour: int = 0
    max_readings_per_person: int = 0

    @property
    def retention_s(self) -> int:
        """Retention in seconds, kept inside the allowed days."""
        return 86_400 * max(MIN_RETENTION_DAYS, min(self.retention_days, MAX_RETENTION_DAYS))
