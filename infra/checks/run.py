"""All checks, and the plan that they look at."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from infra import iam_matrix
from infra.checks import (
    bus,
    capabilities,
    edge,
    environment,
    front,
    functions,
    guide,
    holders,
    iam_rules,
    leaving,
    order,
    planner,
    rights,
    routing,
    store,
    timers,
    traps,
    watch,
    wiring,
)
from infra.checks.evidence import Evidence, evidence
from infra.checks.findings import Check, Fault, Finding, check
from infra.offline.roots import TERRAFORM, example_values
from infra.offline.terraform import Offline


@check(
    "rights.document", "Run: python -m infra.iam_matrix --write. Reviewers read docs/iam.md instead of the plan."
)
def document(found: Evidence) -> Iterable[Fault]:
    """Compare the table of rights in the documentation with the plan."""
    if not iam_matrix.DOCUMENT.is_file() or iam_matrix.DOCUMENT.read_text(encoding="utf-8") != iam_matrix.text(
        found
    ):
        yield "docs/iam.md", "is not what the plan says"


MODULES = (
    functions,
    environment,
    rights,
    iam_rules,
    planner,
    holders,
    capabilities,
    bus,
    timers,
    store,
    edge,
    front,
    routing,
    watch,
    guide,
    order,
    leaving,
    wiring,
    traps,
)

CHECKS: tuple[Check, ...] = (*(each for module in MODULES for each in module.CHECKS), document)


def findings(found: Evidence, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Return everything that the checks find, in a fixed order."""
    return sorted(finding for each in checks for finding in each(found))


CHOSEN: Mapping[str, object] = {
    "armor": {"requests_per_minute": 600},
    "audit_project_id": "example-audit",
    "dns_zone": {"project_id": "example-dns", "managed_zone": "example-com"},
    "enforce_org_policies": True,
    "iap_oauth_client": {"client_id": "1-a.apps.googleusercontent.com", "secret_version": 1},
    "iap_programmatic_clients": ["1-b.apps.googleusercontent.com"],
}
"""What the example leaves out: with it every resource that there can be is planned, and looked at."""


def planned(root: Path = TERRAFORM, values: Mapping[str, object] | None = None) -> Evidence:
    """Plan a root module offline, with names for what is not made yet.

    Args:
        root: the module's folder.
        values: of variables, beside those of the example.

    Raises:
        TerraformUnavailableError: there is no Terraform that can run.
        TerraformError: the plan failed.
    """
    with Offline(root, named=True) as offline:
        return evidence(offline.plan(example_values(root), values), root)


def all_findings() -> list[Finding]:
    """Return what the checks find in the example, and with everything that it leaves out.

    Raises:
        TerraformUnavailableError: there is no Terraform that can run.
        TerraformError: a plan failed.
    """
    others = tuple(each for each in CHECKS if each is not document)  # the document tells of the example
    return sorted({*findings(planned()), *findings(planned(values=CHOSEN), others)})
