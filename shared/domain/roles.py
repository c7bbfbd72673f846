"""Roles of an enterprise's members and the rights they carry (domain layer)."""

from collections.abc import Iterable
from enum import StrEnum


class Right(StrEnum):
    """What a person may do in one enterprise."""

    READ = "READ"
    RESET = "RESET"
    REVEAL = "REVEAL"
    MANAGE = "MANAGE"


ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    "admin": frozenset(Right),
    "resetter": frozenset({Right.READ, Right.RESET}),
    "revealer": frozenset({Right.READ, Right.REVEAL}),
    "viewer": frozenset({Right.READ}),
}
"""Resetting and revealing are apart: where mails carry a link, who may lock a phone need not be able to open it."""


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Return the rights of all these roles together; an unknown role carries none."""
    return frozenset[Right]().union(*(ROLE_RIGHTS.get(role, frozenset()) for role in roles))


def roles_with(right: Right) -> tuple[str, ...]:
    """Return the roles that carry a right, for the sentence that tells a person what is missing."""
    return tuple(role for role, rights in ROLE_RIGHTS.items() if right in rights)
