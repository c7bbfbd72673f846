"""Makes passcodes: from the operating system's random source, each allowed one equally likely (domain layer).

The allowed passcodes of a rule are counted exactly, one number below that count is drawn, and the passcode with
that number is spelled out; so a rule that asks for fourteen symbols costs no more tries than a PIN. What is left
to reject are Android's runs (1234, 4444, abcd), a few in a hundred. Drawing the whole passcode again keeps the
rest equally likely.

A passcode is read out, spelled and typed on a lock screen. So it has the shortest form that the phone is certain to
take, no more capitals and symbols than asked for, no character that is taken for another one, and only symbols that
stand on the first symbol page of Android keyboards in every country ($ gives way to £ or € on many).
"""

import random
from functools import lru_cache
from typing import NamedTuple

from shared.domain.errors import TransientError
from shared.domain.passcode_rule import PasscodeRule, fits
from shared.domain.secret import Secret

PIN_DIGITS = "0123456789"
"""All ten: a PIN is known to hold digits, so 0 is not read as O."""

LOWER_CASE = "acdefhjkmnprtuvwxy"
"""Without b (6), g and q (9), i and l (1), o (0), s (5), z (2)."""

UPPER_CASE = "ADEFHJLMNRT"
"""Without B, G, I, O, Q, S, Z as above, and those that differ from the small letter in size alone (C, K, P, U…)."""

DIGITS = "34679"
"""Beside letters. The reader does not know which of 5 and S is left out, so both are: 0, 1, 2, 5, 8 too."""

SYMBOLS = "@#&+*?!"
"""No quotes, brackets, dots or dashes: they are lost or altered when a passcode is read out or written down."""

MAX_TRIES = 200
"""At most one in eight candidates has a run: 200 in a row mean that the random source is broken."""

_OS_RANDOM = random.SystemRandom()


class CharacterClass(NamedTuple):
    """Characters to choose from, and how many of them a passcode holds; ``maximum`` None is unlimited."""

    alphabet: str
    minimum: int
    maximum: int | None


class _Step(NamedTuple):
    """One choice for the next character: any of an alphabet, each followed by one of ``ways`` endings."""

    alphabet: str
    ways: int
    rest: tuple[CharacterClass, ...]


def generate(rule: PasscodeRule, rng: random.Random = _OS_RANDOM) -> Secret:
    """Return a new passcode, uniformly chosen among all that ``classes_of(rule)`` allows and that hold no run.

    Args:
        rule: from ``rule_for``.
        rng: another source than the operating system's is for tests alone.

    Raises:
        TransientError: ``NO_PASSCODE_MADE``: the random source yields nothing usable (retry).
    """
    classes = classes_of(rule)
    total = count(classes, rule.length)
    for _ in range(MAX_TRIES):
        candidate = Secret(nth(classes, rule.length, rng.randrange(total)))
        if fits(rule, candidate):
            return candidate
    raise TransientError("NO_PASSCODE_MADE", "The random source yielded no usable passcode.")


def classes_of(rule: PasscodeRule) -> tuple[CharacterClass, ...]:
    """Return which characters a passcode for the rule is made of: as few kinds, capitals and symbols as will do."""
    if rule.numeric:
        return (CharacterClass(PIN_DIGITS, rule.length, None),)
    small = max(rule.lower_case, rule.letters - rule.upper_case)
    digits = max(rule.digits, rule.non_letters - rule.symbols)
    classes = (
        CharacterClass(LOWER_CASE, small, None),
        CharacterClass(DIGITS, digits, None if digits else 0),
        CharacterClass(UPPER_CASE, rule.upper_case, rule.upper_case),
        CharacterClass(SYMBOLS, rule.symbols, rule.symbols),
    )
    return tuple(each for each in classes if each.maximum != 0)


def count(classes: tuple[CharacterClass, ...], length: int) -> int:
    """Return how many strings of ``length`` hold from each class as many characters as it allows."""
    if sum(each.minimum for each in classes) > length:
        return 0
    if length == 0:
        return 1
    return sum(len(step.alphabet) * step.ways for step in _steps(classes, length))


def nth(classes: tuple[CharacterClass, ...], length: int, index: int) -> str:
    """Return the string number ``index`` of those that ``count`` counts: each index another string.

    Args:
        classes: with alphabets that share no character.
        length: of the string.
        index: from 0 to ``count(classes, length) - 1``.

    Raises:
        IndexError: there is no such string.
    """
    text = ""
    for remaining in range(length, 0, -1):
        step, index = _step_at(_steps(classes, remaining), index)
        character, index = divmod(index, step.ways)
        text += step.alphabet[character]
        classes = step.rest
    return text


def _step_at(steps: tuple[_Step, ...], index: int) -> tuple[_Step, int]:
    """Return the step whose block of strings holds the number, and the number within it."""
    for step in steps:
        block = len(step.alphabet) * step.ways
        if index < block:
            return step, index
        index -= block
    raise IndexError("no string has this number")


@lru_cache(maxsize=2**14)  # the largest rule has a few thousand states; they are the same for each passcode
def _steps(classes: tuple[CharacterClass, ...], length: int) -> tuple[_Step, ...]:
    steps = []
    for place, each in enumerate(classes):
        if each.maximum != 0:
            rest = (*classes[:place], _less(each), *classes[place + 1 :])
            steps.append(_Step(each.alphabet, count(rest, length - 1), rest))
    return tuple(step for step in steps if step.ways)


def _less(each: CharacterClass) -> CharacterClass:
    maximum = None if each.maximum is None else each.maximum - 1
    return CharacterClass(each.alphabet, max(each.minimum - 1, 0), maximum)
