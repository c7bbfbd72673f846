"""Things that happen later: one thread, one heap."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

_LOG = logging.getLogger(__name__)


class Timers:
    """Runs callbacks after a delay, one at a time, in order of their time; stopping drops what is left."""

    def __init__(self, name: str) -> None:
        self._condition = threading.Condition()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def after(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Run ``callback`` in ``delay_s`` seconds; at once where that is not above 0."""
        with self._condition:
            entry = (time.monotonic() + max(0.0, delay_s), next(self._numbers), callback)
            heapq.heappush(self._heap, entry)
            self._condition.notify()

    def stop(self) -> None:
        """Drop what is due later and wait for what is running; may be called from a callback."""
        with self._condition:
            self._is_stopped = True
            self._condition.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while (callback := self._next()) is not None:
            try:
                callback()
            except Exception as error:  # noqa: BLE001  # one broken phone must not stop the others
                # The kind alone: an error's text may quote a command, and so a passcode.
                _LOG.error("a timer's work failed: %s", type(error).__name__)

    def _next(self) -> Callable[[], None] | None:
        with self._condition:
            while not self._is_stopped:
                wait_s = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait_s is not None and wait_s <= 0:
                    return heapq.heappop(self._heap)[2]
                # A wait of days overflows the platform's timer; an hour and another look do not.
                self._condition.wait(None if wait_s is None else min(wait_s, 3600.0))
            return None
