"""The real clock (runtime layer)."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Implements ``ports.Clock`` on the machine's clocks."""

    def now(self) -> datetime:
        """Aware UTC time."""
        return datetime.now(UTC)

    def boot_s(self) -> float:
        """Seconds since boot; where the platform has no such clock, monotonic seconds, blind to suspension."""
        clock = getattr(time, "CLOCK_BOOTTIME", None)  # Linux only; the cloud runs Linux
        return time.clock_gettime(clock) if clock is not None else time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
