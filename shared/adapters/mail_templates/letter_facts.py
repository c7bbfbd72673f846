"""The facts of a letter in the form that the templates show (adapter of ``MailRenderer``).

Everything that people or devices wrote is made inert here; escaping for HTML is the template's.
"""

import re
from dataclasses import dataclass

from shared.adapters.mail_templates.language import Language
from shared.domain import mail_address
from shared.domain import resource_names as names
from shared.domain.action import MAX_REASON
from shared.domain.inert_text import inert
from shared.domain.mail import MailFacts
from shared.domain.phonetic import Spoken, grouped, is_digits, spell

MAX_NAME = 80
"""Characters of a person's or a model's name: two lines of a heading on a phone."""

MAX_CODE = 60

_WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]+")
"""Printable ASCII without ``<`` and ``>``: any other scheme could run something."""


@dataclass(frozen=True, slots=True, repr=False)
class Box:
    """The passcode as it is shown: groups, and where it has letters, the spelling of each group."""

    groups: tuple[str, ...]
    spelled: tuple[tuple[str, tuple[Spoken, ...]], ...]


@dataclass(frozen=True, slots=True, repr=False)
class LetterFacts:
    """What the templates see; no field is None but ``box`` (no passcode in this mail), "" is *not known*."""

    model: str
    model_and_tail: str
    tail: str
    user: str
    work_profile: bool
    requested_by: str
    request_reason: str
    requested: str
    confirmed: str
    confirmed_date: str
    confirmed_time: str
    wipe_after: int
    code: str
    reference: str
    link: str
    box: Box | None


def letter_facts(facts: MailFacts, language: Language) -> LetterFacts:
    """Return the facts, harmless and in the words of the language."""
    model = inert(facts.device_model, MAX_NAME) or language.catalogue.gettext("Android device")
    tail = inert(facts.serial_tail, 4)
    # Without a confirmation time (which a DONE mail always has) the request's is the nearest truth.
    confirmed = facts.confirmed_time or facts.request_time
    return LetterFacts(
        model=model,
        model_and_tail=f"{model}, …{tail}" if tail else model,
        tail=tail,
        user=inert(facts.user_display_name, MAX_NAME) or inert(facts.user_email, mail_address.MAX_LENGTH),
        work_profile=facts.scope == "WORK_PROFILE",
        requested_by=inert(facts.requested_by, mail_address.MAX_LENGTH),
        request_reason=inert(facts.request_reason, MAX_REASON),
        requested=language.moment(facts.request_time),
        confirmed=language.moment(confirmed),
        confirmed_date=language.date(confirmed),
        confirmed_time=language.time(confirmed),
        wipe_after=facts.wipe_after,
        code=inert(facts.cause_code, MAX_CODE),
        reference=inert(names.id_of(facts.reference), mail_address.MAX_LENGTH),
        link=facts.link if _WEB_ADDRESS.fullmatch(facts.link) else "",
        box=_box(facts),
    )


def _box(facts: MailFacts) -> Box | None:
    if facts.passcode is None:
        return None
    passcode = facts.passcode.reveal()
    groups = grouped(passcode)
    spelled = () if is_digits(passcode) else tuple((group, spell(group)) for group in groups)
    return Box(groups, spelled)
