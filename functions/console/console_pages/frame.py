"""What every page knows: who reads, in which enterprise, with which rights, in which language."""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flask import Request

from shared.domain.roles import Right
from shared.domain.settings import EnterpriseSettings
from shared.services.access import Caller
from shared.services.languages import DEFAULT, NAMES, catalogue, pick

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGE_COOKIE = "__Host-language"
LOCAL_LANGUAGE_COOKIE = "language"
"""Browsers keep ``__Host-`` cookies only over https; a laptop speaks http."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The surroundings of one page.

    Attributes:
        enterprise: name of the enterprise, "" on pages that are in none.
        rights: what the reader may do there.
        section: ``overview``, ``devices`` or ``log``: marked in the navigation.
    """

    caller: Caller
    language: str = DEFAULT
    enterprise: str = ""
    settings: EnterpriseSettings = field(default_factory=EnterpriseSettings)
    roles: tuple[str, ...] = ()
    rights: frozenset[Right] = frozenset()
    section: str = ""

    @property
    def catalogue(self) -> gettext.NullTranslations:
        """The texts of the reader's language."""
        return catalogue(TRANSLATIONS, self.language)

    @property
    def languages(self) -> Mapping[str, str]:
        """Every language to choose from, by its own name."""
        return NAMES

    @property
    def may_reset(self) -> bool:
        """Whether the reader's role can reset passcodes."""
        return Right.RESET in self.rights

    @property
    def may_reveal(self) -> bool:
        """Whether the reader's role can see passcodes."""
        return Right.REVEAL in self.rights

    @property
    def may_manage(self) -> bool:
        """Whether the reader's role can assign users."""
        return Right.MANAGE in self.rights


def language_of(raw: Request) -> str:
    """Return the reader's language: the one chosen, else the first known one that the browser asks for."""
    chosen = raw.cookies.get(LANGUAGE_COOKIE) or raw.cookies.get(LOCAL_LANGUAGE_COOKIE)
    return pick([*([chosen] if chosen else []), *raw.accept_languages.values()])
