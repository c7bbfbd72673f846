"""``python -m infra.bundles [--out FOLDER] [FUNCTION …]`` builds the zips that are deployed."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from infra.bundles.build import OUT, ROOT, build
from infra.bundles.contents import BundleError
from infra.bundles.manifest import Bundle


def main(arguments: Sequence[str] | None = None) -> int:
    """Build as the command line says and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bundles", description=__doc__)
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help="entry points, such as notify; none = all")
    parser.add_argument("--out", type=Path, default=ROOT / OUT, help="folder of the zips (default: build/bundles)")
    wanted = parser.parse_args(arguments)
    try:
        bundles = build(wanted.out, wanted.functions)
    except BundleError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    try:
        _tell(wanted.out, bundles.values())
    except BrokenPipeError:  # whoever reads has seen enough, as ``head`` does; everything is built
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _tell(folder: Path, bundles: Iterable[Bundle]) -> None:
    for bundle in bundles:
        size = (folder / bundle.file).stat().st_size
        sys.stdout.write(f"{bundle.file:<45} {size:>9,} bytes  sha256 {bundle.sha256}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
