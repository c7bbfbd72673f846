"""What a command works with: the API, and where to write."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import click

from passcodectl.address import last_part
from passcodectl.api import Api
from passcodectl.choices import ANSWER_WITHIN_S, Choices
from passcodectl.errors import CtlError
from passcodectl.inert import inert
from passcodectl.transport import Transport

COLUMNS = 80
"""Width of tables where the output is no terminal."""

COLOURS = {
    "DONE": "green",
    "PENDING": "yellow",
    "ISSUED": "yellow",
    "FAILED": "red",
    "EXPIRED": "red",
    "UNKNOWN": "bright_red",
    "CANCELLED": "magenta",
}


class Ctl:
    """One call of the program.

    Attributes:
        accepted: ``action`` and ``requestId`` of the reset that this call made; told however the call ends.
    """

    def __init__(self) -> None:
        self.choices = Choices()
        self.accepted: dict[str, str] = {}
        self._api: Api | None = None
        self._transport: Transport | None = None

    @property
    def api(self) -> Api:
        """The API as it was chosen; connecting waits for the first call.

        Raises:
            click.UsageError: the choice is not complete.
        """
        if self._api is None:
            choices = self.choices
            self._transport = Transport(
                choices.address,
                choices.token_source(),
                answer_within_s=float(choices.get("answer_within", ANSWER_WITHIN_S)),
                note=self.note,
                trace=self.trace,
            )
            self._api = Api(self._transport, choices.enterprise)
        return self._api

    def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            self._transport.close()

    @property
    def json(self) -> bool:
        """Whether a program reads the output."""
        return bool(self.choices.get("json"))

    def say(self, *lines: str) -> None:
        """Write lines for a person, already inert; nothing where a program reads."""
        if not self.json:
            for line in lines:
                click.echo(line)

    def note(self, text: str) -> None:
        """Write a line beside the output."""
        if not self.json or self.choices.get("verbose"):
            click.echo(inert(text), err=True)

    def trace(self, text: str) -> None:
        """Write what ``--verbose`` asks for."""
        if self.choices.get("verbose"):
            click.echo(inert(text), err=True)

    def document(self, content: object) -> None:
        """Write JSON on one line, where a program reads. Only ASCII: nothing in it can act on a terminal."""
        if self.json:
            click.echo(json.dumps(content, sort_keys=True))

    def documents(self, rows: Iterable[object]) -> None:
        """Write one JSON document a line, as they come."""
        for row in rows:
            self.document(row)

    def failure(self, error: CtlError) -> None:
        """Write why the command did not do what was asked, on standard error; where nobody reads, nowhere."""
        with suppress(OSError):
            self._tell(error)

    def _tell(self, error: CtlError) -> None:
        if self.json:
            told: dict[str, Any] = {"message": error.message, "reason": error.reason, "exitCode": int(error.exit)}
            if error.hint:
                told["hint"] = " ".join(error.hint)
            click.echo(json.dumps({"error": {**self.accepted, **error.facts, **told}}, sort_keys=True), err=True)
            return
        reason = f" [{inert(error.reason)}]" if error.reason else ""
        click.echo(f"passcodectl: {inert(error.message)}{reason}", err=True)
        for line in error.hint:
            click.echo(f"  {inert(line)}", err=True)
        if self.accepted and "action" not in error.facts:
            action_id = inert(last_part(self.accepted["action"]))
            click.echo(f"  The reset was accepted: {self.program} status {action_id}", err=True)

    def status(self, word: object) -> str:
        """Return a status, coloured on a terminal that wants colours."""
        shown = inert(word)
        return click.style(shown, fg=COLOURS[shown]) if shown in COLOURS and colourful() else shown

    @property
    def program(self) -> str:
        """Begin of every command that is told: it goes where this one went, as the same caller."""
        return shlex.join(["passcodectl", *self.choices.repeated()])

    @property
    def columns(self) -> int:
        """Cells in a line of the output."""
        return shutil.get_terminal_size((COLUMNS, 24)).columns if sys.stdout.isatty() else COLUMNS


def colourful() -> bool:
    """Tell whether the output takes colours. Source: https://no-color.org for ``NO_COLOR``."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


pass_ctl = click.make_pass_decorator(Ctl)
