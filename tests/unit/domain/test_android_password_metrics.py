import pytest

from shared.domain.device import PasswordPolicy
from tests.unit.domain.android_password_metrics import accepts, max_length_sequence


@pytest.mark.parametrize(
    ("password", "longest"),
    [
        # The examples that stand in AOSP's own documentation of the function.
        ("1234", 4),
        ("13579", 5),
        ("1234abc", 4),
        ("aabc", 3),
        ("qwertyuio", 1),
        ("@ABC", 3),
        (";;;;", 4),
        (":;<=>", 1),
        ("", 0),
    ],
)
def test_the_checker_counts_sequences_as_android_documents_them(password: str, longest: int) -> None:
    assert max_length_sequence(password.encode()) == longest


@pytest.mark.parametrize(
    ("quality", "password", "taken"),
    [
        ("NUMERIC", "1111", True),
        ("NUMERIC_COMPLEX", "1111", False),
        ("COMPLEXITY_HIGH", "8302719", False),
        ("COMPLEXITY_HIGH", "83027194", True),
        ("COMPLEXITY_HIGH", "h3kd9w", True),
        ("ALPHABETIC", "83027194", False),
        ("ALPHABETIC", "hkdw", True),
        ("ALPHANUMERIC", "hkdw", False),
        ("COMPLEX", "hkdw73", False),
        ("COMPLEX", "hkdw7#", True),
    ],
)
def test_the_checker_can_tell_good_from_bad(quality: str, password: str, taken: bool) -> None:
    assert accepts([PasswordPolicy(quality=quality)], 33, password) is taken


def test_the_checker_knows_the_six_digits_of_android_14() -> None:
    assert accepts([], 33, "8302")
    assert not accepts([], 34, "83027")
