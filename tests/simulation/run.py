"""Runs many seeds: ``make simulate SEEDS=10000``, or ``python -m tests.simulation --seeds 10000 --first 500``.

Prints each failing seed with its trace, and ends with 1 where there was one.
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.profile import profile_of
from tests.simulation.world import World

CHUNK = 50


@dataclass
class Tally:
    """What some seeds came to."""

    seeds: int = 0
    commits: int = 0
    mails: int = 0
    reveals: int = 0
    faults: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add what others came to."""
        self.seeds += other.seeds
        self.commits += other.commits
        self.mails += other.mails
        self.reveals += other.reveals
        self.faults += other.faults
        self.statuses += other.statuses
        self.failures += other.failures


def run_seeds(seeds: range) -> Tally:
    """Run these seeds; a broken promise, and any other error, is a failure that names its seed."""
    tally = Tally()
    for seed in seeds:
        world = World(seed)
        try:
            world.run()
        except Exception as error:  # noqa: BLE001  # whatever it is, the seed is what is needed to see it again
            trace = "\n".join(getattr(error, "__notes__", ()))
            tally.failures.append(f"seed {seed} ({profile_of(seed).name}): {error!r}\n{trace}")
        tally.seeds += 1
        tally.commits += world.auditor.commits
        tally.mails += sum(world.auditor.mails.values())
        tally.reveals += world.auditor.reveals
        tally.faults += world.faults.total
        tally.statuses += Counter(action.status.value for action in world.auditor.actions.values())
        world.close()
    return tally


def main(arguments: list[str]) -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    begin, end = options.first, options.first + options.seeds
    chunks = [range(start, min(start + CHUNK, end)) for start in range(begin, end, CHUNK)]
    total, started = Tally(), time.monotonic()
    with ProcessPoolExecutor(options.workers) as pool:
        for tally in pool.map(run_seeds, chunks):
            total.add(tally)
            for failure in tally.failures:
                sys.stdout.write(failure + "\n")
                sys.stdout.flush()
    rate = total.seeds / (time.monotonic() - started)
    sys.stdout.write(
        f"{total.seeds} seeds, {rate:.1f} a second, {len(total.failures)} failed\n"
        f"{total.commits} commits, {total.mails} mails, {total.reveals} reveals, {total.faults} faults\n"
        + ", ".join(f"{status} {count}" for status, count in sorted(total.statuses.items()))
        + "\n"
    )
    return 1 if total.failures else 0
