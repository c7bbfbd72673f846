"""Step ``admin``: the enterprise's settings and its first administrator, each only where there is none."""

from infra.bootstrap import record
from infra.bootstrap.context import Context
from infra.bootstrap.enterprise import chosen
from infra.bootstrap.members import members_of
from infra.bootstrap.telling import NeedsYouError
from shared.services.access import Caller


def run(context: Context) -> None:
    """Write settings and the first member, both with an audit row; what exists stays as it is."""
    name, admin = chosen(context), context.options.admin
    memory = record.read(context)
    if memory.admin and memory.enterprise == name:
        context.tell.ok(f"first administrator: {memory.admin}, made by an earlier run (add-member makes others)")
        return
    if not admin:
        raise NeedsYouError(
            "Who is the first administrator?", "Give --admin ADDRESS, as that person signs in to the console."
        )
    if context.may(f"make {admin} the first administrator of {name or 'the new enterprise'}"):
        _write(context, name, admin)


def _write(context: Context, name: str, admin: str) -> None:
    members, by = members_of(context.store()), Caller(context.account or "bootstrap")
    if members.found(name, context.options.settings, by):
        context.tell.done(f"wrote the settings of {name}")
    else:
        context.tell.ok(f"{name} has settings; they stay as they are")
    roles = members.roles(name, admin)
    if roles is None:
        members.add(name, admin, ["admin"], by)
        context.tell.done(f"{admin} is admin")
    else:
        context.tell.ok(f"{admin} is a member already: {', '.join(roles)}")
    with record.changing(context) as memory:
        memory.enterprise, memory.admin = name, admin
