"""``passcodectl reveal``: reads a passcode, to one pair of eyes or to one program."""

import os
import sys

import click

from passcodectl.address import last_part
from passcodectl.answers import Json
from passcodectl.commands.arguments import action_id
from passcodectl.ctl import Ctl, pass_ctl
from passcodectl.errors import NEVER_SENT, CtlError, UnavailableError
from passcodectl.exits import Exit
from passcodectl.inert import inert
from passcodectl.moments import local
from passcodectl.options import CtlCommand
from passcodectl.screen import show_and_forget
from passcodectl.spelling import grouped, is_digits, spelled
from passcodectl.views import person

ANOTHER = "The reading may be in the action log already. Asking again is another reading."


@click.command(cls=CtlCommand, short_help="Read the new passcode; logged with its reason.")
@click.argument("action")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it goes into the action log.")
@click.option("--print", "bare", is_flag=True, help="Write the bare passcode to standard output, for programs.")
@pass_ctl
def reveal(ctl: Ctl, action: str, reason: str, bare: bool) -> None:
    """Read the passcode of a reset; every reading is logged with its reason.

    On a terminal it stands on a screen of its own, in groups and spelled out, and is gone with Enter: nothing stays
    in the scrollback. Elsewhere it is written only where --print or --json asks for it.
    """
    wanted = action_id(ctl, action)
    # Judged before the passcode is asked for: a reading that nobody sees would still be logged as one.
    if not (bare or ctl.json or _has_screen()):
        raise click.UsageError("There is no terminal to show a passcode on. --print writes it to standard output.")
    shown = ctl.api.action(wanted)
    passcode, revealed = _read(ctl, wanted, reason)
    if ctl.json:
        ctl.document(revealed)
        return
    warnings = _warnings(revealed)
    if bare:
        for line in warnings:
            ctl.note(line)
        click.echo(passcode)
        return
    show_and_forget(_page(shown, passcode, revealed, warnings))
    ctl.say("The passcode is gone from this screen. The reading is in the action log.")


def _read(ctl: Ctl, action_id: str, reason: str) -> tuple[str, Json]:
    try:
        revealed = ctl.api.reveal(action_id, reason)
    except UnavailableError as error:
        if error.reason not in NEVER_SENT:
            error.hint += (ANOTHER,)
        raise
    except KeyboardInterrupt:
        raise CtlError(Exit.STOPPED, "Stopped while asking.", reason="STOPPED", hint=(ANOTHER,)) from None
    passcode = revealed["passcode"]
    # Android's passcodes are printable ASCII; anything else could act on a terminal.
    if not isinstance(passcode, str) or not passcode or not (passcode.isascii() and passcode.isprintable()):
        raise UnavailableError("The answer holds no passcode.", reason="NOT_THE_API", passing=False)
    return passcode, revealed


def _page(action: Json, passcode: str, revealed: Json, warnings: list[str]) -> list[str]:
    page = [f"{inert(action.get('deviceDisplayName'))} of {person(action.get('user'))}", ""]
    page += [f"    {grouped(passcode)}", ""]
    if not is_digits(passcode):
        groups = grouped(passcode).split(" ") if " " not in passcode else [passcode]
        page += [*(f"    {group:<5}{', '.join(spelled(group))}" for group in groups), ""]
    if revealed["expireTime"]:
        page += [f"It can be read until {local(revealed['expireTime'])}."]
    return page + warnings


def _warnings(revealed: Json) -> list[str]:
    told = []
    if revealed["supersededBy"]:
        told.append(
            f"A newer reset runs ({_id(revealed['supersededBy'])}): once it is done, this passcode is void."
        )
    if revealed["uncertain"]:
        told.append(f"Another reset may have run ({_id(revealed['uncertain'])}): this passcode may be void.")
    return told


def _id(name: object) -> str:
    return inert(last_part(str(name)))


def _has_screen() -> bool:
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM", "dumb") != "dumb"
