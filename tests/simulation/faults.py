"""Everything that can go wrong at a call of a port, and who had it happen to them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from shared.domain.errors import (
    AmbiguousOutcomeError,
    ConflictError,
    EnterpriseRefusedError,
    NotSentError,
    PermanentError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from tests.simulation.profile import DAY_S, Profile


class Killed(BaseException):
    """The process is gone: no handler of the code under test may see this as an error to deal with."""


class When(Enum):
    """Whether the call took effect."""

    BEFORE = "no effect"
    AFTER = "took effect"
    LATER = "takes effect later"


@dataclass(frozen=True)
class Fault:
    """One way for a call to go wrong; ``takes_s`` is how long the caller waits for it."""

    name: str
    when: When
    error: Callable[[], BaseException]
    takes_s: float = 0.0


def _crash(when: When) -> Fault:
    return Fault(f"crash, {when.value}", when, Killed)


def _down() -> TransientError:
    return TransientError("DOWN", "not now")


CRASHES = (_crash(When.BEFORE), _crash(When.AFTER))
DOWN = Fault("down", When.BEFORE, _down)
HANGS = Fault("hangs", When.BEFORE, _down, takes_s=25.0)
ANSWER_LOST = Fault("answer lost", When.AFTER, _down)
THROTTLED = Fault("429", When.BEFORE, lambda: ThrottledError("RESOURCE_EXHAUSTED", "too many"))
UNAUTHORISED = Fault("401", When.BEFORE, lambda: UnauthorisedError("UNAUTHENTICATED", "who are you"))
REFUSED = Fault("403", When.BEFORE, lambda: EnterpriseRefusedError("PERMISSION_DENIED", "not this one"))


def _ambiguous(when: When) -> Fault:
    return Fault(f"no answer, {when.value}", when, lambda: AmbiguousOutcomeError("TIMEOUT", "no answer"))


FAULTS: dict[str, tuple[Fault, ...]] = {
    "get_many": (CRASHES[0], DOWN),
    "due_actions": (CRASHES[0], DOWN),
    "commit": (
        *CRASHES,
        DOWN,
        Fault("conflict", When.BEFORE, ConflictError),
        Fault("commit's answer lost", When.AFTER, ConflictError),
    ),
    "publish": (*CRASHES, DOWN, ANSWER_LOST),
    "encrypt": (CRASHES[0], DOWN),
    "decrypt": (CRASHES[0], DOWN),
    "issue": (
        *CRASHES,
        *CRASHES,
        *(_ambiguous(when) for when in When),
        *(_ambiguous(when) for when in When),
        THROTTLED,
        UNAUTHORISED,
        REFUSED,
        Fault("400", When.BEFORE, lambda: PermanentError("INVALID_ARGUMENT", "no")),
        Fault("never sent", When.BEFORE, lambda: NotSentError("REFUSED", "nobody listens")),
    ),
    "get_operation": (CRASHES[0], DOWN, HANGS, THROTTLED, UNAUTHORISED, REFUSED),
    "list_operations": (CRASHES[0], DOWN, HANGS, THROTTLED),
    "cancel_operation": (*CRASHES, DOWN, ANSWER_LOST, THROTTLED),
    "get_device": (CRASHES[0], DOWN),
    "send": (
        *CRASHES,
        *CRASHES,
        DOWN,
        *(_ambiguous(when) for when in When),
        Fault("address refused", When.BEFORE, lambda: RejectedError("ADDRESS_REFUSED", "no such person")),
    ),
}
"""By kind of call."""


@dataclass
class Faults:
    """Draws faults and remembers them; ``of`` counts by what the worker was working on, and its duty."""

    rng: Random
    profile: Profile
    total: int = 0
    of: Counter[tuple[str, str]] = field(default_factory=Counter)

    def draw(self, kind: str, now_s: float, job: tuple[str, str]) -> Fault | None:
        """Return what goes wrong at this call, None where it works."""
        if not self._strikes(kind, now_s):
            return None
        self.count(job)
        return self.rng.choice(FAULTS[kind])

    def stalls(self, kind: str, now_s: float, job: tuple[str, str]) -> bool:
        """Tell whether the worker freezes here."""
        if not self._strikes(kind, now_s, self.profile.stall_share):
            return False
        self.count(job)
        return True

    def count(self, job: tuple[str, str]) -> None:
        """Count a fault that happened to a job."""
        self.total += 1
        self.of[job] += 1

    def _strikes(self, kind: str, now_s: float, share: float = 1.0) -> bool:
        if self.profile.only and kind not in self.profile.only:
            return False
        if self.total >= self.profile.max_faults or now_s > self.profile.fault_days * DAY_S:
            return False
        return self.rng.random() < self.profile.fault_rate * share
