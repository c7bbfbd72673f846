"""`python -m infra.offline validate|plan|test [ROOT…]`, or `schema TYPE…` to see the arguments of a type.

ROOT is a root module's folder; without one, those of this repository are taken.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from infra.offline.roots import ROOTS, example_values
from infra.offline.schemas import UnknownTypeError, describe
from infra.offline.terraform import Offline, TerraformError, TerraformUnavailableError


def main() -> int:
    """Runs one command; 0 means that it found nothing wrong."""
    chosen = _arguments()
    try:
        if chosen.command == "schema":
            _say("\n\n".join(describe(name) for name in chosen.types))
            return 0
        return max([_terraform(chosen, root) for root in chosen.roots or ROOTS], default=0)
    except (UnknownTypeError, TerraformUnavailableError) as error:
        _say(str(error))
        return 1


def _terraform(chosen: argparse.Namespace, root: Path) -> int:
    with Offline(root) as offline:
        try:
            if chosen.command == "validate":
                complaints = offline.validate()
                _say(f"{root}: " + ("\n".join(complaints) or "valid"))
                return 1 if complaints else 0
            if chosen.command == "test":
                done = offline.test()
                _say(f"{root}:\n{done.stdout}{done.stderr}")
                return done.returncode
            plan = offline.plan(chosen.variables or example_values(root))
        except TerraformError as error:
            _say(f"{root}: {error}")
            return 1
    _say(json.dumps(plan, indent=1) if chosen.json else "\n".join([f"{root}:", *_lines(plan)]))
    return 0


def _lines(plan: dict[str, Any]) -> list[str]:
    changes = [change for change in plan.get("resource_changes", []) if change["mode"] == "managed"]
    return [f"  + {change['address']}" for change in changes] + [f"{len(changes)} to create"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.offline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, tells in (
        ("validate", "terraform validate"),
        ("test", "terraform test"),
        ("plan", "terraform plan, with the values of terraform.tfvars.example unless a file is named"),
    ):
        command = commands.add_parser(name, help=tells)
        command.add_argument("roots", nargs="*", type=Path, metavar="ROOT")
        if name == "plan":
            command.add_argument("--variables", type=Path, metavar="FILE", help="values, as in a .tfvars file")
            command.add_argument(
                "--json", action="store_true", help="the whole plan, as terraform show -json has it"
            )
    schema = commands.add_parser("schema", help="the arguments of a type (data.TYPE for a data source)")
    schema.add_argument("types", nargs="+", metavar="TYPE")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
