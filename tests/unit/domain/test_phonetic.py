"""How a passcode is grouped and spelled."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.phonetic import WORDS, grouped, is_digits, spell

PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]


def test_a_mixed_passcode_is_spelled_with_the_size_of_its_letters() -> None:
    assert [spoken.phrase for spoken in spell("4Kt#")] == ["four", "capital kilo", "small tango", "hash"]


def test_every_character_that_android_accepts_has_a_phrase_of_its_own() -> None:
    phrases = [spoken.phrase for spoken in spell("".join(PRINTABLE))]
    assert len(set(phrases)) == len(PRINTABLE)
    assert all(word.replace(" ", "").replace("-", "").isalpha() for word in phrases)


def test_the_words_of_letters_start_with_their_letter() -> None:
    assert all(WORDS[letter].startswith(letter) for letter in string.ascii_lowercase)


def test_a_character_without_a_word_stands_for_itself() -> None:
    assert [spoken.phrase for spoken in spell("ä")] == ["ä"]


@pytest.mark.parametrize(
    ("passcode", "groups"),
    [
        ("48271963", ("4827", "1963")),
        ("482719", ("4827", "19")),
        ("4827", ("4827",)),
        ("Kt4#ab9Q", ("Kt4", "#ab", "9Q")),
        ("48²7", ("48²", "7")),
    ],
)
def test_digits_stand_in_groups_of_four_and_letters_in_groups_of_three(
    passcode: str, groups: tuple[str, ...]
) -> None:
    assert grouped(passcode) == groups


@given(st.text(alphabet=PRINTABLE, max_size=16))
def test_nothing_is_lost_by_grouping_or_spelling(passcode: str) -> None:
    assert "".join(grouped(passcode)) == passcode
    assert "".join(spoken.character for spoken in spell(passcode)) == passcode


def test_only_ascii_digits_are_a_number_pad_passcode() -> None:
    assert is_digits("0123")
    assert not is_digits("٣٤")
    assert not is_digits("12a")


def test_a_spoken_character_does_not_print_itself() -> None:
    assert "kilo" not in repr(spell("K"))
