"""Words that the pages of one reset make out of facts: rules, durations, and what the module speaks."""

import gettext
from datetime import timedelta

from shared.domain.device import DeviceRecord
from shared.domain.passcode_rule import PasscodeRule, UnsatisfiablePolicyError, rule_for
from shared.domain.phonetic import CAPITAL, SMALL, WORDS
from shared.services.languages import N_

VALIDITIES = (timedelta(hours=1), timedelta(hours=24), timedelta(days=3), timedelta(days=7), timedelta(days=30))
"""The choices of how long a reset is tried: an hour, a night, a weekend, a week, the most there is."""

_HOUR_S, _DAY_S = 3600, 86_400
_LAST_HOURS = 48
"""Up to here hours read better than days: 24 hours is what the setting is called by everybody."""


def rule_words(record: DeviceRecord, texts: gettext.NullTranslations) -> str:
    """Return a phrase such as ``8 digits``; "" where no passcode fits the device's rules."""
    try:
        rule = rule_for(record.device)
    except UnsatisfiablePolicyError:
        return ""
    if rule.numeric:
        phrase = texts.ngettext(
            "{count} digit, without runs such as 1234", "{count} digits, without runs such as 1234", rule.length
        )
        return phrase.format(count=rule.length)
    if not rule.digits and not rule.upper_case:
        return texts.ngettext("{count} letter", "{count} letters", rule.length).format(count=rule.length)
    *first, last = _parts(rule, texts)
    parts = texts.gettext("{first} and {last}").format(first=", ".join(first), last=last) if first else last
    return texts.gettext("{count} characters: {parts}").format(count=rule.length, parts=parts)


def _parts(rule: PasscodeRule, texts: gettext.NullTranslations) -> list[str]:
    parts = [texts.gettext("letters")]
    if rule.upper_case:
        parts.append(_counted(texts, "{count} capital at least", "{count} capitals at least", rule.upper_case))
    if rule.digits:
        parts.append(texts.gettext("digits"))
    if rule.symbols:
        parts.append(_counted(texts, "{count} symbol", "{count} symbols", rule.symbols))
    return parts


def _counted(texts: gettext.NullTranslations, one: str, many: str, count: int) -> str:
    return texts.ngettext(one, many, count).format(count=count)


def duration_words(seconds: int, texts: gettext.NullTranslations) -> str:
    """Return a whole duration in the largest unit that tells it: ``24 hours``, ``3 days``, ``90 minutes``."""
    if seconds % _DAY_S == 0 and seconds > _LAST_HOURS * _HOUR_S:
        return _counted(texts, "{count} day", "{count} days", seconds // _DAY_S)
    if seconds % _HOUR_S == 0:
        return _counted(texts, "{count} hour", "{count} hours", seconds // _HOUR_S)
    return _counted(texts, "{count} minute", "{count} minutes", max(1, seconds // 60))


def elapsed_words(took: timedelta, texts: gettext.NullTranslations) -> str:
    """Return how long something took, in two units at most: ``4 s``, ``3 h 12 min``."""
    seconds = max(0, int(took.total_seconds()))
    minutes, hours = seconds // 60, seconds // _HOUR_S
    if seconds < 60:  # noqa: PLR2004  # a minute
        return texts.gettext("{seconds} s").format(seconds=seconds)
    if minutes < 60:  # noqa: PLR2004  # an hour
        return texts.gettext("{minutes} min").format(minutes=minutes)
    if hours < _LAST_HOURS:
        return texts.gettext("{hours} h {minutes} min").format(hours=hours, minutes=minutes % 60)
    return texts.gettext("{days} d {hours} h").format(days=hours // 24, hours=hours % 24)


def countdown_words(texts: gettext.NullTranslations) -> dict[str, str]:
    """Return what a countdown is told with; the module fills the places."""
    return {
        "minutes": texts.gettext("{minutes} min"),
        "hours": texts.gettext("{hours} h {minutes} min"),
        "days": texts.gettext("{days} d {hours} h"),
    }


def spoken_words(texts: gettext.NullTranslations) -> dict[str, object]:
    """Return how characters are said: ``{"phonetic": {character: word}, "capital": …, "small": …}``."""
    return {
        "phonetic": {character: texts.gettext(word) for character, word in WORDS.items()},
        CAPITAL: texts.gettext(_CASES[CAPITAL]),
        SMALL: texts.gettext(_CASES[SMALL]),
    }


_CASES = {CAPITAL: N_("capital {word}"), SMALL: N_("small {word}")}

BLOCKERS = {
    "ROLE": N_("Your role can’t reset passcodes."),  # noqa: RUF001  # typographic copy
    "PROVISIONING": N_("Set-up is not finished on this device."),
    "DISABLED": N_("This device is disabled. Enable it first."),
    "LOST_MODE": N_("Lost mode is on. Stop it first."),
    "NO_PASSCODE_FITS": N_(
        "The passcode rules ask for more than 16 characters, which Android can’t store. Change the policy first."  # noqa: RUF001  # typographic copy
    ),
    "GONE": N_("This device left management."),
    "API_LEVEL": N_("The Android of this device is too old. A reset needs Android 7.0 or later."),
    "MANAGEMENT_MODE": N_(
        "It is not known whether this device is fully managed or has a work profile, so nobody can say which lock"
        " would change."
    ),
    "PREPARING_FOR_MIGRATION": N_("This device is still moving to Android Device Policy. Wait until it has moved."),
    "DEACTIVATED_BY_DEVICE_FINANCE": N_(
        "The financing agent has locked this device. It has to be unlocked there first."
    ),
    "UNKNOWN_STATE": N_("This device is in a state that is not known here yet."),
    "UNKNOWN_PASSWORD_QUALITY": N_(
        "The passcode rules use a quality that is not known here yet, so no passcode is certain to fit."
    ),
    "IN_PROGRESS": N_("A reset is already running. Only one can run at a time."),
}
"""Blockers for the module, which knows no facts of them; one that is not here comes with its English sentence."""
