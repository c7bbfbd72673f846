"""The two steps: plan, and deploy what was planned."""

import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from infra.bundles.build import build
from infra.delivery.changes import Changes
from infra.delivery.record import Record, hashes, sha256
from infra.delivery.stage import DeliveryError, Stage
from infra.delivery.terraform import Terraform, ephemeral_values

Say = Callable[[str], object]
Ask = Callable[[str], str]


def plan(stage: Stage, say: Say, environ: Mapping[str, str] = os.environ) -> str:
    """Build the bundles, save a plan with them, say what it would do; returns that as markdown. Changes nothing.

    Raises:
        DeliveryError: the environment is not set up, Terraform failed, or a secret's value is missing.
        BundleError: the tree is not fit to be deployed.
    """
    stage.check()
    for stale in (stage.record, stage.plan, stage.text):
        stale.unlink(missing_ok=True)
    terraform, given = Terraform(stage, environ), ephemeral_values(environ)
    _check_lock(stage, environ)
    _tell_not_taken(stage, terraform, say)
    if "sendgrid_api_key" not in given:
        say("TF_VAR_sendgrid_api_key is not set: good for all plans but one that makes a new version of the key.")
    build(stage.bundles, root=stage.root)
    terraform.init()
    terraform.plan()
    changes = Changes.of(terraform.planned())
    if missing := [f"TF_VAR_{name}" for name in changes.needs if name not in given]:
        stage.plan.unlink()
        raise DeliveryError(
            f"This plan writes a secret: set {' and '.join(missing)}, at the plan and at the deploy."
        )
    record = _record(stage, changes, given)
    record.write(stage)
    _tell(stage, record, changes, say)
    return changes.markdown(stage.name, record.revision)


def deploy(stage: Stage, say: Say, ask: Ask | None, environ: Mapping[str, str] = os.environ) -> None:
    """Apply exactly the saved plan, with the very zips it was made with.

    Args:
        stage: the environment.
        say: takes lines for people.
        ask: asks a person; None applies without asking.
        environ: variables, the ephemeral ones of Terraform among them.

    Raises:
        DeliveryError: there is no plan, it is stale, the bundles are others, a secret's value is missing, nobody
            agreed, or Terraform failed.
    """
    stage.check()
    record, given = Record.read(stage), ephemeral_values(environ)
    record.check(stage, datetime.now(UTC), given)
    terraform = Terraform(stage, environ)
    _check_lock(stage, environ)
    changes = Changes(record.counts, record.losses, record.ephemeral)
    _tell(stage, record, changes, say)
    if ask and ask(f"Type {stage.name} to apply: ").strip() != stage.name:
        raise DeliveryError("Not applied.")
    terraform.init()
    _check_again(stage, record, given)
    terraform.apply({name: given[name] for name in record.ephemeral})
    stage.record.unlink(missing_ok=True)  # a plan that was begun meanwhile has removed them already
    stage.plan.unlink(missing_ok=True)
    say(f"{stage.name} is deployed: {record.revision}")


def _check_again(stage: Stage, agreed: Record, given: Mapping[str, str]) -> None:
    """Compare once more: while a person reads and answers, another may plan in the same folder."""
    if Record.read(stage) != agreed:
        raise DeliveryError(
            f"Another plan for {stage.name} was made meanwhile: read it, make deploy ENV={stage.name}"
        )
    agreed.check(stage, datetime.now(UTC), given)


def _check_lock(stage: Stage, environ: Mapping[str, str]) -> None:
    if environ.get("CI") and not stage.lock.is_file():
        where = stage.lock.relative_to(stage.root)
        raise DeliveryError(
            f"{where} is missing: nothing says which provider may run with these rights. Commit it."
        )


def _record(stage: Stage, changes: Changes, given: Mapping[str, str]) -> Record:
    return Record(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        revision=_revision(stage),
        plan_sha256=sha256(stage),
        configuration_sha256=stage.configuration_sha256(),
        bundles=hashes(stage),
        ephemeral=sorted(given),
        counts=changes.counts,
        losses=changes.losses,
    )


def _revision(stage: Stage) -> str:
    command = ["git", "-C", str(stage.root), "describe", "--always", "--dirty", "--tags"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # own words
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def _tell_not_taken(stage: Stage, terraform: Terraform, say: Say) -> None:
    if terraform.not_taken:
        say(
            f"Not taken: {', '.join(terraform.not_taken)}. {stage.variables.name} says what {stage.name} is, "
            "and a log of Terraform's would hold the secrets that it is given."
        )


def _tell(stage: Stage, record: Record, changes: Changes, say: Say) -> None:
    say(f"Plan for {stage.name} of {record.made}, revision {record.revision}: {changes.line()}")
    for loss in changes.losses:
        say(f"  LOST: {loss}")
    if record.revision.endswith("-dirty"):
        say("  The working tree differs from that revision: nobody can build these bundles again from it.")
    if record.ephemeral:
        names = ", ".join(f"TF_VAR_{name}" for name in record.ephemeral)
        say(f"  The plan does not keep {names}: set the same at the deploy.")
    say(f"  In full: {stage.text.relative_to(stage.root)}")
