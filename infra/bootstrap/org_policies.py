"""The organisation's policies that would stop the deployment half-way, named before it begins.

Source: https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints. Keys of service
accounts may be forbidden (iam.disableServiceAccountKeyCreation): none is used.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError, Json

AMAPI_PUBLISHER = "serviceAccount:android-cloud-policy@system.gserviceaccount.com"
"""AMAPI's own account, which publishes the notifications."""
GOOGLE_CUSTOMER = "C02h8e9nw"
"""Customer id of Google's own organisation, to which that account is expected to belong."""

Rules = Sequence[Json]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint, whether its rules allow what we need (None: nobody can tell from here), and what to do.

    Attributes:
        of_grant: it is judged only when AMAPI's grant is written; one that is there already stays.
    """

    name: str
    allows: Callable[[Rules, Context], bool | None]
    why: str
    how: str
    of_grant: bool = False


def look(context: Context, granted: Callable[[], bool]) -> None:
    """Judge every constraint and tell of each that blocks; ``granted`` asks whether AMAPI may publish already."""
    free = 0
    for constraint in CONSTRAINTS:
        path = f"/v2/projects/{context.options.project}/policies/{constraint.name}:getEffectivePolicy"
        try:
            policy = context.api.find("orgpolicy", path)
        except CallError as error:
            context.tell.note(f"Organisation policies could not be asked. {error}")
            context.tell.note("If deploying stops at a grant or at an ingress setting, they are the first suspect.")
            return
        free += _judged(context, constraint, policy or {}, granted)
    if free:
        context.tell.ok(f"{free} of {len(CONSTRAINTS)} organisation policies that could block do not")


def _judged(context: Context, constraint: Constraint, policy: Json, granted: Callable[[], bool]) -> bool:
    rules: Rules = policy.get("spec", {}).get("rules", ())
    verdict = None if any("condition" in rule for rule in rules) else constraint.allows(rules, context)
    if verdict is None:
        context.tell.note(f"{constraint.name} is set in a way that cannot be judged here. {constraint.how}")
    elif not verdict and constraint.of_grant and granted():
        context.tell.note(
            f"{constraint.name} forbids AMAPI's grant; it was made before, and stays until it is removed."
        )
    elif not verdict:
        context.tell.needs_you(f"Organisation policy {constraint.name}: {constraint.why}", [constraint.how])
    return verdict is True


def _listed(rules: Rules, wanted: str) -> bool:
    """Tell whether the rules of a list constraint allow a value; without rules everything is allowed."""
    if any(rule.get("denyAll") for rule in rules):
        return False
    allowed = [_bare(value) for rule in rules for value in rule.get("values", {}).get("allowedValues", ())]
    denied = [_bare(value) for rule in rules for value in rule.get("values", {}).get("deniedValues", ())]
    if wanted in denied:
        return False
    return wanted in allowed or not allowed or any(rule.get("allowAll") for rule in rules)


def _bare(value: Any) -> str:
    return str(value).removeprefix("is:").removeprefix("under:")


def _all_of(*wanted: str) -> Callable[[Rules, Context], bool | None]:
    return lambda rules, _context: all(_listed(rules, value) for value in wanted)


def _publisher_allowed(rules: Rules, _context: Context) -> bool | None:
    enforced = [rule for rule in rules if rule.get("enforce")]
    return not enforced or any(
        AMAPI_PUBLISHER in rule.get("parameters", {}).get("allowedMemberSubjects", ()) for rule in enforced
    )


def _region_allowed(rules: Rules, context: Context) -> bool | None:
    region = context.options.region
    groups = [value for rule in rules for value in rule.get("values", {}).get("allowedValues", ())]
    if not region:
        return None
    if f"in:{region}-locations" in groups or _listed(rules, region):
        return True
    # Another group, such as in:eu-locations, is expanded by Google alone.
    return None if any(str(group).startswith("in:") for group in groups) else False


_INGRESS = (
    "Allow both for this project, or let Terraform set the policy after an administrator lifted the inherited one."
)

CONSTRAINTS = (
    Constraint(
        "iam.allowedPolicyMemberDomains",
        _all_of(GOOGLE_CUSTOMER),
        f"AMAPI's account {AMAPI_PUBLISHER} cannot be granted publishing, so no notification will ever come.",
        f"Have an administrator allow Google's customer id {GOOGLE_CUSTOMER} for this project, at least for one "
        "make deploy: it is judged only when the grant is written.",
        of_grant=True,
    ),
    Constraint(
        "iam.managed.allowedPolicyMembers",
        _publisher_allowed,
        f"AMAPI's account {AMAPI_PUBLISHER} cannot be granted publishing, so no notification will ever come.",
        f"Have an administrator add {AMAPI_PUBLISHER} to allowedMemberSubjects for this project, at least for one "
        "make deploy: it is judged only when the grant is written.",
        of_grant=True,
    ),
    Constraint(
        "run.allowedIngress",
        _all_of("internal", "internal-and-cloud-load-balancing"),
        "functions need the ingress internal and internal-and-cloud-load-balancing.",
        _INGRESS,
    ),
    Constraint(
        "cloudfunctions.allowedIngressSettings",
        _all_of("ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"),
        "functions need the ingress ALLOW_INTERNAL_ONLY and ALLOW_INTERNAL_AND_GCLB.",
        _INGRESS,
    ),
    Constraint(
        "gcp.resourceLocations",
        _region_allowed,
        "the region of this environment is not allowed.",
        "Choose a region that the policy allows, or have it allowed for this project.",
    ),
)
"""What has stopped deployments like this one."""
