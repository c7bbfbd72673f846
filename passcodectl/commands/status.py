"""``passcodectl status``: where a reset stands."""

import click

from passcodectl.address import last_part
from passcodectl.answers import Json
from passcodectl.commands.arguments import action_id, timeout, wait
from passcodectl.ctl import Ctl, pass_ctl
from passcodectl.errors import CtlError, NotFoundError
from passcodectl.exits import Exit
from passcodectl.following import Follower, how_to_go_on, outcome
from passcodectl.options import CtlCommand
from passcodectl.views import action_lines, event_line


@click.command(cls=CtlCommand, short_help="Show where a reset stands, or watch it.")
@click.argument("action")
@wait
@timeout
@pass_ctl
def status(ctl: Ctl, action: str, wait: bool, wait_s: int) -> None:
    """Show where a reset stands.

    Without --wait the exit code is 0 for every status; with it, it tells how the reset ended.
    """
    found = ctl.api.action(action_id(ctl, action))
    if wait:
        found = follow(ctl, found, wait_s)
    ctl.document(found)
    ctl.say(*action_lines(found, ctl.status, ctl.program))
    if wait:
        outcome(found, wait_s, ctl.program)


def follow(ctl: Ctl, action: Json, wait_s: int) -> Json:
    """Show each step until the reset has ended or the time is over, and return it as it then is.

    Raises:
        CtlError: the watching ended, by Ctrl-C, or because the API does not answer or refuses; the reset goes on.
    """
    follower = Follower(
        ctl.api, lambda event: ctl.say(event_line(event, action["createTime"], ctl.status)), ctl.note
    )
    facts = {"action": str(action["name"])}
    hint = how_to_go_on(last_part(action["name"]), ctl.program)
    try:
        ended = follower.until_ended(action, wait_s)
    except KeyboardInterrupt:
        told = "Stopped watching. The reset goes on."
        raise CtlError(Exit.STOPPED, told, reason="STOPPED", hint=hint, facts=facts) from None
    except CtlError as error:
        # It was there a moment ago: whoever is no member any more is answered 404 to everything.
        if isinstance(error, NotFoundError):
            error.exit = Exit.NO_ACCESS
        error.add("The reset goes on.")
        error.facts |= facts
        error.hint += hint
        raise
    ctl.say("")
    return ended
