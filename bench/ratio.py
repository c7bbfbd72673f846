"""How a figure is taken: two pieces of work in turns within one run, so that a busy machine slows both."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """What was measured: medians in seconds, and the median of the rounds' quotients."""

    work: str
    yardstick: str
    at_most: float
    work_s: float
    yardstick_s: float
    times: float

    @property
    def holds(self) -> bool:
        return self.times <= self.at_most


def in_turns(
    work: str,
    do_work: Callable[[], object],
    yardstick: str,
    measure: Callable[[], object],
    *,
    at_most: float,
    rounds: int,
) -> Ratio:
    """Do both in turns, after one round that does not count.

    Each round gives one quotient, so what disturbs the machine for seconds disturbs both of its halves; the median
    of the rounds lets single ones go astray.
    """
    do_work()
    measure()
    pairs = []
    for number in range(rounds):
        if number % 2:
            pairs.append((_seconds(do_work), _seconds(measure)))
        else:
            last = _seconds(measure)
            pairs.append((_seconds(do_work), last))
    works, yardsticks = zip(*pairs, strict=True)
    times = statistics.median(one / other for one, other in pairs)
    return Ratio(work, yardstick, at_most, statistics.median(works), statistics.median(yardsticks), times)


def _seconds(do: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    do()
    return time.perf_counter() - start
