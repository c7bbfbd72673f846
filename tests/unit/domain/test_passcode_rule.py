import random
from typing import Any

import pytest

from shared.domain.device import Device, PasswordPolicy
from shared.domain.errors import PermanentError
from shared.domain.passcode_rule import (
    PasscodeRule,
    UnknownQualityError,
    UnsatisfiablePolicyError,
    binding_entries,
    describe,
    fits,
    longest_run,
    rule_for,
    wipe_after,
)
from shared.domain.secret import Secret
from tests.unit.domain.android_password_metrics import max_length_sequence

DIGIT_QUALITIES = [
    "PASSWORD_QUALITY_UNSPECIFIED",
    "BIOMETRIC_WEAK",
    "SOMETHING",
    "NUMERIC",
    "NUMERIC_COMPLEX",
    "COMPLEXITY_LOW",
    "COMPLEXITY_MEDIUM",
    "COMPLEXITY_HIGH",
]
UNENFORCED_LENGTH = [quality for quality in DIGIT_QUALITIES if not quality.startswith("NUMERIC")]
COMPLEX_RULE = PasscodeRule(numeric=False, length=8, letters=1, digits=1, symbols=1, non_letters=2)


def fully_managed(*entries: PasswordPolicy, api_level: int = 34) -> Device:
    return Device(
        "enterprises/e/devices/d",
        api_level=api_level,
        management_mode="DEVICE_OWNER",
        ownership="COMPANY_OWNED",
        password_policies=entries,
    )


def work_profile(*entries: PasswordPolicy) -> Device:
    return Device(
        "enterprises/e/devices/d",
        api_level=33,
        management_mode="PROFILE_OWNER",
        ownership="PERSONALLY_OWNED",
        password_policies=entries,
    )


def complex_(**minima: Any) -> PasswordPolicy:
    return PasswordPolicy(quality="COMPLEX", **minima)


@pytest.mark.parametrize("api_level", [24, 30, 31, 33, 34, 36])
@pytest.mark.parametrize("quality", DIGIT_QUALITIES)
def test_eight_digits_will_do_where_a_pin_is_allowed(quality: str, api_level: int) -> None:
    device = fully_managed(PasswordPolicy(quality=quality), api_level=api_level)
    assert rule_for(device) == PasscodeRule(numeric=True, length=8)


def test_without_any_entry_it_is_eight_digits() -> None:
    assert rule_for(fully_managed()) == PasscodeRule(numeric=True, length=8)


@pytest.mark.parametrize("quality", ["NUMERIC", "NUMERIC_COMPLEX"])
def test_a_pin_grows_with_the_minimum_length(quality: str) -> None:
    assert rule_for(fully_managed(PasswordPolicy(quality=quality, minimum_length=11))).length == 11


def test_a_pin_is_never_shorter_than_eight() -> None:
    assert rule_for(fully_managed(PasswordPolicy(quality="NUMERIC", minimum_length=4))).length == 8


@pytest.mark.parametrize("quality", UNENFORCED_LENGTH)
def test_a_length_that_android_does_not_enforce_is_ignored(quality: str) -> None:
    device = fully_managed(PasswordPolicy(quality=quality, minimum_length=20))
    assert rule_for(device) == PasscodeRule(numeric=True, length=8)


def test_class_minima_bind_only_for_complex() -> None:
    device = fully_managed(PasswordPolicy(quality="ALPHANUMERIC", minimum_symbols=3, minimum_upper_case=2))
    assert rule_for(device) == PasscodeRule(numeric=False, length=8, letters=1, digits=1, non_letters=1)


def test_alphabetic_asks_for_a_letter_only() -> None:
    device = fully_managed(PasswordPolicy(quality="ALPHABETIC", minimum_length=5))
    assert rule_for(device) == PasscodeRule(numeric=False, length=8, letters=1)


def test_complex_always_holds_letter_digit_and_symbol() -> None:
    assert rule_for(fully_managed(complex_())) == COMPLEX_RULE


def test_class_minima_that_sum_higher_than_the_length_raise_it() -> None:
    rule = rule_for(
        fully_managed(
            complex_(
                minimum_length=6,
                minimum_letters=2,
                minimum_lower_case=3,
                minimum_upper_case=3,
                minimum_non_letter=6,
                minimum_numeric=2,
                minimum_symbols=1,
            )
        )
    )
    assert rule == PasscodeRule(
        numeric=False, length=12, letters=6, lower_case=3, upper_case=3, digits=2, symbols=1, non_letters=6
    )


def test_of_every_minimum_the_highest_of_all_entries_counts() -> None:
    rule = rule_for(
        fully_managed(
            complex_(minimum_upper_case=2, minimum_letters=5),
            complex_(minimum_lower_case=4, minimum_numeric=3, minimum_symbols=2),
            PasswordPolicy(quality="NUMERIC", minimum_length=13),
            PasswordPolicy(quality="COMPLEXITY_HIGH"),
        )
    )
    assert rule == PasscodeRule(
        numeric=False, length=13, letters=6, lower_case=4, upper_case=2, digits=3, symbols=2, non_letters=5
    )


def test_quality_and_complexity_listed_together_are_both_met() -> None:
    device = fully_managed(PasswordPolicy(quality="COMPLEXITY_LOW"), PasswordPolicy(quality="ALPHABETIC"))
    assert not rule_for(device).numeric


@pytest.mark.parametrize(
    "entry",
    [
        PasswordPolicy(quality="NUMERIC", minimum_length=17),
        PasswordPolicy(quality="ALPHABETIC", minimum_length=17),
        complex_(minimum_length=17),
        complex_(minimum_symbols=15),
        complex_(minimum_lower_case=8, minimum_upper_case=7),
        complex_(minimum_non_letter=16),
    ],
)
def test_a_policy_that_wants_more_than_sixteen_is_refused(entry: PasswordPolicy) -> None:
    with pytest.raises(UnsatisfiablePolicyError) as caught:
        rule_for(fully_managed(entry))
    assert isinstance(caught.value, PermanentError)
    assert caught.value.reason == "NO_PASSCODE_FITS"
    assert "at least 17 characters" in caught.value.message
    assert caught.value.metadata == {"minimumLength": "17"}


def test_sixteen_characters_are_still_made() -> None:
    assert rule_for(fully_managed(complex_(minimum_symbols=14))).length == 16
    assert rule_for(fully_managed(PasswordPolicy(quality="NUMERIC", minimum_length=16))).length == 16


@pytest.mark.parametrize("quality", ["", "COMPLEXITY_EXTREME", "numeric", "PASSKEY"])
def test_an_unknown_quality_is_refused_and_never_guessed(quality: str) -> None:
    with pytest.raises(UnknownQualityError) as caught:
        rule_for(fully_managed(PasswordPolicy(quality="NUMERIC"), PasswordPolicy(quality=quality)))
    assert caught.value.reason == "UNKNOWN_PASSWORD_QUALITY"
    assert caught.value.metadata == {"passwordQuality": quality}


def test_a_negative_minimum_counts_as_none() -> None:
    device = fully_managed(complex_(minimum_length=-5, minimum_letters=-1, minimum_symbols=-2, minimum_numeric=-9))
    assert rule_for(device) == COMPLEX_RULE


def test_a_profile_entry_does_not_bind_the_lock_of_a_managed_device() -> None:
    device = fully_managed(complex_(scope="SCOPE_PROFILE", minimum_length=20), PasswordPolicy(quality="SOMETHING"))
    assert rule_for(device).numeric


def test_an_unknown_quality_that_cannot_bind_is_no_obstacle() -> None:
    assert rule_for(fully_managed(PasswordPolicy(scope="SCOPE_PROFILE", quality="NEW"))).numeric


@pytest.mark.parametrize("scope", ["SCOPE_UNSPECIFIED", "SCOPE_DEVICE", "SCOPE_NEW"])
def test_every_other_scope_binds_the_lock_of_a_managed_device(scope: str) -> None:
    assert not rule_for(fully_managed(PasswordPolicy(scope=scope, quality="ALPHABETIC"))).numeric


@pytest.mark.parametrize("scope", ["SCOPE_UNSPECIFIED", "SCOPE_PROFILE", "SCOPE_DEVICE", "SCOPE_NEW"])
def test_every_scope_may_bind_a_work_profile_because_it_may_share_the_lock(scope: str) -> None:
    assert not rule_for(work_profile(PasswordPolicy(scope=scope, quality="ALPHABETIC"))).numeric


def test_where_the_scope_is_not_known_every_entry_binds() -> None:
    device = Device("d", password_policies=(complex_(scope="SCOPE_PROFILE"), complex_(scope="SCOPE_DEVICE")))
    assert len(binding_entries(device)) == 2


def test_the_fewest_tries_before_a_wipe_count() -> None:
    limits = [PasswordPolicy(maximum_failed_for_wipe=number) for number in (0, 12, 5)]
    assert wipe_after(fully_managed(*limits)) == 5
    assert wipe_after(fully_managed(PasswordPolicy())) == 0
    assert wipe_after(fully_managed(PasswordPolicy(scope="SCOPE_PROFILE", maximum_failed_for_wipe=3))) == 0


@pytest.mark.parametrize(
    ("rule", "phrase"),
    [
        (PasscodeRule(numeric=True, length=8), "8 digits"),
        (PasscodeRule(numeric=False, length=9, letters=1), "9 letters"),
        (PasscodeRule(numeric=False, length=8, letters=1, digits=1), "8 characters: letters and digits"),
        (COMPLEX_RULE, "8 characters: letters, digits and a symbol"),
        (
            PasscodeRule(numeric=False, length=12, letters=3, upper_case=2, digits=1, symbols=3),
            "12 characters: letters with 2 capitals, digits and 3 symbols",
        ),
        (
            PasscodeRule(numeric=False, length=12, letters=3, upper_case=1, digits=1, symbols=1),
            "12 characters: letters with a capital, digits and a symbol",
        ),
        (
            PasscodeRule(numeric=False, length=8, letters=1, upper_case=1),
            "8 characters: letters with a capital",
        ),
    ],
)
def test_a_rule_is_described_in_one_phrase(rule: PasscodeRule, phrase: str) -> None:
    assert describe(rule) == phrase


STRICT = PasscodeRule(
    numeric=False, length=10, letters=4, lower_case=2, upper_case=1, digits=2, symbols=1, non_letters=4
)


@pytest.mark.parametrize(
    ("passcode", "answer"),
    [
        ("haRt7391#+", True),
        ("haRt7391#+kdwpmv", True),
        ("haRt7391#", False),  # too short
        ("haRt7391#+kdwpmvx", False),  # too long
        ("haXRt73914", False),  # no symbol
        ("hart7391#+", False),  # no capital
        ("HART7391#+", False),  # no small letter
        ("hRt7391#+?", False),  # three letters
        ("hartRw#@+?", False),  # no digit
        ("hartRkdw7#", False),  # one digit
        ("hartRkd73#", False),  # three that are no letters
        ("haRt7531#+", False),  # a run
        ("haRt7391#é", False),  # not ASCII
        ("haRt7391# ", False),  # a space
    ],
)
def test_a_passcode_fits_only_if_it_meets_every_minimum(passcode: str, answer: bool) -> None:
    assert fits(STRICT, Secret(passcode)) is answer


def test_a_stronger_passcode_still_fits_a_rule_that_became_weaker() -> None:
    assert fits(PasscodeRule(numeric=True, length=8), Secret("haRt7391#+"))


def test_a_pin_does_not_fit_a_rule_that_became_stronger() -> None:
    assert not fits(COMPLEX_RULE, Secret("83027194"))
    assert not fits(PasscodeRule(numeric=True, length=10), Secret("83027194"))


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("", 0),
        ("7", 1),
        ("4444", 4),
        ("1234", 4),
        ("4321", 4),
        ("2468", 4),
        ("0369", 4),
        ("0909", 2),
        ("x1234y", 4),
        ("abcd", 4),
        ("dcba", 4),
        ("acegi", 1),
        ("aabc", 3),
        ("@ABC", 3),
        ("zABC", 3),
        ("####", 4),
        ("#$%&", 1),
        ("yz12", 2),
    ],
)
def test_runs_are_counted_as_android_counts_them(text: str, longest: int) -> None:
    assert longest_run(text) == longest


def test_runs_agree_with_android_on_any_text() -> None:
    rng = random.Random(7)
    for alphabet in ("0123456789", "abcABC123", "abcdXYZ09#@", "".join(map(chr, range(0x20, 0x7F)))):
        for _ in range(5_000):
            text = "".join(rng.choice(alphabet) for _ in range(rng.randrange(1, 17)))
            assert longest_run(text) == max_length_sequence(text.encode()), text
