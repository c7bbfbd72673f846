"""Whatever is taken out of the Terraform, something names it: the real Terraform, or one of our checks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.checks.evidence import evidence
from infra.checks.findings import Finding
from infra.checks.run import CHECKS, CHOSEN, findings
from infra.offline.roots import TERRAFORM, example_values
from infra.offline.terraform import Offline, TerraformError
from tests.infra.mutants import MUTANTS, Mutant
from tests.infra.mutants import TERRAFORM as BY_TERRAFORM

SMALLER = {**CHOSEN, "github": "null", "budget": "null"}
"""No mutant touches the delivery, which is a third of all resources: a plan without it takes less time. What the
example leaves out is planned, as `make check` does beside it."""


class Copy:
    """A copy of the root module that mutants change and that Terraform plans, without being set up anew."""

    def __init__(self, root: Path, offline: Offline) -> None:
        self.root = root
        self._offline = offline
        self.sound = self.findings()

    def findings(self) -> set[Finding]:
        plan = self._offline.plan(example_values(self.root), SMALLER)
        return set(findings(evidence(plan, self.root)))

    def caught(self, mutant: Mutant) -> list[str]:
        """Return what names the mutant: Terraform's complaints, or names of checks with new findings."""
        before = mutant.apply(self.root)
        try:
            return sorted({finding.check for finding in self.findings() - self.sound})
        except TerraformError as error:
            return [BY_TERRAFORM + complaint for complaint in error.diagnostics]
        finally:
            (self.root / mutant.file).write_text(before, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(terraform_there, tmp_path_factory) -> Iterator[Copy]:
    root = tmp_path_factory.mktemp("mutants") / "infra" / "terraform"
    shutil.copytree(TERRAFORM, root, ignore=shutil.ignore_patterns(".terraform", "aws_ses", "environments"))
    with Offline(root, named=True) as offline:
        yield Copy(root, offline)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_what_is_taken_out_is_named(copy: Copy, mutant: Mutant):
    caught = copy.caught(mutant)

    if mutant.caught_by.startswith(BY_TERRAFORM):
        words = mutant.caught_by.removeprefix(BY_TERRAFORM)
        assert any(each.startswith(BY_TERRAFORM) and words in each for each in caught), caught
    else:
        assert mutant.caught_by in caught


def test_the_copy_is_whole_after_every_mutant(copy: Copy):
    assert copy.findings() == copy.sound


def test_every_check_that_a_mutant_names_exists():
    named = {each.caught_by for each in MUTANTS if not each.caught_by.startswith(BY_TERRAFORM)}
    assert named <= {each.name for each in CHECKS}
