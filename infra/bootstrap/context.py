"""What every step is given, and the one question before the first change."""

import getpass
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from infra.bootstrap.google_api import Api
from infra.bootstrap.options import Options
from infra.bootstrap.telling import NeedsYouError, Telling
from shared.services.ports import Store

_COMMAND_TIMEOUT_S = 30.0


class Person(Protocol):
    """Who sits at the keyboard."""

    def agrees(self, question: str) -> bool:
        """Ask for a yes."""

    def secret(self, question: str) -> str:
        """Ask for a text that must not be shown; "" for none."""


class Terminal:
    """The person at the terminal; where there is none, every question is answered with nothing."""

    def agrees(self, question: str) -> bool:
        """Ask for a yes."""
        try:
            return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
        except EOFError:
            return False

    def secret(self, question: str) -> str:
        """Ask for a text that must not be shown; from a pipe it is read as the next line."""
        try:
            if sys.stdin.isatty():
                return getpass.getpass(f"{question}: ").strip()
            return sys.stdin.readline().strip()
        except EOFError:
            return ""


@dataclass(slots=True)
class Pace:
    """Time, so that tests need not wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def output_of(command: Sequence[str]) -> str | None:
    """Run a program and return what it prints, None where it is missing or fails."""
    try:
        ended = subprocess.run(  # noqa: S603  # the commands are constants of this package
            command, capture_output=True, check=True, text=True, timeout=_COMMAND_TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout


@dataclass(slots=True)
class Context:
    """One run.

    Attributes:
        account: who the operator is, for audit rows; the first step finds out.
        store: opens the store of the environment.
        output_of: runs a command and returns what it prints, None where it cannot be run.
    """

    options: Options
    api: Api
    tell: Telling
    person: Person
    store: Callable[[], Store]
    pace: Pace = field(default_factory=Pace)
    output_of: Callable[[Sequence[str]], str | None] = output_of
    account: str = ""
    agreed: bool = False

    def may(self, change: str) -> bool:
        """Tell whether to make a change; a dry run only tells of it.

        Raises:
            NeedsYouError: the person does not want changes.
        """
        if self.options.dry_run:
            self.tell.would(change)
            return False
        question = f"Change project {self.options.project} (environment {self.options.env})? First: {change}."
        if not self.agreed and not self.options.yes and not self.person.agrees(question):
            raise NeedsYouError("Nothing was changed, for nobody said yes.", "Answer y, or give --yes.")
        self.agreed = True
        return True
