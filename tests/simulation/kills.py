"""One process killed at one call of a port, and nothing else goes wrong."""

from dataclasses import dataclass
from random import Random

from tests.simulation.faults import CRASHES, Fault, Faults, When
from tests.simulation.profile import Profile

EFFECTS = frozenset({"commit", "publish", "encrypt", "decrypt", "issue", "get_operation", "send"})
"""Calls that another process can see, or that a passcode passes through."""


@dataclass(frozen=True)
class Moment:
    """Just before or just after the ``number``-th effect (from 1) of the whole run; 0 is never."""

    number: int
    when: When

    def __str__(self) -> str:
        return f"{self.when.name.lower()}-{self.number}"


class KillAt(Faults):
    """Kills the worker that reaches the moment."""

    def __init__(self, moment: Moment, rng: Random, profile: Profile) -> None:
        super().__init__(rng, profile)
        self._moment = moment
        self.effects: list[str] = []

    def draw(self, kind: str, now_s: float, job: tuple[str, str]) -> Fault | None:
        """Return the crash when its moment has come."""
        if kind not in EFFECTS or job[0] == "reveal":
            return None
        self.effects.append(kind)
        if len(self.effects) != self._moment.number:
            return None
        self.count(job)
        return CRASHES[0] if self._moment.when is When.BEFORE else CRASHES[1]

    def stalls(self, kind: str, now_s: float, job: tuple[str, str]) -> bool:
        """Never."""
        return False
