"""``passcodectl cancel``: withdraw a reset."""

import click

from passcodectl.address import last_part
from passcodectl.answers import Json
from passcodectl.commands.arguments import action_id, timeout, wait
from passcodectl.commands.status import follow
from passcodectl.ctl import Ctl, pass_ctl
from passcodectl.errors import CtlError
from passcodectl.exits import Exit
from passcodectl.following import outcome
from passcodectl.options import CtlCommand
from passcodectl.views import ENDS, action_lines


@click.command(cls=CtlCommand, short_help="Ask for a reset to be withdrawn.")
@click.argument("action")
@wait
@timeout
@pass_ctl
def cancel(ctl: Ctl, action: str, wait: bool, wait_s: int) -> None:
    """Ask for a reset to be withdrawn.

    What was already sent may still run: only the status tells. Exit code 0 says that it is CANCELLED or, without
    --wait, that the wish is recorded.
    """
    found = ctl.api.cancel(action_id(ctl, action))
    if wait:
        found = follow(ctl, found, wait_s)
    ctl.document(found)
    ctl.say(*action_lines(found, ctl.status, ctl.program))
    if found["status"] in ENDS:
        _judge(ctl, found, wait_s)
    elif wait:
        outcome(found, wait_s, ctl.program)


def _judge(ctl: Ctl, action: Json, wait_s: int) -> None:
    """Return where it was withdrawn; anything else is another end than the one that was asked for."""
    if action["status"] == "DONE":
        raise CtlError(
            Exit.ENDED_OTHERWISE,
            "It was done before it could be withdrawn: the phone took its passcode.",
            reason="DONE",
            hint=(f"Read it: {ctl.program} reveal {last_part(action['name'])} --reason …",),
            facts={"action": action["name"], "status": "DONE"},
        )
    if action["status"] != "CANCELLED":
        outcome(action, wait_s, ctl.program)
