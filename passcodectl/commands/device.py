"""``passcodectl device``: one phone, and whether a reset would be accepted."""

import click

from passcodectl.address import last_part
from passcodectl.choosing import find_device
from passcodectl.ctl import Ctl, pass_ctl
from passcodectl.options import CtlCommand
from passcodectl.views import device_lines


@click.command(cls=CtlCommand, short_help="Show a phone, and whether a reset would be accepted.")
@click.argument("device")
@pass_ctl
def device(ctl: Ctl, device: str) -> None:
    """Show a phone, and whether a reset would be accepted.

    DEVICE is an id, a serial number, or a search that fits one phone alone.
    """
    found, _ = find_device(ctl.api, device)
    verdict = ctl.api.check_reset(last_part(found["name"]))
    ctl.document({"device": found, "verdict": verdict})
    ctl.say(*device_lines(found, verdict, ctl.status))
