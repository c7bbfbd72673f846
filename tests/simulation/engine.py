"""Virtual time and workers that take turns: everything of a simulation happens in one thread, in one order.

A worker is a greenlet that runs true service code. Each call of a port gives the turn back, so between any two
calls anything else may happen, and the seed alone decides what.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from greenlet import getcurrent, greenlet

START = datetime(2026, 1, 1, tzinfo=UTC)

MAX_EVENTS = 200_000
"""A run of the true protocol needs some thousand; more means that something goes round in circles."""

TRACE_LINES = 400


class EndlessError(AssertionError):
    """The world did not come to rest."""


@dataclass
class Engine:
    """The event queue. ``now_s`` is true time in seconds since ``START``; clocks of workers may differ."""

    rng: Random
    now_s: float = 0.0
    trace: deque[str] = field(default_factory=lambda: deque(maxlen=TRACE_LINES))
    next_tick_s: Callable[[], float | None] = lambda: None
    tick: Callable[[], None] = lambda: None
    _queue: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=itertools.count)

    def time(self, offset_s: float = 0.0) -> datetime:
        """Return true time, moved by ``offset_s``."""
        return START + timedelta(seconds=self.now_s + offset_s)

    def after(self, delay_s: float, act: Callable[[], object]) -> None:
        """Let something happen later."""
        heapq.heappush(self._queue, (self.now_s + delay_s, next(self._count), act))

    def spawn(self, run: Callable[[], None]) -> None:
        """Start a worker now; it runs until its first call of a port."""
        self.after(0.0, greenlet(run).switch)

    def pause(self, delay_s: float) -> None:
        """Give the turn back from inside a worker, and take it again later."""
        me = getcurrent()
        assert me.parent is not None, "only a worker can be paused"
        self.after(delay_s, me.switch)
        me.parent.switch()

    def run(self) -> int:
        """Run until nothing is left to happen; returns the number of events."""
        for count in range(MAX_EVENTS):
            tick_s = self.next_tick_s()
            if self._queue and (tick_s is None or self._queue[0][0] <= tick_s):
                due_s, _, act = heapq.heappop(self._queue)
                self.now_s = max(self.now_s, due_s)
                act()
            elif tick_s is not None:
                self.now_s = max(self.now_s, tick_s)
                self.tick()
            else:
                return count
        raise EndlessError("the world does not come to rest")

    def note(self, who: str, what: str) -> None:
        """Add a line to the trace that a failing seed prints."""
        self.trace.append(f"{timedelta(seconds=round(self.now_s, 2))!s:>22} {who:<24} {what}")
