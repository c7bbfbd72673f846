"""Who may do what in which enterprise."""

import pytest

from shared.domain.errors import RejectedError
from shared.domain.roles import Right
from shared.services.access import Caller, require, rights_in
from shared.services.ports import Document

MEMBER = "enterprises/e/members/a@example.com"


def member(roles):
    return {MEMBER: Document(MEMBER, {"email": "a@example.com", "roles": roles}, 1)}


def test_a_member_is_found_whatever_the_case_of_the_address():
    assert Caller("A@Example.com").member_name("enterprises/e") == MEMBER


@pytest.mark.parametrize("email", ["", "a/b@example.com", "x" * 255])
def test_an_address_that_cannot_be_a_member_finds_nothing(email):
    with pytest.raises(RejectedError) as refused:
        Caller(email).member_name("enterprises/e")
    assert refused.value.reason == "NOT_FOUND"


def test_rights_follow_the_roles():
    assert rights_in(member(["resetter"]), MEMBER) == {Right.READ, Right.RESET}
    assert rights_in({}, MEMBER) == frozenset()


def test_a_right_is_required():
    require(member(["viewer"]), MEMBER, Right.READ)

    with pytest.raises(RejectedError) as refused:
        require(member(["viewer"]), MEMBER, Right.RESET)
    assert (refused.value.reason, "admin or resetter" in refused.value.message) == ("ROLE_REQUIRED", True)


def test_no_member_learns_nothing():
    with pytest.raises(RejectedError) as refused:
        require({}, MEMBER, Right.READ)
    assert refused.value.reason == "NOT_FOUND"
