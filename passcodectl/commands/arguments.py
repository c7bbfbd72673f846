"""Arguments and options that several commands share."""

import click

from passcodectl.address import AddressError, resource_id
from passcodectl.ctl import Ctl
from passcodectl.values import Duration


def action_id(ctl: Ctl, text: str) -> str:
    """Return the id of a reset out of what was typed.

    Raises:
        click.UsageError: it can be none.
    """
    try:
        found = resource_id(text, "actions", ctl.api.enterprise)
    except AddressError as fault:
        raise click.UsageError(str(fault)) from fault
    if found is None:
        raise click.UsageError(
            f"{text!r} is no reset's id, such as 01M85070NYPA4YBVAF6Q6T2B2B (see passcodectl log)."
        )
    return found


wait = click.option("--wait", is_flag=True, help="Watch until it has ended; the exit code tells how.")
timeout = click.option(
    "--timeout",
    "wait_s",
    type=Duration(),
    default="10m",  # a phone that is online answers within a minute; whoever expects more says so
    metavar="TIME",
    show_default=True,
    help="Longest watch with --wait; the reset goes on after it.",
)
limit = click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="Rows at most."
)
all_rows = click.option("--all", "everything", is_flag=True, help="All rows, however many.")
