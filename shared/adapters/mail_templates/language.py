"""The language of a letter: the one place where a locale becomes words and dates (adapter of ``MailRenderer``)."""

import gettext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.services.languages import N_, catalogue, pick

TRANSLATIONS = Path(__file__).parent / "translations"


MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
"""As they stand inside a date. ``strftime`` would follow the locale of the process, not of the reader."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language with its catalogue; ``tag`` is BCP 47, for the ``lang`` attribute."""

    tag: str
    catalogue: gettext.NullTranslations

    def date(self, moment: datetime) -> str:
        """Return the day in UTC: ``23 November 2026``."""
        utc = moment.astimezone(UTC)
        facts = {"day": utc.day, "month": self.catalogue.gettext(MONTHS[utc.month - 1]), "year": utc.year}
        return self.catalogue.gettext("%(day)s %(month)s %(year)s") % facts

    def time(self, moment: datetime) -> str:
        """Return the time in UTC with the zone's name: ``14:31 UTC``."""
        return f"{moment.astimezone(UTC):%H:%M} UTC"

    def moment(self, moment: datetime) -> str:
        """Return day and time to the second in UTC: ``23 November 2026, 14:31:06 UTC``."""
        return f"{self.date(moment)}, {moment.astimezone(UTC):%H:%M:%S} UTC"


def language_for(locale: str) -> Language:
    """Return the language of a BCP 47 tag such as ``de-AT`` or ``pt_BR``; English where it is not known."""
    tag = pick([locale])
    return Language(tag, catalogue(TRANSLATIONS, tag))
