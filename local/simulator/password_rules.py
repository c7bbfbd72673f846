"""What a phone demands of a new passcode: an own reading of Android's rules, apart from the product's generator.

The product makes passcodes to fit; the phone checks them. Sharing code between the two would let one mistake pass
both, so nothing here is imported from ``shared``.

Source: AOSP ``PasswordMetrics`` (runs, complexity bands, credential type), ``DevicePolicyManager.resetPassword``;
AMAPI's discovery document, ``PasswordRequirements`` and ``Command.newPassword`` (six digits on Android 14).
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

Json = Mapping[str, Any]

MIN_LENGTH = 4
"""AOSP MIN_LOCK_PASSWORD_SIZE."""
MAX_LENGTH = 16
"""AOSP MAX_PASSWORD_LENGTH of the lock screen."""
MAX_RUN = 3
"""AOSP MAX_ALLOWED_SEQUENCE: four characters in one constant step are one too many."""
ANDROID_14 = 34
ANDROID_14_MIN_DIGITS = 6
_HIGH_PIN_LENGTH = 8
_HIGH_PASSWORD_LENGTH = 6
_ORDERED_QUALITIES = ("NUMERIC", "NUMERIC_COMPLEX", "ALPHABETIC", "ALPHANUMERIC", "COMPLEX")
"""Those for which a minimum length is enforced."""


def weaknesses(passcode: str, policies: Iterable[Json], lock: str, api_level: int) -> list[str]:
    """Return why the phone would refuse this passcode; [] where it takes it.

    Args:
        passcode: what ``newPassword`` says; not empty.
        policies: ``appliedPasswordPolicies`` of the device.
        lock: ``DEVICE`` or ``WORK_PROFILE``: which lock is set; entries for the other one do not bind.
        api_level: 34 = Android 14.
    """
    found = []
    if not MIN_LENGTH <= len(passcode) <= MAX_LENGTH:
        found.append("length")
    if not all(" " <= char <= "~" for char in passcode):
        found.append("characters")
    if api_level >= ANDROID_14 and _is_pin(passcode) and len(passcode) < ANDROID_14_MIN_DIGITS:
        found.append("android 14 digits")
    for policy in policies:
        if binds(policy, lock):
            found += _policy_weaknesses(passcode, policy)
    return found


def demands_a_lock(policies: Iterable[Json], lock: str) -> bool:
    """Tell whether some entry that binds asks for any lock at all: then it cannot be cleared."""
    return any(binds(policy, lock) and _quality(policy) != "PASSWORD_QUALITY_UNSPECIFIED" for policy in policies)


def binds(policy: Json, lock: str) -> bool:
    """Tell whether an entry is about this lock; without a scope it is about the one that AMAPI manages."""
    own_scope = "SCOPE_DEVICE" if lock == "DEVICE" else "SCOPE_PROFILE"
    return policy.get("passwordScope", "SCOPE_UNSPECIFIED") in {"SCOPE_UNSPECIFIED", own_scope}


def longest_run(passcode: str) -> int:
    """Return the length of the longest part in one constant step: 4 for ``1234``, ``2468``, ``aaaa``, ``dcba``.

    Digits may step by any distance, letters by one, symbols only repeat.
    """
    best = run = 1 if passcode else 0
    step: int | None = None
    for previous, current in pairwise(passcode):
        distance = ord(current) - ord(previous)
        if _kind(previous) != _kind(current) or abs(distance) > _max_step(current):
            run, step = 1, None
        elif distance == step:
            run += 1
        else:
            run, step = 2, distance
        best = max(best, run)
    return best


def _policy_weaknesses(passcode: str, policy: Json) -> list[str]:
    quality = _quality(policy)
    found = [] if _QUALITY_CHECKS.get(quality, _anything)(passcode) else [quality]
    if quality in _ORDERED_QUALITIES and len(passcode) < policy.get("passwordMinimumLength", 0):
        found.append("passwordMinimumLength")
    if quality == "COMPLEX":
        counts = _counts(passcode)
        found += [field for field, count in counts.items() if count < policy.get(field, 0)]
    return found


def _counts(passcode: str) -> dict[str, int]:
    letters = sum(char.isalpha() for char in passcode)
    digits = sum(char.isdigit() for char in passcode)
    return {
        "passwordMinimumLetters": letters,
        "passwordMinimumLowerCase": sum(char.islower() for char in passcode),
        "passwordMinimumUpperCase": sum(char.isupper() for char in passcode),
        "passwordMinimumNonLetter": len(passcode) - letters,
        "passwordMinimumNumeric": digits,
        "passwordMinimumSymbols": len(passcode) - letters - digits,
    }


def _quality(policy: Json) -> str:
    return str(policy.get("passwordQuality", "PASSWORD_QUALITY_UNSPECIFIED"))


def _is_pin(passcode: str) -> bool:
    return passcode.isascii() and passcode.isdigit()


def _kind(char: str) -> str:
    return "digit" if char.isdigit() else "lower" if char.islower() else "upper" if char.isupper() else "symbol"


def _max_step(char: str) -> int:
    return {"digit": 10, "lower": 1, "upper": 1, "symbol": 0}[_kind(char)]


def _anything(_passcode: str) -> bool:
    return True


def _without_runs(passcode: str) -> bool:
    return longest_run(passcode) <= MAX_RUN


def _alphabetic(passcode: str) -> bool:
    return not _is_pin(passcode)


def _alphanumeric(passcode: str) -> bool:
    return not _is_pin(passcode) and any(char.isdigit() for char in passcode)


def _complex(passcode: str) -> bool:
    counts = _counts(passcode)
    return all(counts[f"passwordMinimum{kind}"] for kind in ("Letters", "Numeric", "Symbols"))


def _high(passcode: str) -> bool:
    wanted = _HIGH_PIN_LENGTH if _is_pin(passcode) else _HIGH_PASSWORD_LENGTH
    return _without_runs(passcode) and len(passcode) >= wanted


_QUALITY_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "NUMERIC_COMPLEX": _without_runs,
    "ALPHABETIC": _alphabetic,
    "ALPHANUMERIC": _alphanumeric,
    "COMPLEX": _complex,
    "COMPLEXITY_MEDIUM": _without_runs,
    "COMPLEXITY_HIGH": _high,
}
