"""`python -m infra.offline schema TYPE` prints a resource's arguments; other commands run the real Terraform."""

import argparse
import sys

from infra.offline.schemas import UnknownTypeError, describe


def main() -> int:
    """Runs one command; 0 means that it found nothing wrong."""
    parser = argparse.ArgumentParser(prog="python -m infra.offline", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    schema = commands.add_parser("schema", help="print the arguments of a type (data.TYPE for a data source)")
    schema.add_argument("types", nargs="+", metavar="TYPE")
    chosen = parser.parse_args()
    try:
        print("\n\n".join(describe(name) for name in chosen.types))  # noqa: T201 - a command's output
    except UnknownTypeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
