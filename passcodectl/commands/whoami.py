"""``passcodectl whoami``: is the sign-in good?"""

import click

from passcodectl.api import DOORS
from passcodectl.ctl import Ctl, pass_ctl
from passcodectl.errors import CtlError, NotFoundError
from passcodectl.exits import Exit
from passcodectl.options import CtlCommand
from passcodectl.views import fields


@click.command(cls=CtlCommand, short_help="Try the sign-in.")
@pass_ctl
def whoami(ctl: Ctl) -> None:
    """Try the sign-in: exit code 0 where the API lets this caller read, and IAP the way to resetting and revealing.

    Whether the caller's role is enough to reset or reveal is told only by trying: the API answers 403 where not.
    """
    api = ctl.api
    try:
        next(api.devices(page_size=1), None)
    except NotFoundError as error:
        raise CtlError(
            Exit.NO_ACCESS,
            f"Signed in: {ctl.choices.who()}. But {api.enterprise} is no enterprise, or does not know you.",
            reason="NO_MEMBER",
        ) from error
    for door in DOORS:
        try:
            api.come_through(door)
        except CtlError as error:
            error.add(f"Reading works; this was the way to {door}.")
            error.facts["door"] = door
            raise
    facts = {"url": ctl.choices.address.origin, "enterprise": api.enterprise, "signedInAs": ctl.choices.who()}
    ctl.document({**facts, "comesThroughTo": ["read", *DOORS]})
    rows = [("Console", facts["url"]), ("Enterprise", api.enterprise), ("Signed in", facts["signedInAs"])]
    ctl.say(*fields([*rows, ("Way to", ", ".join(["read", *DOORS]))]))
