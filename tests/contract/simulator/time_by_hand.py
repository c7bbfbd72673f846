"""The simulator's timers, moved by a test: what comes first never depends on how busy the machine is."""

import threading
from collections.abc import Callable
from typing import Any


class TimeByHand:
    """Takes the place of ``Timers``: its callbacks run in the test's own thread, when the test lets time pass."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now_s = 0.0
        self._waiting: list[tuple[float, Callable[[], None]]] = []

    @classmethod
    def of(cls, owner: Any) -> "TimeByHand":
        """Give these timers to a ``World`` (its phones) or to its ``Notifier``."""
        owner._timers.stop()
        owner._timers = cls()
        return owner._timers

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._waiting)

    def after(self, delay_s: float, callback: Callable[[], None]) -> None:
        with self._lock:
            self._waiting.append((self._now_s + max(0.0, delay_s), callback))

    def forward(self, seconds: float) -> None:
        """Let time pass, and run what is due by then in order of its time."""
        with self._lock:
            self._now_s += seconds
        while (due := self._next_due()) is not None:
            due()

    def _next_due(self) -> Callable[[], None] | None:
        with self._lock:
            self._waiting.sort(key=lambda entry: entry[0])
            if self._waiting and self._waiting[0][0] <= self._now_s:
                return self._waiting.pop(0)[1]
            return None

    def stop(self) -> None:
        """Nothing runs by itself here."""
