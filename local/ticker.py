"""Plays Cloud Scheduler: calls the two timed functions again and again (laptop stack).

Per job there is at most one outstanding call, as at Cloud Scheduler; a failed call is not repeated, for the next
tick is the retry.
"""

import http.client
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.stack_options import SYNC_S, TICK_S

CALL_TIMEOUT_S = 55.0
"""The deadline of the poll job in production, below the minute between two of its ticks."""

ENDING = frozenset({signal.SIGTERM, signal.SIGINT})


@dataclass(frozen=True, slots=True)
class Job:
    """One timed call: POST to ``url``, ``period_s`` seconds from start to start."""

    name: str
    url: str
    period_s: float


def jobs_from_environ(environ: Mapping[str, str]) -> tuple[Job, ...]:
    """Read ``POLL_STATUS_URL``, ``SYNC_DEVICES_URL``, ``TICK_S`` and ``SYNC_S`` (seconds).

    Raises:
        ValueError: a missing address, or a period that is not a positive number.
    """
    rows = (
        ("poll_status", "POLL_STATUS_URL", "TICK_S", TICK_S),
        ("sync_devices", "SYNC_DEVICES_URL", "SYNC_S", SYNC_S),
    )
    jobs = []
    for name, url_variable, period_variable, default_s in rows:
        url = environ.get(url_variable, "")
        period_s = float(environ.get(period_variable, default_s))
        if not url:
            raise ValueError(f"{url_variable} is not set")
        if period_s <= 0:
            raise ValueError(f"{period_variable} must be above 0")
        jobs.append(Job(name, url, period_s))
    return tuple(jobs)


def call(job: Job, timeout_s: float = CALL_TIMEOUT_S) -> None:
    """POST to the job once; whatever goes wrong becomes one line on stderr."""
    address = urlsplit(job.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)
    try:
        with closing(connection):
            connection.request("POST", address.path or "/", b"{}", {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
    except (OSError, http.client.HTTPException) as cause:
        sys.stderr.write(f"{job.name}: no answer: {cause!r}\n")
        return
    if answer.status >= http.HTTPStatus.MULTIPLE_CHOICES:
        sys.stderr.write(f"{job.name}: HTTP {answer.status}\n")


def run(job: Job, stop: threading.Event) -> None:
    """Call the job until ``stop`` is set; the first call comes after one period."""
    due = time.monotonic() + job.period_s
    while not stop.wait(max(0.0, due - time.monotonic())):
        call(job)
        # A call that overran its period delays the next one; missed ticks are not caught up.
        due = max(due + job.period_s, time.monotonic())


def main() -> int:
    """Tick until SIGTERM or Ctrl-C and return the exit status."""
    try:
        jobs = jobs_from_environ(os.environ)
    except ValueError as fault:
        sys.stderr.write(f"ticker: {fault}\n")
        return 2
    # Blocked before the threads start, so that they inherit it and the signal waits for sigwait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    stop = threading.Event()
    for job in jobs:
        # Daemons: a call under way when the stack stops is given up, as a crash would.
        threading.Thread(target=run, args=(job, stop), name=job.name, daemon=True).start()
    signal.sigwait(ENDING)
    stop.set()
    return 0


if __name__ == "__main__":
    sys.exit(main())
