"""What the operator reads: one line for each thing looked at, one for each thing done."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TextIO


class NeedsYouError(Exception):
    """A person has to act; the message says what is wrong, ``how`` what to do."""

    def __init__(self, what: str, *how: str) -> None:
        super().__init__(what)
        self.how = how


@dataclass(slots=True)
class Telling:
    """Prints, and remembers what a person has to do before the run may go on.

    Attributes:
        secrets: texts that are replaced wherever they would be printed.
    """

    out: TextIO = field(default_factory=lambda: sys.stdout)
    secrets: list[str] = field(default_factory=list)
    needs: int = 0
    changes: int = 0

    def step(self, name: str, about: str) -> None:
        """Begin a step."""
        self._print(f"\n{name}: {about}")

    def ok(self, text: str) -> None:
        """Tell what is as it should be."""
        self._print(f"  ok         {text}")

    def done(self, text: str) -> None:
        """Tell what was changed."""
        self.changes += 1
        self._print(f"  done       {text}")

    def would(self, text: str) -> None:
        """Tell what a run without --dry-run would change."""
        self._print(f"  would      {text}")

    def note(self, text: str) -> None:
        """Tell what could not be found out, or is good to know."""
        self._print(f"  note       {text}")

    def needs_you(self, what: str, how: Iterable[str] = ()) -> None:
        """Tell what a person has to do; the run stops at the end of the step."""
        self.needs += 1
        self._print(f"  needs you  {what}")
        for line in how:
            self._print(f"             - {line}")

    def _print(self, text: str) -> None:
        for secret in self.secrets:
            text = text.replace(secret, "…")
        print(text, file=self.out, flush=True)
