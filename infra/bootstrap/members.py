"""``add-member``, ``remove-member``, ``change-settings``: what nobody changes in the console."""

import argparse
import getpass
import random
from collections.abc import Callable, Mapping, Sequence

from ulid import ULID

from infra.bootstrap.options import add_environment, add_settings, enterprise_of, environment_of, settings_of
from infra.bootstrap.telling import NeedsYouError, Telling
from shared.domain.errors import RejectedError, TransientError
from shared.domain.roles import ROLE_RIGHTS
from shared.runtime.clock import SystemClock
from shared.runtime.stores import UnusableStoreError, operator_store, place_of
from shared.services.access import Caller
from shared.services.case import CaseBook
from shared.services.members import Members
from shared.services.ports import Store


def members_of(store: Store) -> Members:
    """Return the service on a store."""
    return Members(CaseBook(store, SystemClock(), random.SystemRandom()), lambda: str(ULID()))


def store_environment(project: str, database: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the store is opened by: the environment's project and database, the operator's STORE."""
    return {
        "STORE": environ.get("STORE") or "firestore",
        "GOOGLE_CLOUD_PROJECT": project,
        "FIRESTORE_DATABASE": database,
    }


def add(arguments: Sequence[str], environ: Mapping[str, str], tell: Telling) -> None:
    """Give a person the named roles and no others.

    Raises:
        NeedsYouError: the store cannot be used, or refuses.
    """
    parser = _parser("add-member", "Give a person these roles and no others.")
    parser.add_argument("--role", action="append", required=True, choices=tuple(ROLE_RIGHTS))
    asked = parser.parse_args(arguments)

    def change(members: Members, enterprise: str, by: Caller) -> None:
        before, roles = members.add(enterprise, asked.email, asked.role, by), ", ".join(sorted(set(asked.role)))
        if before is None:
            tell.done(f"{asked.email} is a member: {roles}")
        elif set(before) == set(asked.role):
            tell.ok(f"{asked.email} is that already: {roles}")
        else:
            tell.done(f"{asked.email} is {roles}, and was {', '.join(before) or 'a member without roles'}")

    _changed(parser, asked, environ, tell, change)


def remove(arguments: Sequence[str], environ: Mapping[str, str], tell: Telling) -> None:
    """Take a person's membership; resets that are under way go on.

    Raises:
        NeedsYouError: the store cannot be used, or refuses.
    """
    parser = _parser("remove-member", "Take a person's membership of an enterprise.")
    asked = parser.parse_args(arguments)

    def change(members: Members, enterprise: str, by: Caller) -> None:
        before = members.remove(enterprise, asked.email, by)
        if before is None:
            tell.ok(f"{asked.email} is no member")
        else:
            tell.done(f"{asked.email} is no member any more, and was {', '.join(before) or 'one without roles'}")

    _changed(parser, asked, environ, tell, change)


def change_settings(arguments: Sequence[str], environ: Mapping[str, str], tell: Telling) -> None:
    """Change the given settings of an enterprise and no others.

    Raises:
        NeedsYouError: the store cannot be used, or refuses.
    """
    parser = _parser("change-settings", "Change settings of an enterprise; those not named stay.", of_member=False)
    add_settings(parser)
    asked = parser.parse_args(arguments)
    wanted = settings_of(parser, asked)
    if not wanted:
        parser.error("name at least one setting")

    def change(members: Members, enterprise: str, by: Caller) -> None:
        before = members.change(enterprise, wanted, by)
        for field, value in wanted.items():
            old = getattr(before, field)
            if old == value:
                tell.ok(f"{field} is that already: {value}")
            else:
                tell.done(f"{field} is {value}, and was {old}")

    _changed(parser, asked, environ, tell, change)


def _parser(command: str, about: str, *, of_member: bool = True) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m infra.bootstrap {command}", description=about)
    if of_member:
        parser.add_argument("email", help="address, as the person signs in")
    add_environment(parser)
    parser.add_argument("--enterprise", default="", help="needed where the store has several")
    parser.add_argument("--by", default=f"operator {getpass.getuser()}", help="who, for the audit log")
    return parser


def _changed(
    parser: argparse.ArgumentParser,
    asked: argparse.Namespace,
    environ: Mapping[str, str],
    tell: Telling,
    change: Callable[[Members, str, Caller], None],
) -> None:
    """Open the store, find the enterprise, and let the change happen."""
    known = environment_of(parser, asked)
    where = store_environment(known["project"], known["database"], environ)
    enterprise = enterprise_of(parser, asked.enterprise)
    try:
        store = operator_store(where["STORE"], where)
        enterprise = enterprise or _only(store)
        tell.step(parser.prog.rpartition(" ")[2], f"{enterprise} in {place_of(where['STORE'], where)}")
        change(members_of(store), enterprise, Caller(asked.by))
    except UnusableStoreError as error:
        raise NeedsYouError(str(error)) from error
    except (RejectedError, TransientError) as error:
        raise NeedsYouError(error.message) from error


def _only(store: Store) -> str:
    names = store.enterprises()
    if len(names) == 1:
        return names[0]
    if not names:
        raise NeedsYouError("The store knows no enterprise.", "Run make bootstrap first.")
    raise NeedsYouError(f"The store knows {len(names)} enterprises.", *(f"--enterprise {name}" for name in names))
