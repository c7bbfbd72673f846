"""The organisation's policies that would stop the deployment half-way, named before it begins.

Source: https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints. Keys of service
accounts may be forbidden (iam.disableServiceAccountKeyCreation): none is used.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError, Json
from infra.rights import AMAPI_PUBLISHER

GOOGLE_CUSTOMER = "C02h8e9nw"
"""Customer id of Google's own organisation, to which AMAPI's account is expected to belong."""

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
    allowed, denied = _values(rules, "allowedValues"), _values(rules, "deniedValues")
    if wanted in denied:
        return False
    return wanted in allowed or not allowed or any(rule.get("allowAll") for rule in rules)


def _bare(value: Any) -> str:
    return str(value).removeprefix("is:").removeprefix("under:")


def _all_of(*wanted: str) -> Callable[[Rules, Context], bool | None]:
    return lambda rules, _context: all(_listed(rules, value) for value in wanted)


def _publisher_allowed(rules: Rules, _context: Context) -> bool | None:
    enforced = [rule.get("parameters", {}) for rule in rules if rule.get("enforce")]
    if not enforced or any(AMAPI_PUBLISHER in each.get("allowedMemberSubjects", ()) for each in enforced):
        return True
    # One set is the organisation itself; whether a further one has the account in it, Google alone knows.
    return None if any(len(each.get("allowedPrincipalSets", ())) > 1 for each in enforced) else False


def _region_allowed(rules: Rules, context: Context) -> bool | None:
    region = context.options.region
    return _grouped(rules, {region, f"in:{region}-locations"}) if region else None


def _balancer_allowed(rules: Rules, _context: Context) -> bool | None:
    allowed = _grouped(rules, {"GLOBAL_EXTERNAL_MANAGED_HTTP_HTTPS", "in:EXTERNAL"})
    # The names of types have grown over the years: a policy that names others is for a person to read.
    return allowed if allowed or any(rule.get("denyAll") for rule in rules) else None


def _grouped(rules: Rules, wanted: set[str]) -> bool | None:
    """Tell whether rules allow a value, by its own name or group; other groups Google alone expands."""
    if any(rule.get("denyAll") for rule in rules):
        return False
    denied, allowed = _values(rules, "deniedValues"), _values(rules, "allowedValues")
    if wanted & denied:
        return False
    if _has_group(denied):
        return None
    if wanted & allowed or not allowed or any(rule.get("allowAll") for rule in rules):
        return True
    return None if _has_group(allowed) else False


def _values(rules: Rules, kind: str) -> set[str]:
    return {_bare(value) for rule in rules for value in rule.get("values", {}).get(kind, ())}


def _has_group(values: set[str]) -> bool:
    return any(value.startswith("in:") for value in values)


def _unenforced(rules: Rules, _context: Context) -> bool | None:
    return not any(rule.get("enforce") for rule in rules)


_KEYLESS = (
    "artifactregistry",
    "cloudfunctions",
    "firestore",
    "logging",
    "pubsub",
    "run",
    "secretmanager",
    "storage",
)
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
    Constraint(
        "iam.disableServiceAccountCreation",
        _unenforced,
        "Terraform makes a service account for each function.",
        "Have an administrator lift it for this project, at least for the first make deploy.",
    ),
    Constraint(
        "gcp.restrictNonCmekServices",
        _all_of(*(f"{service}.googleapis.com" for service in _KEYLESS)),
        "the environment uses Google's own keys at rest, for which there is no setting here.",
        f"Have an administrator exempt this project for {', '.join(_KEYLESS)}.",
    ),
    Constraint(
        "compute.restrictLoadBalancerCreationForTypes",
        _balancer_allowed,
        "the console stands behind a global external Application Load Balancer.",
        "It has to allow GLOBAL_EXTERNAL_MANAGED_HTTP_HTTPS, or in:EXTERNAL.",
    ),
)
"""What has stopped deployments like this one."""
