"""Roles, rights, and an enterprise's own choices."""

import pytest

from shared.domain.roles import ROLE_RIGHTS, Right, rights_of, roles_with
from shared.domain.settings import EnterpriseSettings

EVERY_RIGHT = {
    "admin": {Right.READ, Right.RESET, Right.REVEAL, Right.MANAGE},
    "resetter": {Right.READ, Right.RESET},
    "revealer": {Right.READ, Right.REVEAL},
    "viewer": {Right.READ},
}


@pytest.mark.parametrize("role", EVERY_RIGHT)
def test_a_role_carries_exactly_its_rights(role):
    assert rights_of([role]) == EVERY_RIGHT[role]


def test_there_are_no_other_roles():
    assert set(ROLE_RIGHTS) == set(EVERY_RIGHT)


def test_rights_of_several_roles_add_up():
    assert rights_of(["resetter", "revealer"]) == {Right.READ, Right.RESET, Right.REVEAL}


def test_an_unknown_role_and_no_role_carry_nothing():
    assert rights_of(["owner", "ADMIN", ""]) == frozenset()
    assert rights_of([]) == frozenset()


def test_a_missing_right_is_told_by_the_roles_that_carry_it():
    assert roles_with(Right.RESET) == ("admin", "resetter")
    assert roles_with(Right.MANAGE) == ("admin",)


@pytest.mark.parametrize(("days", "kept"), [(-1, 1), (0, 1), (1, 1), (30, 30), (90, 90), (91, 90)])
def test_retention_stays_between_a_day_and_ninety(days, kept):
    assert EnterpriseSettings(retention_days=days).retention_s == kept * 86_400
