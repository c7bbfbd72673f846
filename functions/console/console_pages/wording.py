"""The words for codes: statuses, management modes, locks, findings, causes. All go through the catalogue."""

import gettext
from dataclasses import dataclass

from shared.services.languages import N_


@dataclass(frozen=True, slots=True)
class Look:
    """How a status, or the state of a step, is drawn: it is shape and words, colour only repeats it."""

    words: str
    icon: str
    tone: str


STATUSES = {
    "PENDING": Look(N_("Waiting to be sent"), "hourglass-split", "go"),
    "ISSUED": Look(N_("Sent, waiting for device"), "send", "go"),
    "DONE": Look(N_("Done"), "check-circle-fill", "done"),
    "FAILED": Look(N_("Failed"), "x-octagon-fill", "fail"),
    "EXPIRED": Look(N_("Expired"), "clock-history", "rest"),
    "CANCELLED": Look(N_("Cancelled"), "slash-circle", "rest"),
    "UNKNOWN": Look(N_("Outcome unknown"), "question-diamond-fill", "warn"),
}

MANAGEMENT = {
    ("DEVICE_OWNER", "COMPANY_OWNED"): N_("Fully managed"),
    ("PROFILE_OWNER", "COMPANY_OWNED"): N_("Work profile, company-owned"),
    ("PROFILE_OWNER", "PERSONALLY_OWNED"): N_("Work profile, personal"),
}

SCREEN_LOCK = {True: N_("Set"), False: N_("Not set"), None: N_("Unknown")}


class Wording:
    """The words of one language, for templates."""

    def __init__(self, texts: gettext.NullTranslations) -> None:
        self._say = texts.gettext

    def status(self, status: str) -> Look:
        """Return words, icon and tone of a status."""
        look = STATUSES[status]
        return Look(self._say(look.words), look.icon, look.tone)

    def management(self, mode: str, ownership: str) -> str:
        """Return how the device is managed."""
        return self._say(MANAGEMENT.get((mode, ownership), N_("Unknown")))

    def screen_lock(self, is_secure: bool | None) -> str:
        """Return whether a screen lock is set."""
        return self._say(SCREEN_LOCK[is_secure])
