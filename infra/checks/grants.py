"""Every grant of a plan, by who gets it: the one reader of IAM resources for checks and for ``docs/iam.md``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infra.checks.evidence import Evidence, Resource

_IAM = re.compile(r"_iam_(member|binding|policy)$")
_TARGETS = (
    "crypto_key_id",
    "key_ring_id",
    "topic",
    "subscription",
    "secret_id",
    "bucket",
    "repository",
    "service_account_id",
    "web_backend_service",
    "name",
    "project",
)
"""The argument that says what a grant is on; the first that a resource has."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One role for one member.

    Attributes:
        address: of the Terraform resource.
        kind: type of the resource without ``google_`` and ``_iam_…``, such as ``pubsub_topic``.
        target: what it is on, as the grant names it.
        condition: its expression; empty where it has none.
    """

    member: str
    role: str
    kind: str
    target: str
    address: str
    condition: str = ""


def grants(evidence: Evidence) -> list[Grant]:
    """Return every grant in a fixed order; a binding or a policy counts once for each member."""
    return sorted(grant for resource in evidence.resources for grant in _grants(resource))


def _grants(resource: Resource) -> Iterator[Grant]:
    found = _IAM.search(resource.type)
    if found is None:
        return
    kind = resource.type[: found.start()].removeprefix("google_")
    target = next((str(resource.get(each)) for each in _TARGETS if resource.get(each)), "")
    members = [resource.get("member")] if "member" in resource.values else resource.get("members") or ["(policy)"]
    for member in members:
        condition = str(resource.block("condition").get("expression", ""))
        yield Grant(str(member), str(resource.get("role")), kind, target, resource.address, condition)


def entry_point(function: Resource) -> str:
    """Return the Python function that a Cloud function calls."""
    return str(function.block("build_config").get("entry_point"))


def functions(evidence: Evidence) -> dict[str, Resource]:
    """Return the planned functions by entry point."""
    return {entry_point(each): each for each in evidence.of("google_cloudfunctions2_function")}


def uri_of(evidence: Evidence, entry: str) -> str:
    """Return the address of a function's service, or words that equal no address where it is not planned."""
    made = functions(evidence).get(entry)
    return str(made.block("service_config").get("uri")) if made else f"(no {entry})"


def runtime_member(function: Resource) -> str:
    """Return the IAM member that a function runs as."""
    return f"serviceAccount:{function.block('service_config').get('service_account_email')}"


def invoker_accounts(evidence: Evidence) -> dict[str, str]:
    """Return address of the calling account → the service address that it calls, for pushes and timers."""
    calls = [each.block("push_config") for each in evidence.of("google_pubsub_subscription")]
    calls += [each.block("http_target") for each in evidence.of("google_cloud_scheduler_job")]
    found = {}
    for call in calls:
        token = call.get("oidc_token") or [{}]
        found[str(token[0].get("service_account_email"))] = str(call.get("push_endpoint") or call.get("uri"))
    return found


def agent(evidence: Evidence, service: str) -> str:
    """Return the IAM member of a service's agent, such as ``pubsub``; empty where none is made."""
    for each in evidence.of("google_project_service_identity"):
        if each.get("service") == f"{service}.googleapis.com":
            return f"serviceAccount:{each.get('email')}"
    return ""
