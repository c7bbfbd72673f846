"""``python -m infra.delivery plan|deploy ENVIRONMENT``; ``make plan`` and ``make deploy`` are the same."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.bundles.contents import BundleError
from infra.delivery.stage import DeliveryError, Stage
from infra.delivery.steps import Ask, deploy, plan

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do as the command line says and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.delivery", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    planning = steps.add_parser("plan", help="build the bundles and save a plan; changes nothing")
    planning.add_argument("--summary", type=Path, help="file to append a summary in markdown to")
    deploying = steps.add_parser("deploy", help="apply exactly the saved plan")
    deploying.add_argument("--yes", action="store_true", help="do not ask")
    for step in (planning, deploying):
        step.add_argument(
            "environment", help="such as staging: infra/terraform/environments/staging.{tfvars,backend}"
        )
    wanted = parser.parse_args(arguments)
    stage = Stage(root, wanted.environment)
    try:
        if wanted.step == "plan":
            _plan(stage, wanted.summary)
        else:
            deploy(stage, _say, _ask(yes=wanted.yes))
    except (BundleError, DeliveryError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:  # never while Terraform applies: that is waited for
        sys.stderr.write("\nStopped. Nothing was applied.\n")
        return 1
    return 0


def _plan(stage: Stage, summary: Path | None) -> None:
    markdown = plan(stage, _say)
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(markdown)


def _ask(*, yes: bool) -> Ask | None:
    """Return how a person is asked, or None where none has to be."""
    if yes:
        return None
    if not sys.stdin.isatty():
        raise DeliveryError("Nobody is there to agree; ARGS=--yes applies without asking.")
    return _asked


def _asked(question: str) -> str:
    try:
        return input(question)
    except EOFError:  # Ctrl-D
        return ""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # Terraform writes to the same place by itself


if __name__ == "__main__":
    sys.exit(main())
