"""``passcodectl devices``: list or search."""

from collections.abc import Iterator
from itertools import islice

import click

from passcodectl.address import last_part
from passcodectl.answers import Json
from passcodectl.commands.arguments import all_rows, limit
from passcodectl.commands.listing import rows_of, tell_rest
from passcodectl.ctl import Ctl, pass_ctl
from passcodectl.moments import ago
from passcodectl.options import CtlCommand
from passcodectl.table import Column, table


@click.command(cls=CtlCommand, short_help="List or search phones.")
@click.argument("query", default="")
@click.option(
    "--order",
    type=click.Choice(["user", "-user", "model", "-model", "seen", "-seen"]),
    default="user",
    show_default=True,
    help="Order; - turns it round.",
)
@limit
@all_rows
@pass_ctl
def devices(ctl: Ctl, query: str, order: str, limit: int, everything: bool) -> None:
    """List phones, or search them.

    QUERY is the start of a user's name or address, of a model, a serial number or an id.
    """
    found: Iterator[Json] = ctl.api.devices(query, order)
    if ctl.json:
        ctl.documents(found if everything else islice(found, limit))
        return
    rows, more = rows_of(found, None if everything else limit)
    if not rows:
        ctl.say("No device fits." if query else "There are no devices.")
        return
    columns = (
        Column("DEVICE"),
        Column("MODEL", least=8),
        Column("SERIAL", least=12),
        Column("USER", least=8),
        Column("SEEN"),
        Column("RESET", paint=ctl.status),
    )
    ctl.say(*table(columns, [_row(each) for each in rows], ctl.columns))
    tell_rest(ctl, len(rows), more=more)


def _row(device: Json) -> tuple[str, ...]:
    user, running = device["user"] or {}, device.get("openAction") or {}
    who = user.get("displayName") or user.get("email") or "-"
    state = "gone" if device.get("goneTime") else running.get("status", "")
    seen = ago(device.get("lastSeen"))
    return last_part(device["name"]), device.get("model", ""), device["serialNumber"], who, seen, state
