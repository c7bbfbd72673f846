"""The letters received, and the faults to play next; in memory only (laptop stack)."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

MAX_LETTERS = 1000
"""The oldest go first, so that a benchmark does not fill the memory of a laptop."""

MAX_HANG_S = 300.0
"""No client waits longer; a forgotten fault must not hold threads for ever."""


class FaultKind(StrEnum):
    """What happens to a request instead of, or after, taking its letter."""

    HTTP_401 = "http_401"
    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HANG = "hang"
    DROP_AFTER_ACCEPT = "drop_after_accept"
    REFUSE_ADDRESS = "refuse_address"


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One letter to one recipient; ``number`` counts from 1 and is never used again."""

    number: int
    to: str
    subject: str
    text: str
    html: str
    received_at: datetime


class Mailbox:
    """Thread-safe store of letters and queue of faults."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._letters: deque[Letter] = deque(maxlen=MAX_LETTERS)
        self._faults: deque[FaultKind] = deque()
        self._received = 0
        self._requests = 0
        self._over = threading.Event()

    @property
    def requests(self) -> int:
        """Requests to send that arrived since the start, whatever became of them."""
        with self._lock:
            return self._requests

    def begin_request(self) -> FaultKind | None:
        """Count one request and take the fault that is next for it."""
        with self._lock:
            self._requests += 1
            return self._faults.popleft() if self._faults else None

    def add(self, to: str, subject: str, text: str, html: str) -> None:
        """Keep one letter."""
        with self._lock:
            self._received += 1
            self._letters.append(Letter(self._received, to, subject, text, html, datetime.now(UTC)))

    def letters(self) -> list[Letter]:
        """Return the letters, oldest first."""
        with self._lock:
            return list(self._letters)

    def letter(self, number: int) -> Letter | None:
        """Return one letter, None where it is gone."""
        return next((letter for letter in self.letters() if letter.number == number), None)

    def clear(self) -> None:
        """Forget the letters."""
        with self._lock:
            self._letters.clear()

    def add_faults(self, kind: FaultKind, count: int) -> None:
        """Let ``count`` requests end in a fault, after those that are already planned; 0 clears the plan."""
        with self._lock:
            if count == 0:
                self._faults.clear()
            self._faults.extend([kind] * count)

    def hang(self) -> None:
        """Wait until the end of the inbox, or ``MAX_HANG_S``."""
        self._over.wait(MAX_HANG_S)

    def release(self) -> None:
        """Let hanging requests go; called at the end of the inbox."""
        self._over.set()
