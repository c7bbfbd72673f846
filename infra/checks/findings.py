"""What a check is, and what it says."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from infra.checks.evidence import Evidence

Fault = tuple[str, str]
"""Where, and what is wrong there."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault that a check found, and how to mend it."""

    check: str
    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.check}: {self.where}: {self.what}. {self.mend}"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule.

    Attributes:
        name: ``subject.rule``; tests and people name it by this.
        mend: why the rule is there, or how to follow it: a whole sentence.
        faults: yields every break of the rule.
    """

    name: str
    mend: str
    faults: Callable[[Evidence], Iterable[Fault]]

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield what is wrong; nothing where the rule is kept."""
        for where, what in self.faults(evidence):
            yield Finding(self.name, where, what, self.mend)


def check(name: str, mend: str) -> Callable[[Callable[[Evidence], Iterable[Fault]]], Check]:
    """Make a check of a function that yields faults."""
    return lambda faults: Check(name, mend, faults)
