"""Why a reset ended, in words: a script's log and a person at night read no table of codes."""

import pytest

from shared.domain.action import Reason
from shared.domain.status_reasons import reason_sentence

BARE_CODES = [
    *("INVALID_VALUE", "API_LEVEL", "MANAGEMENT_MODE", "UNSUPPORTED", "UNKNOWN"),
    *("NOT_ONLINE_IN_TIME", "NOT_SENT_IN_TIME", "NO_ANSWER", "OUTCOME_UNKNOWN"),
]
"""AMAPI's codes of a command's error, and those that an end by time or by not knowing bears."""


@pytest.mark.parametrize("code", BARE_CODES)
def test_a_bare_code_has_a_sentence_of_its_own(code: str) -> None:
    sentence = reason_sentence(Reason(code))
    assert sentence.endswith(".")
    assert [other for other in BARE_CODES if reason_sentence(Reason(other)) == sentence] == [code]


def test_a_code_that_amapi_has_yet_to_invent_still_says_something() -> None:
    assert reason_sentence(Reason("RPC_13")) == "The new passcode was not accepted."


def test_a_sentence_that_came_with_the_code_is_kept() -> None:
    assert reason_sentence(Reason("INVALID_VALUE", "Its own words.")) == "Its own words."
