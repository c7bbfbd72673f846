"""The language of a letter: the one place where a locale becomes words and dates (adapter of ``MailRenderer``)."""

import gettext
from dataclasses import dataclass
from datetime import UTC, datetime

DEFAULT = "en"

ENGLISH_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""Keys for translation too. ``strftime`` would follow the locale of the process, not of the reader."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language with its catalogue.

    Attributes:
        tag: BCP 47, for the ``lang`` attribute.
        direction: ``ltr`` or ``rtl``.
    """

    tag: str
    direction: str
    catalogue: gettext.NullTranslations

    def date(self, moment: datetime) -> str:
        """Return the day in UTC: ``23 November 2026``."""
        utc = moment.astimezone(UTC)
        return f"{utc.day} {self.catalogue.gettext(ENGLISH_MONTHS[utc.month - 1])} {utc.year}"

    def time(self, moment: datetime) -> str:
        """Return the time in UTC with the zone's name: ``14:31 UTC``."""
        return f"{moment.astimezone(UTC):%H:%M} UTC"

    def moment(self, moment: datetime) -> str:
        """Return day and time to the second in UTC: ``23 November 2026, 14:31:06 UTC``."""
        return f"{self.date(moment)}, {moment.astimezone(UTC):%H:%M:%S} UTC"


ENGLISH = Language(DEFAULT, "ltr", gettext.NullTranslations())

LANGUAGES: dict[str, Language] = {DEFAULT: ENGLISH}
"""By the primary part of the BCP 47 tag."""


def language_for(locale: str) -> Language:
    """Return the language of a BCP 47 tag such as ``de-AT`` or ``pt_BR``; English where it is not known."""
    return LANGUAGES.get(locale.replace("_", "-").partition("-")[0].lower(), ENGLISH)
