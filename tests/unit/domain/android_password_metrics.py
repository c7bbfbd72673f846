"""Android's own judgement of a passcode, written after AOSP and apart from the product's rule and generator.

It follows ``PasswordMetrics`` (classification, sequence, validation) and ``PasswordPolicy.getMinMetrics``, with
COMPLEX at the platform's defaults (a letter, a digit, a symbol), and AMAPI's words for what an entry enforces.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.device import PasswordPolicy

MAX_PASSWORD_LENGTH = 16
MIN_LOCK_PASSWORD_SIZE = 4
MAX_ALLOWED_SEQUENCE = 3
LOWER, UPPER, DIGIT, SYMBOL = range(4)
MAX_DIFF = {LOWER: 1, UPPER: 1, DIGIT: 10, SYMBOL: 0}

Minima = dict[str, int]


def category(code: int) -> int:
    if 0x61 <= code <= 0x7A:
        return LOWER
    if 0x41 <= code <= 0x5A:
        return UPPER
    return DIGIT if 0x30 <= code <= 0x39 else SYMBOL


def max_length_sequence(password: bytes) -> int:
    if not password:
        return 0
    previous, kind = password[0], category(password[0])
    diff, has_diff, longest, start = 0, False, 0, 0
    for current in range(1, len(password)):
        code = password[current]
        current_diff = code - previous
        if category(code) != kind or abs(current_diff) > MAX_DIFF[kind]:
            longest = max(longest, current - start)
            start, has_diff, kind = current, False, category(code)
        else:
            if has_diff and current_diff != diff:
                longest = max(longest, current - start)
                start = current - 1
            diff, has_diff = current_diff, True
        previous = code
    return max(longest, len(password) - start)


@dataclass(frozen=True)
class Metrics:
    length: int
    lower: int
    upper: int
    numeric: int
    symbols: int
    sequence: int

    @classmethod
    def of(cls, password: str) -> "Metrics":
        codes = password.encode("ascii")
        kinds = [category(code) for code in codes]
        counts = [kinds.count(kind) for kind in (LOWER, UPPER, DIGIT, SYMBOL)]
        return cls(len(codes), *counts, max_length_sequence(codes))

    @property
    def is_pin(self) -> bool:
        return self.numeric == self.length

    def value(self, name: str) -> int:
        if name == "letters":
            return self.lower + self.upper
        if name == "non_letter":
            return self.numeric + self.symbols
        if name == "non_numeric":
            return self.length - self.numeric
        return int(getattr(self, name))


def minima(entry: PasswordPolicy) -> Minima:
    """What one entry asks of a password (not of a PIN)."""
    asked: Minima = {"length": MIN_LOCK_PASSWORD_SIZE}
    if entry.quality in {"NUMERIC", "NUMERIC_COMPLEX", "ALPHABETIC", "ALPHANUMERIC", "COMPLEX"}:
        asked["length"] = max(entry.minimum_length, MIN_LOCK_PASSWORD_SIZE)
    if entry.quality in {"ALPHABETIC", "ALPHANUMERIC"}:
        asked["non_numeric"] = 1
    if entry.quality == "ALPHANUMERIC":
        asked["numeric"] = 1
    if entry.quality == "COMPLEX":
        asked |= {
            "letters": max(entry.minimum_letters, 1),
            "lower": entry.minimum_lower_case,
            "upper": entry.minimum_upper_case,
            "non_letter": entry.minimum_non_letter,
            "numeric": max(entry.minimum_numeric, 1),
            "symbols": max(entry.minimum_symbols, 1),
        }
    return asked


def shortest(entries: Iterable[PasswordPolicy]) -> int:
    """Fewest characters of a password that meets every entry, the overlap of classes taken into account."""
    most: Minima = {}
    for entry in entries:
        for name, number in minima(entry).items():
            most[name] = max(most.get(name, 0), number)
    letters = max(most.get("letters", 0), most.get("lower", 0) + most.get("upper", 0))
    symbols, numeric = most.get("symbols", 0), most.get("numeric", 0)
    non_letters = max(most.get("non_letter", 0), numeric + symbols)
    non_numeric = max(most.get("non_numeric", 0), letters + symbols)
    return max(most.get("length", 0), letters + non_letters, numeric + non_numeric)


def pin_allowed(entries: Iterable[PasswordPolicy]) -> bool:
    return not any(entry.quality in {"ALPHABETIC", "ALPHANUMERIC", "COMPLEX"} for entry in entries)


def accepts(entries: Iterable[PasswordPolicy], api_level: int, password: str) -> bool:
    """Whether a phone on which all these entries bind takes the passcode."""
    listed = list(entries)
    if not password or not all(0x20 <= ord(character) <= 0x7E for character in password):
        return False
    metrics = Metrics.of(password)
    if not MIN_LOCK_PASSWORD_SIZE <= metrics.length <= MAX_PASSWORD_LENGTH:
        return False
    if metrics.is_pin and (not pin_allowed(listed) or (api_level >= 34 and metrics.length < 6)):
        return False
    return all(_meets(entry, metrics) for entry in listed)


def _meets(entry: PasswordPolicy, metrics: Metrics) -> bool:
    if any(metrics.value(name) < number for name, number in minima(entry).items()):
        return False
    banded = {"COMPLEXITY_MEDIUM": (4, 4), "COMPLEXITY_HIGH": (8, 6)}.get(entry.quality)
    if (entry.quality == "NUMERIC_COMPLEX" or banded) and metrics.sequence > MAX_ALLOWED_SEQUENCE:
        return False
    return banded is None or metrics.length >= banded[0 if metrics.is_pin else 1]
