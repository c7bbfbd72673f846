"""``passcodectl log`` and ``events``: what was reset, and the steps of one reset."""

from itertools import islice

import click

from passcodectl.address import last_part
from passcodectl.answers import Json
from passcodectl.choosing import find_device
from passcodectl.commands.arguments import action_id, all_rows, limit
from passcodectl.commands.listing import rows_of, tell_rest
from passcodectl.ctl import Ctl, pass_ctl
from passcodectl.moments import local
from passcodectl.options import CtlCommand
from passcodectl.table import Column, table
from passcodectl.values import Moment
from passcodectl.views import MEANINGS, event_line

WIDE = 100
"""From this width on there is room for who asked."""


@click.command(cls=CtlCommand)
@click.option("--device", metavar="DEVICE", help="Resets of this phone: id, serial number or a search.")
@click.option("--status", type=click.Choice(tuple(MEANINGS), case_sensitive=False), help="Resets that stand so.")
@click.option("--actor", metavar="EMAIL", help="Resets that this person asked for.")
@click.option(
    "--from", "since", type=Moment(), metavar="TIME", help="Asked for then or later: 2026-11-23, 2026-11-23T21:40."
)
@click.option("--to", "before", type=Moment(), metavar="TIME", help="Asked for before.")
@limit
@all_rows
@pass_ctl
def log(
    ctl: Ctl,
    *,
    device: str | None,
    status: str | None,
    actor: str | None,
    since: str | None,
    before: str | None,
    limit: int,
    everything: bool,
) -> None:
    """List resets, newest first."""
    device_id = last_part(find_device(ctl.api, device)[0]["name"]) if device else ""
    filters = {"device": device_id, "status": (status or "").upper(), "actor": actor or ""}
    filters |= {"from": since or "", "to": before or ""}
    found = ctl.api.actions(filters)
    if ctl.json:
        ctl.documents(found if everything else islice(found, limit))
        return
    rows, more = rows_of(found, None if everything else limit)
    if not rows:
        ctl.say("No reset fits." if any(filters.values()) else "Nothing was reset yet.")
        return
    wide = ctl.columns >= WIDE
    columns = [Column("RESET"), Column("ASKED"), Column("STATUS", paint=ctl.status), Column("DEVICE", least=12)]
    columns += [Column("BY", least=12)] if wide else []
    ctl.say(*table(columns, [_row(each)[: len(columns)] for each in rows], ctl.columns))
    tell_rest(ctl, len(rows), more=more)


def _row(action: Json) -> tuple[str, ...]:
    asked = local(action["createTime"])
    return last_part(action["name"]), asked, action["status"], action["deviceDisplayName"], action["actor"]


@click.command(cls=CtlCommand)
@click.argument("action")
@pass_ctl
def events(ctl: Ctl, action: str) -> None:
    """Show every step of a reset: who did what, when, how it went."""
    wanted = action_id(ctl, action)
    if ctl.json:
        ctl.documents(ctl.api.events(wanted))
        return
    begun = ctl.api.action(wanted)["createTime"]
    ctl.say(f"Asked for {local(begun)}")
    for event in ctl.api.events(wanted):
        ctl.say(event_line(event, begun, ctl.status))
