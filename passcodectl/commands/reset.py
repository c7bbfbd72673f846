"""``passcodectl reset``: the one command that changes a phone."""

import shlex
import sys
import uuid

import click

from passcodectl.address import last_part
from passcodectl.answers import Json
from passcodectl.api import ResetWish
from passcodectl.choosing import find_device, one_line
from passcodectl.commands.arguments import timeout, wait
from passcodectl.commands.status import follow
from passcodectl.ctl import Ctl, pass_ctl
from passcodectl.errors import CtlError, UnavailableError
from passcodectl.exits import Exit
from passcodectl.following import outcome
from passcodectl.inert import inert
from passcodectl.moments import local
from passcodectl.options import CtlCommand
from passcodectl.values import Duration
from passcodectl.views import ENDS, action_lines, device_lines, fields

MAYBE = {"accepted": "UNKNOWN"}
"""For scripts: no refusal and no silence, whatever the exit code, settles what became of the request."""


@click.command(cls=CtlCommand, short_help="Reset the passcode of a phone.")
@click.argument("device")
@click.option("--reason", default="", metavar="TEXT", help="Why; it goes into the action log.")
@click.option("--notify-user", is_flag=True, help="Mail the passcode to the phone's user too.")
@click.option(
    "--valid-for", type=Duration(), metavar="TIME", help="Give up after 24h, 7d …; else the enterprise's."
)
@click.option("--lock-now/--no-lock-now", default=True, show_default=True, help="Lock the phone at once.")
@click.option("--require-entry", is_flag=True, help="No other admin may change it before it was typed in once.")
@click.option("--request-id", metavar="ID", help="Repeat this account's earlier request, and make no other.")
@wait
@timeout
@click.option("-y", "--yes", is_flag=True, help="Do not ask. DEVICE must then name the phone exactly.")
@pass_ctl
def reset(
    ctl: Ctl,
    *,
    device: str,
    reason: str,
    notify_user: bool,
    valid_for: int | None,
    lock_now: bool,
    require_entry: bool,
    request_id: str | None,
    wait: bool,
    wait_s: int,
    yes: bool,
) -> None:
    """Reset the passcode of a phone.

    DEVICE is an id, a serial number, or a search that fits one phone alone. A lost answer is asked for again under
    the same request id, so there is never a second reset.
    """
    found, exact = find_device(ctl.api, device)
    device_id = last_part(found["name"])
    if yes and not exact:
        fits = one_line(found)
        raise click.UsageError(f"--yes needs the id or serial number; {device!r} is a search. It fits:\n  {fits}")
    if not yes:
        _confirm(ctl, found, repeated=request_id is not None)
    wish = ResetWish(request_id or str(uuid.uuid4()), reason, notify_user, valid_for, lock_now, require_entry)
    action = _ask(ctl, device_id, wish)
    ctl.accepted = {"action": str(action["name"]), "requestId": wish.request_id}
    action_id = last_part(action["name"])
    ctl.say(*fields([("Accepted", inert(action_id)), ("Request id", inert(wish.request_id))]), "")
    if wait:
        action = follow(ctl, action, wait_s)
    ctl.document(action)
    ctl.say(*action_lines(action, ctl.status, ctl.program))
    if wait:
        outcome(action, wait_s, ctl.program)
    else:
        ctl.say(f"Follow it: {ctl.program} status {inert(action_id)} --wait")


def _confirm(ctl: Ctl, device: Json, *, repeated: bool) -> None:
    """Show the phone and ask.

    Raises:
        click.UsageError: there is nobody to ask.
        click.Abort: the answer was no.
        CtlError: a reset would be refused anyway.
    """
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on: say --yes.")
    verdict = ctl.api.check_reset(last_part(device["name"]))
    for line in device_lines(device, verdict, ctl.status):
        click.echo(line, err=True)
    # The request of a repeat may be the very reset that runs.
    if not verdict["eligible"] and not repeated:
        codes = " ".join(each["code"] for each in verdict["blockers"])
        raise CtlError(Exit.REFUSED, f"It was not asked for: {codes}.", reason="DEVICE_NOT_ELIGIBLE")
    click.confirm("Reset its passcode?", abort=True, err=True)


def _ask(ctl: Ctl, device_id: str, wish: ResetWish) -> Json:
    """Ask for the reset.

    Raises:
        CtlError: with the request id wherever it is not certain that nothing was accepted.
    """
    again = ("To find out without making a second reset:", f"  {ctl.program} {_words(device_id, wish)}")
    facts = {"requestId": wish.request_id}
    try:
        return ctl.api.reset(device_id, wish)
    except KeyboardInterrupt:
        told = "Stopped while asking: the reset may have been accepted."
        raise CtlError(Exit.STOPPED, told, reason="STOPPED", hint=again, facts=facts | MAYBE) from None
    except CtlError as error:
        error.facts |= facts | (MAYBE if error.lost else {})
        if error.lost:
            error.add("The reset may have been accepted.")
        error.hint += _advice(error, ctl.program)
        error.hint += again if error.lost or isinstance(error, UnavailableError) else ()
        raise


def _advice(error: CtlError, program: str) -> tuple[str, ...]:
    running = last_part(error.facts.get("action", ""))
    if error.reason == "RESET_IN_PROGRESS":
        until = local(error.facts.get("until"))
        if error.facts.get("status") in ENDS:  # no cancel reaches it any more, and a watch would end at once
            return (
                f"It frees the device by itself: by half an hour after {until}, or when its mails are settled.",
                f"See what it did: {program} events {running}",
            )
        return (
            f"It runs until {until}. Follow it: {program} status {running} --wait",
            f"Stop it: {program} cancel {running}",
        )
    if error.reason == "REQUEST_ID_REUSED":
        return (f"The earlier request became: {program} status {running}",)
    return ()


def _words(device_id: str, wish: ResetWish) -> str:
    """Return the words that repeat this request word by word; another body would be refused."""
    words = ["reset", device_id, "--request-id", wish.request_id]
    words += ["--reason", wish.reason] if wish.reason else []
    words += ["--notify-user"] if wish.notify_user else []
    words += ["--valid-for", f"{wish.valid_for_s}s"] if wish.valid_for_s is not None else []
    words += [] if wish.lock_now else ["--no-lock-now"]
    words += ["--require-entry"] if wish.require_entry else []
    return shlex.join(words)
