"""Judges the coverage that the last test run recorded: ``make test`` ends with it."""

import subprocess
import sys

GATES = (
    ("domain and services", 100, ["--include=shared/domain/*,shared/services/*"]),
    ("everything else", 90, ["--omit=shared/domain/*,shared/services/*"]),
)
"""The rules live in domain and services, so no branch there may be untried; the rest is wiring and edges."""


def main() -> int:
    """Print what is not covered, one line a file, and return 0 where every gate holds."""
    failed = []
    for title, least, selection in GATES:
        sys.stdout.write(f"\nCoverage of {title}, lines and branches, at least {least} %:\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", "coverage", "report", "--skip-covered", "--show-missing", "--precision=1"]
        if subprocess.run([*command, f"--fail-under={least}", *selection], check=False).returncode:
            failed.append(title)
    for title in failed:
        sys.stderr.write(f"Coverage of {title} is too low.\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
