"""What kind of world a seed makes: how much goes wrong, and how long things take."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

DAY_S = 86_400.0


@dataclass(frozen=True)
class Profile:
    """The odds of one world.

    Attributes:
        fault_rate: share of port calls that go wrong, until ``max_faults`` did or ``fault_days`` are over.
        only: the kinds of call that go wrong; empty for all.
        stall_share: odds of a worker's freezing, as a share of ``fault_rate``.
        skew_s: how far a worker's clock may be from true time.
        late_calls: whether calls may leave a worker long after their lease (the protocol's assumption A1 broken).
        gone_rate: share of commands whose operation AMAPI forgets.
        retention_days: how long the enterprise may keep passcodes.
        prompt_phones: whether phones take every command at once and report at once.
        copies: how often a message is delivered.
        leaves: whether the admin loses the right to reset at some time; the one to read stays.
        limits: most resets of a person in ten minutes, of everybody in an hour, readings of a person; 0 for none.
    """

    name: str
    fault_rate: float = 0.0
    max_faults: int = 0
    fault_days: float = 2.0
    only: tuple[str, ...] = ()
    stall_share: float = 0.25
    skew_s: float = 0.0
    late_calls: bool = False
    gone_rate: float = 0.0
    lost_message_rate: float = 0.15
    wishes: tuple[int, int] = (2, 4)
    retention_days: tuple[int, ...] = (1, 30)
    cancel_rate: float = 0.35
    valid_for: tuple[timedelta | None, ...] = (
        timedelta(minutes=2),
        timedelta(minutes=30),
        timedelta(hours=6),
        None,
    )
    prompt_phones: bool = False
    copies: tuple[int, ...] = (1, 1, 2, 3)
    devices: int = 1
    limits: tuple[int, int, int] = (0, 0, 0)
    leaves: bool = False


CALM = Profile("calm")
SKEWED = Profile("skewed", skew_s=300.0)
ONE_FAULT = Profile("one fault", fault_rate=0.03, max_faults=1)
FEW_FAULTS = Profile("few faults", fault_rate=0.05, max_faults=3, skew_s=300.0, gone_rate=0.05)
STORM = Profile("storm", fault_rate=0.12, max_faults=200, skew_s=300.0, gone_rate=0.1, lost_message_rate=0.4)
TWO_DEVICES = Profile("two devices", fault_rate=0.05, max_faults=8, skew_s=60.0, devices=2)
NO_ANSWERS = Profile("no answers", fault_rate=0.5, max_faults=4, only=("issue",), skew_s=300.0)
HANGING = Profile(
    "hanging", fault_rate=0.6, max_faults=80, only=("get_operation", "list_operations"), stall_share=0.1, devices=4
)
BAD_POST = Profile("bad post", fault_rate=0.4, max_faults=4, only=("send",), stall_share=1.0)
BAD_STORE = Profile("bad store", fault_rate=0.3, max_faults=30, only=("commit",))
LATE_CALLS = Profile("late calls", fault_rate=0.06, max_faults=6, late_calls=True, retention_days=(30,))
STRAY_CALLS = replace(
    LATE_CALLS, name="stray calls", fault_rate=0.4, max_faults=4, only=("issue",), stall_share=1.0
)
LIMITED = Profile("limited", fault_rate=0.1, max_faults=8, stall_share=0.0, devices=4, limits=(2, 5, 3))
"""Its clocks agree and nobody freezes, so that limits can be checked against the times of what was let through."""

RIGHT_LOST = Profile(
    "right lost", fault_rate=0.06, max_faults=4, skew_s=300.0, cancel_rate=0.1, devices=2, leaves=True
)

HAPPY = Profile(
    "happy",
    wishes=(1, 1),
    cancel_rate=0.0,
    valid_for=(None,),
    prompt_phones=True,
    copies=(2,),
    lost_message_rate=0.0,
    max_faults=1,
)
"""One reset that goes well, every message twice and in any order; for tests that put in a fault of their own."""

MIX = (
    CALM,
    SKEWED,
    ONE_FAULT,
    FEW_FAULTS,
    FEW_FAULTS,
    STORM,
    TWO_DEVICES,
    NO_ANSWERS,
    HANGING,
    BAD_POST,
    BAD_STORE,
    LATE_CALLS,
    STRAY_CALLS,
    LIMITED,
    RIGHT_LOST,
)


def profile_of(seed: int) -> Profile:
    """Return the profile that a seed stands for: all of them in turn."""
    return MIX[seed % len(MIX)]


def latency_s(rng: Random) -> float:
    """Time of one call or of the thinking after it: always far below what a lease allows for a whole step."""
    odds = rng.random()
    if odds < 0.75:
        return rng.uniform(0.001, 0.2)
    return rng.uniform(0.2, 2.0) if odds < 0.95 else rng.uniform(2.0, 5.0)


def delay_s(rng: Random) -> float:
    """Time until a message or a notification arrives: mostly soon, sometimes after everything else."""
    odds = rng.random()
    if odds < 0.55:
        return rng.uniform(0.01, 2.0)
    if odds < 0.85:
        return rng.uniform(2.0, 90.0)
    return rng.uniform(90.0, 1800.0) if odds < 0.96 else rng.uniform(1800.0, DAY_S)
