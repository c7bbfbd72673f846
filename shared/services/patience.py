"""How long a run of the timer waits for AMAPI (service layer).

Mails and messages are due in the same run as looks. An AMAPI that hangs takes 25 s of each look, so that without a
bound a run would do one look and nothing else, minute after minute.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from shared.domain.errors import TransientError
from shared.domain.operation import Operation
from shared.services.ports import Operations

T = TypeVar("T")

LOOKS_UNTIL_S = 24.0
"""No call of AMAPI begins later in a run, nor one that would end later if it were as slow as the slowest so far.
One that begins by then and hangs for 25 s still ends before the function does, after 50 s."""


class LeftOutError(TransientError):
    """The call was not made, for this run has waited for AMAPI long enough: the next run makes it."""

    def __init__(self) -> None:
        super().__init__("LEFT_OUT", "this run has waited for AMAPI long enough")


@dataclass(slots=True)
class Patience:
    """AMAPI's operations, as long as one run's patience lasts.

    Attributes:
        began: when the run began, by ``elapsed``.
        spent_s: seconds that calls took together.
        slowest_s: seconds that the slowest call took, answered or not.
        left_out: calls that were not made.
    """

    amapi: Operations
    elapsed: Callable[[], float]
    began: float
    spent_s: float = 0.0
    slowest_s: float = 0.0
    left_out: int = 0

    def get_operation(self, name: str) -> Operation | None:
        """See the port.

        Raises:
            LeftOutError: the run's patience is over (the next run makes the call).
        """
        return self._timed(lambda: self.amapi.get_operation(name))

    def list_operations(self, device_name: str) -> list[Operation]:
        """See the port.

        Raises:
            LeftOutError: the run's patience is over (the next run makes the call).
        """
        return self._timed(lambda: self.amapi.list_operations(device_name))

    def _timed(self, call: Callable[[], T]) -> T:
        start = self.elapsed()
        if start - self.began + self.slowest_s > LOOKS_UNTIL_S:
            self.left_out += 1
            raise LeftOutError
        try:
            return call()
        finally:
            took_s = self.elapsed() - start
            self.spent_s += took_s
            self.slowest_s = max(self.slowest_s, took_s)
