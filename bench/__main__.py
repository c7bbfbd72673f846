"""Entry of ``make bench``; ``ARGS=starting`` measures one group, ``ARGS=--write`` keeps all in RESULTS.md."""

import argparse
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import accepting, listing, starting
from bench.ratio import Ratio

RESULTS = Path(__file__).with_name("RESULTS.md")
GROUPS = {"accepting": accepting, "starting": starting, "listing": listing}


def main(given: Sequence[str]) -> int:
    """Measure, print a line each, and return 1 where a bound does not hold."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; without: all")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS.name}")
    asked = parser.parse_args(given)
    if unknown := set(asked.groups) - set(GROUPS):
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    if asked.write and asked.groups:
        parser.error("--write keeps all groups, so name none")
    measured = []
    for group in asked.groups or GROUPS:
        for ratio in GROUPS[group].ratios():
            print(_line(ratio), flush=True)
            measured.append(ratio)
    if asked.write:
        RESULTS.write_text(_page(measured), "utf-8")
    return int(not all(ratio.holds for ratio in measured))


def _line(ratio: Ratio) -> str:
    verdict = "ok      " if ratio.holds else "TOO SLOW"
    return (
        f"{verdict} {ratio.work}: {_ms(ratio.work_s)}; {ratio.yardstick}: {_ms(ratio.yardstick_s)}"
        f" -> {ratio.times:.2f} times (at most {ratio.at_most:g})"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _page(measured: Sequence[Ratio]) -> str:
    rows = [
        f"| {each.work} | {each.yardstick} | {_ms(each.work_s)} | {_ms(each.yardstick_s)} | {each.times:.2f} |"
        f" {each.at_most:g} |"
        for each in measured
    ]
    machine = f"Python {platform.python_version()} on {platform.machine()}, {datetime.now(UTC):%Y-%m-%d}"
    return "\n".join(
        [
            "# Results",
            "",
            f"Written by `make bench ARGS=--write` ({machine}). Medians; only ratios are judged.",
            "",
            "| work | against | the work takes | the other | times | at most |",
            "|---|---|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
