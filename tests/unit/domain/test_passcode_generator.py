import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from math import erfc, exp, pi, sqrt
from typing import Any

import pytest

from shared.domain import passcode_generator as generator
from shared.domain.device import Device, PasswordPolicy
from shared.domain.errors import TransientError
from shared.domain.passcode_generator import MAX_TRIES, CharacterClass, classes_of, count, generate, nth
from shared.domain.passcode_rule import PasscodeRule, UnsatisfiablePolicyError, fits, rule_for
from shared.domain.secret import Secret
from tests.unit.domain.android_password_metrics import accepts, max_length_sequence, pin_allowed, shortest

QUALITIES = [
    "PASSWORD_QUALITY_UNSPECIFIED",
    "BIOMETRIC_WEAK",
    "SOMETHING",
    "NUMERIC",
    "NUMERIC_COMPLEX",
    "ALPHABETIC",
    "ALPHANUMERIC",
    "COMPLEXITY_LOW",
    "COMPLEXITY_MEDIUM",
    "COMPLEXITY_HIGH",
]
MINIMA = {
    "minimum_length": (0, 6, 10, 16),
    "minimum_letters": (0, 4),
    "minimum_lower_case": (0, 3),
    "minimum_upper_case": (0, 1, 4),
    "minimum_non_letter": (0, 5),
    "minimum_numeric": (0, 1, 4),
    "minimum_symbols": (0, 1, 3, 9),
}
PIN = PasscodeRule(numeric=True, length=8)
LOOK_ALIKES = set("0Oo1lIi5Ss2Zz8B")
PASSCODES = 100_000


class ScriptedRandom(random.Random):
    """Draws what it was told, and remembers below what."""

    def __init__(self, draws: Iterable[int]) -> None:
        super().__init__()
        self._draws = iter(draws)
        self.limits: list[int] = []

    def randrange(self, *args: Any) -> int:
        self.limits.append(args[0])
        return next(self._draws)


def device(entries: tuple[PasswordPolicy, ...], api_level: int = 34) -> Device:
    return Device(
        "enterprises/e/devices/d",
        api_level=api_level,
        management_mode="DEVICE_OWNER",
        ownership="COMPANY_OWNED",
        password_policies=entries,
    )


def complex_grid() -> Iterator[PasswordPolicy]:
    for values in itertools.product(*MINIMA.values()):
        yield PasswordPolicy(quality="COMPLEX", **dict(zip(MINIMA, values, strict=True)))


def all_policies() -> list[tuple[PasswordPolicy, ...]]:
    plain = [PasswordPolicy(quality=quality, minimum_length=n) for quality in QUALITIES for n in range(18)]
    hard = list(complex_grid())
    rng = random.Random(20)
    mixed = [tuple(rng.choice([*plain, rng.choice(hard)]) for _ in range(rng.randrange(2, 5))) for _ in range(800)]
    return [(), *((entry,) for entry in plain + hard), *mixed]


@pytest.mark.no_cover  # counting lines takes longer than the passcodes do
def test_a_hundred_thousand_passcodes_of_every_policy_are_taken_by_android() -> None:
    satisfiable = []
    for entries in all_policies():
        try:
            satisfiable.append((entries, rule_for(device(entries))))
        except UnsatisfiablePolicyError:
            assert shortest(entries) > 16
    assert {entry.quality for entries, _ in satisfiable for entry in entries} == {*QUALITIES, "COMPLEX"}
    endless = itertools.cycle(itertools.product(satisfiable, (24, 30, 31, 34, 36)))
    for (entries, rule), api_level in itertools.islice(endless, PASSCODES):
        passcode = generate(rule).reveal()
        assert accepts(entries, api_level, passcode), (entries, api_level)
        assert max_length_sequence(passcode.encode()) <= 3
        assert len(passcode) == max(8, shortest(entries))
        assert passcode.isdigit() == pin_allowed(entries)


def test_a_passcode_is_spelled_by_looking_up_what_was_counted_once_for_its_rule() -> None:
    """Regression of this test: it allowed a thousand of them a second, which is a question of the machine."""
    rule = rule_for(device((PasswordPolicy(quality="COMPLEX", minimum_length=16),)))
    generator._steps.cache_clear()
    generate(rule)
    known, rng = generator._steps.cache_info(), random.Random(8)
    for _ in range(1_000):
        generate(rule, rng)
    looked = generator._steps.cache_info()
    assert looked.misses == known.misses
    assert looked.hits - known.hits <= 1_000 * 8 / 7 * (1 + rule.length)


def test_passwords_hold_no_look_alikes_and_only_easy_symbols() -> None:
    for entry in (*complex_grid(), PasswordPolicy(quality="ALPHABETIC"), PasswordPolicy(quality="ALPHANUMERIC")):
        try:
            rule = rule_for(device((entry,)))
        except UnsatisfiablePolicyError:
            continue
        passcode = generate(rule).reveal()
        assert not LOOK_ALIKES & set(passcode)
        assert {c for c in passcode if not c.isalnum()} <= set("@#&+*?!")


def test_alphabets_share_no_character() -> None:
    together = generator.LOWER_CASE + generator.UPPER_CASE + generator.DIGITS + generator.SYMBOLS
    assert len(set(together)) == len(together)


def test_capitals_and_symbols_are_as_few_as_asked_for() -> None:
    entry = PasswordPolicy(quality="COMPLEX", minimum_length=12, minimum_upper_case=2)
    for _ in range(300):
        passcode = generate(rule_for(device((entry,)))).reveal()
        assert sum(map(str.isupper, passcode)) == 2
        assert sum(not c.isalnum() for c in passcode) == 1


def test_letters_alone_are_made_where_letters_alone_are_asked_for() -> None:
    rule = rule_for(device((PasswordPolicy(quality="ALPHABETIC"),)))
    assert all(generate(rule).reveal().isalpha() for _ in range(300))


def test_digits_fill_a_minimum_of_non_letters_before_symbols_do() -> None:
    rule = rule_for(device((PasswordPolicy(quality="COMPLEX", minimum_non_letter=6),)))
    passcode = generate(rule).reveal()
    assert sum(map(str.isdigit, passcode)) >= 5
    assert sum(not c.isalnum() for c in passcode) == 1


TINY = [
    ((CharacterClass("ab", 0, None),), 3),
    ((CharacterClass("ab", 1, None), CharacterClass("123", 1, None)), 4),
    ((CharacterClass("ab", 2, None), CharacterClass("12", 1, None), CharacterClass("X", 1, 1)), 5),
    ((CharacterClass("abc", 0, None), CharacterClass("#@", 2, 2)), 5),
    ((CharacterClass("ab", 0, 1), CharacterClass("12", 3, None)), 4),
    ((CharacterClass("a", 3, None), CharacterClass("1", 3, None)), 5),
]


def allowed(classes: tuple[CharacterClass, ...], length: int) -> set[str]:
    def meets(text: str) -> bool:
        for each in classes:
            number = sum(c in each.alphabet for c in text)
            if number < each.minimum or (each.maximum is not None and number > each.maximum):
                return False
        return True

    characters = "".join(each.alphabet for each in classes)
    return {text for text in map("".join, itertools.product(characters, repeat=length)) if meets(text)}


@pytest.mark.parametrize(("classes", "length"), TINY)
def test_each_number_spells_another_allowed_string_and_none_is_missing(
    classes: tuple[CharacterClass, ...], length: int
) -> None:
    total = count(classes, length)
    spelled = [nth(classes, length, index) for index in range(total)]
    assert len(set(spelled)) == total
    assert set(spelled) == allowed(classes, length)
    with pytest.raises(IndexError):
        nth(classes, length, total)


def test_a_pin_is_one_even_draw_among_all_digit_strings() -> None:
    rng = ScriptedRandom([4_773_589])
    assert generate(PIN, rng).reveal() == "04773589"
    assert rng.limits == [10**8]


def test_a_password_is_one_even_draw_among_all_that_its_classes_allow() -> None:
    rule = rule_for(device((PasswordPolicy(quality="COMPLEX"),)))
    classes = classes_of(rule)
    # 8 places for the one of 7 symbols, the other 7 of 18 letters and 5 digits with at least one of each kind.
    total = 8 * 7 * (23**7 - 18**7 - 5**7)
    assert count(classes, 8) == total
    rng = ScriptedRandom(iter([total // 3]))
    assert generate(rule, rng) == Secret(nth(classes, 8, total // 3))
    assert rng.limits == [total]


def test_a_candidate_with_a_run_is_drawn_again_as_a_whole() -> None:
    rng = ScriptedRandom([12_345_678, 44_440_719, 7_192_468, 83_027_194])
    assert generate(PIN, rng).reveal() == "83027194"
    assert rng.limits == [10**8] * 4


def test_a_broken_random_source_ends_in_an_error_and_not_in_a_loop() -> None:
    rng = ScriptedRandom(itertools.repeat(0))
    with pytest.raises(TransientError) as caught:
        generate(PIN, rng)
    assert caught.value.reason == "NO_PASSCODE_MADE"
    assert len(rng.limits) == MAX_TRIES


def test_few_candidates_have_a_run_even_where_the_policy_leaves_least_choice() -> None:
    rng = random.Random(3)
    for entry in (
        PasswordPolicy(quality="NUMERIC", minimum_length=16),
        PasswordPolicy(quality="COMPLEX", minimum_numeric=14),
        PasswordPolicy(quality="COMPLEX", minimum_symbols=14),
        PasswordPolicy(quality="COMPLEX", minimum_upper_case=14),
        PasswordPolicy(quality="COMPLEX", minimum_lower_case=14),
    ):
        rule = rule_for(device((entry,)))
        classes = classes_of(rule)
        total = count(classes, rule.length)
        drawn = [Secret(nth(classes, rule.length, rng.randrange(total))) for _ in range(2_000)]
        assert sum(fits(rule, passcode) for passcode in drawn) > 2_000 * 7 / 8


def test_the_operating_system_is_the_default_source() -> None:
    assert generate.__defaults__ is not None
    assert isinstance(generate.__defaults__[0], random.SystemRandom)


def test_no_passcode_of_a_thousand_comes_twice() -> None:
    rule = rule_for(device((PasswordPolicy(quality="ALPHANUMERIC", minimum_length=12),)))
    assert len({generate(rule).reveal() for _ in range(1_000)}) == 1_000


def pins_without_runs(length: int, place: int | None = None, digit: int | None = None) -> int:
    """Count, one character after the other, the digit strings without a run of four (with a digit at a place)."""
    states: Counter[tuple[int, int | None, int]] = Counter()
    for first in range(10):
        if place != 0 or first == digit:
            states[first, None, 1] += 1
    for position in range(1, length):
        following: Counter[tuple[int, int | None, int]] = Counter()
        for (last, step, run), ways in states.items():
            for new in range(10):
                longer = run + 1 if new - last == step else 2
                if longer <= 3 and (place != position or new == digit):
                    following[new, new - last, longer] += ways
        states = following
    return states.total()


def test_the_exact_count_of_pins_without_runs_agrees_with_android() -> None:
    counted = sum(max_length_sequence(b"%05d" % number) <= 3 for number in range(10**5))
    assert pins_without_runs(5) == counted


def chance_of_more(chi_square: float) -> float:
    """Probability that chi-square with 9 degrees of freedom exceeds a value (closed form for odd degrees)."""
    term, tail = sqrt(chi_square), 0.0
    for odd in (3, 5, 7, 9):
        tail += term
        term *= chi_square / odd
    return erfc(sqrt(chi_square / 2)) + sqrt(2 / pi) * exp(-chi_square / 2) * tail


def test_the_closed_form_of_chi_square_matches_a_printed_table() -> None:
    assert chance_of_more(16.919) == pytest.approx(0.05, abs=1e-4)
    assert chance_of_more(27.877) == pytest.approx(0.001, abs=1e-5)


def test_digits_of_pins_have_at_each_place_their_exact_shares() -> None:
    """False alarm below 1e-10 a place; a digit that came 5 % too often would be seen."""
    number = 40_000
    pins = [generate(PIN).reveal() for _ in range(number)]
    total = pins_without_runs(8)
    for place in range(8):
        seen = Counter(int(pin[place]) for pin in pins)
        expected = [number * pins_without_runs(8, place, digit) / total for digit in range(10)]
        chi_square = sum((seen[digit] - expected[digit]) ** 2 / expected[digit] for digit in range(10))
        assert chance_of_more(chi_square) > 1e-11, (place, seen)
