"""What a passcode must satisfy so that the phone is certain to take it (domain layer).

``appliedPasswordPolicies`` is what the phone enforces, after AMAPI has chosen between quality and complexity for
the Android version (before and from 12) and the management mode. It is not second-guessed: every listed entry that
could bind the lock is satisfied, and of every minimum the highest counts, as Android itself merges them. A
stricter passcode is always taken, so doubt costs a character and never a reset.

Which entries could bind:

* reset of the device's lock: all but ``SCOPE_PROFILE``;
* reset of a work profile's lock: all, because a profile that shares the phone's lock is checked against the
  device-wide rules too, and nothing that AMAPI reports tells whether it shares;
* scope not known: all.

Source: AMAPI discovery document, ``PasswordRequirements`` and ``Command.newPassword``; AOSP ``PasswordMetrics``
(``validatePasswordMetrics``, ``merge``, ``maxLengthSequence``), ``PasswordPolicy.getMinMetrics`` and
``DevicePolicyManagerService.getActiveAdminsForLockscreenPoliciesLocked``.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from shared.domain.device import Device, PasswordPolicy
from shared.domain.errors import PermanentError
from shared.domain.scope import Scope, reset_scope
from shared.domain.secret import Secret

MAX_LENGTH = 16
"""Android stores no longer passcode (AOSP ``LockPatternUtils`` and ``DevicePolicyManager``: 16)."""

PIN_LENGTH = 8
"""Shortest PIN made: it meets ``COMPLEXITY_HIGH``, and is what admins know from other products."""

PASSWORD_LENGTH = 8
"""Shortest password made: ``COMPLEXITY_HIGH`` asks for 6; two more cost little typing and hold 33 bits and up."""

ANDROID_14 = 34
"""API level from which AMAPI refuses a short numeric passcode."""

ANDROID_14_DIGITS = 6
"""``Command.newPassword``: fewer digits fail with ``INVALID_VALUE`` on Android 14."""

MAX_RUN = 3
"""AOSP ``MAX_ALLOWED_SEQUENCE``: a run of constant step may be this long, not longer."""

_DIGITS_WILL_DO = frozenset(
    {
        "PASSWORD_QUALITY_UNSPECIFIED",
        "BIOMETRIC_WEAK",
        "SOMETHING",
        "NUMERIC",
        "NUMERIC_COMPLEX",
        "COMPLEXITY_LOW",
        "COMPLEXITY_MEDIUM",
        "COMPLEXITY_HIGH",
    }
)
_LETTERS_NEEDED = frozenset({"ALPHABETIC", "ALPHANUMERIC", "COMPLEX"})
_LENGTH_ENFORCED = _LETTERS_NEEDED | {"NUMERIC", "NUMERIC_COMPLEX"}
_DIGITS_NEEDED = frozenset({"ALPHANUMERIC", "COMPLEX"})
_PRINTABLE = re.compile(r"[!-~]+")


class UnsatisfiablePolicyError(PermanentError):
    """No passcode exists that the phone would take and could store (``NO_PASSCODE_FITS``; ack)."""


class UnknownQualityError(UnsatisfiablePolicyError):
    """An entry asks for a quality this product does not know (``UNKNOWN_PASSWORD_QUALITY``; ack)."""


@dataclass(frozen=True, slots=True)
class PasscodeRule:
    """What a passcode must satisfy. Runs of four (1234, 4444, abcd) are never allowed.

    Attributes:
        numeric: digits alone will do; then every minimum of a class is 0.
        length: characters that a made passcode has, and the fewest an older one may have; 8 to 16.
        letters: fewest letters; also 1 where a policy takes a letter or a symbol.
        lower_case: fewest small letters, counted among the letters.
        upper_case: fewest capital letters, counted among the letters.
        digits: fewest digits.
        symbols: fewest characters that are neither letter nor digit.
        non_letters: fewest digits and symbols together.
    """

    numeric: bool
    length: int
    letters: int = 0
    lower_case: int = 0
    upper_case: int = 0
    digits: int = 0
    symbols: int = 0
    non_letters: int = 0


def binding_entries(device: Device) -> tuple[PasswordPolicy, ...]:
    """Return the applied entries that could bind the lock that a reset changes."""
    if reset_scope(device) is Scope.DEVICE:
        return tuple(entry for entry in device.password_policies if entry.scope != "SCOPE_PROFILE")
    return device.password_policies


def wipe_after(device: Device) -> int:
    """Return after how many wrong passcodes the phone erases itself, the fewest of all entries; 0 for never."""
    limits = [entry.maximum_failed_for_wipe for entry in binding_entries(device)]
    return min((limit for limit in limits if limit > 0), default=0)


def rule_for(device: Device) -> PasscodeRule:
    """Return the rule for a new passcode of this device.

    Raises:
        UnsatisfiablePolicyError: the entries together ask for more than 16 characters (ack).
        UnknownQualityError: an entry has a quality word not known here (ack).
    """
    entries = binding_entries(device)
    for entry in entries:
        _check_known(entry)
    rule = (
        _password(entries) if any(entry.quality in _LETTERS_NEEDED for entry in entries) else _pin(device, entries)
    )
    if rule.length > MAX_LENGTH:
        raise UnsatisfiablePolicyError(
            "NO_PASSCODE_FITS",
            f"The passcode rules ask for at least {rule.length} characters, but Android stores at most"
            f" {MAX_LENGTH}. Change the policy first.",
            {"minimumLength": str(rule.length)},
        )
    return rule


def describe(rule: PasscodeRule) -> str:
    """Return one English phrase, such as ``8 digits`` or ``10 characters: letters, digits and a symbol``."""
    if rule.numeric:
        return f"{rule.length} digits"
    if not rule.digits and not rule.upper_case:
        return f"{rule.length} letters"
    parts = ["letters" + _counted(rule.upper_case, " with a capital", " with {} capitals")]
    if rule.digits:
        parts.append("digits")
    if rule.symbols:
        parts.append(_counted(rule.symbols, "a symbol", "{} symbols"))
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{rule.length} characters: {listed}"


def fits(rule: PasscodeRule, passcode: Secret) -> bool:
    """Tell whether the phone is certain to take the passcode; one stronger than asked fits too.

    Used on each passcode made, and again before a stored one is sent to a device whose rules may have changed.
    """
    text = passcode.reveal()
    lower, upper, digits = (sum(map(test, text)) for test in (str.islower, str.isupper, str.isdigit))
    symbols = len(text) - lower - upper - digits
    return (
        _PRINTABLE.fullmatch(text) is not None
        and rule.length <= len(text) <= MAX_LENGTH
        and lower >= rule.lower_case
        and upper >= rule.upper_case
        and lower + upper >= rule.letters
        and digits >= rule.digits
        and symbols >= rule.symbols
        and digits + symbols >= rule.non_letters
        and longest_run(text) <= MAX_RUN
    )


def longest_run(text: str) -> int:
    """Return the length of the longest run of constant step, as Android counts it; ``text`` is ASCII.

    A run stays within small letters, capitals or digits. Digits may step by up to 10, letters by up to 1; any
    character may repeat: ``4321``, ``0369``, ``abcd`` and ``####`` are runs of 4, ``acegi`` is none.
    """
    longest = run = min(len(text), 1)
    step: int | None = None
    for before, after in pairwise(text):
        this = _step(before, after)
        run = 1 if this is None else run + 1 if this == step else 2
        step = this
        longest = max(longest, run)
    return longest


def _step(before: str, after: str) -> int | None:
    step = ord(after) - ord(before)
    if before.isdigit() and after.isdigit():
        return step
    alike = (before.islower() and after.islower()) or (before.isupper() and after.isupper())
    return step if step == 0 or (alike and abs(step) == 1) else None


def _check_known(entry: PasswordPolicy) -> None:
    if entry.quality in _DIGITS_WILL_DO or entry.quality in _LETTERS_NEEDED:
        return
    raise UnknownQualityError(
        "UNKNOWN_PASSWORD_QUALITY",
        "The passcode rules use a quality that this product does not know yet, so no passcode is certain to fit.",
        {"passwordQuality": entry.quality[:60]},
    )


def _pin(device: Device, entries: tuple[PasswordPolicy, ...]) -> PasscodeRule:
    floor = max(PIN_LENGTH, ANDROID_14_DIGITS if device.api_level >= ANDROID_14 else 0)
    return PasscodeRule(numeric=True, length=max(floor, _minimum_length(entries)))


def _password(entries: tuple[PasswordPolicy, ...]) -> PasscodeRule:
    """Merge all minima. A symbol would pass as a letter for ALPHABETIC; a letter is easier to type.

    For COMPLEX, Android's own defaults are a letter, a digit and a symbol, and 0 in AMAPI need not undo them.
    """
    complex_ = [entry for entry in entries if entry.quality == "COMPLEX"]
    floor = 1 if complex_ else 0
    lower = max((entry.minimum_lower_case for entry in complex_), default=0)
    upper = max((entry.minimum_upper_case for entry in complex_), default=0)
    symbols = max([floor, *(entry.minimum_symbols for entry in complex_)])
    needs_digit = any(entry.quality in _DIGITS_NEEDED for entry in entries)
    digits = max([int(needs_digit), *(entry.minimum_numeric for entry in complex_)])
    letters = max([1, lower + upper, *(entry.minimum_letters for entry in complex_)])
    non_letters = max([digits + symbols, *(entry.minimum_non_letter for entry in complex_)])
    return PasscodeRule(
        numeric=False,
        length=max(PASSWORD_LENGTH, _minimum_length(entries), letters + non_letters),
        letters=letters,
        lower_case=lower,
        upper_case=upper,
        digits=digits,
        symbols=symbols,
        non_letters=non_letters,
    )


def _minimum_length(entries: tuple[PasswordPolicy, ...]) -> int:
    return max((entry.minimum_length for entry in entries if entry.quality in _LENGTH_ENFORCED), default=0)


def _counted(number: int, one: str, many: str) -> str:
    if number == 0:
        return ""
    return one if number == 1 else many.format(number)
