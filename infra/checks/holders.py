"""Who else: beside the functions nobody holds what opens, wipes or publishes, and nobody can come by it."""

from collections.abc import Iterator

from infra.checks.evidence import Evidence
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import agent, functions, grants, runtime_member
from infra.checks.iam_rules import IMPERSONATION, KEY_READERS, SECRET_READERS, WIDE
from infra.checks.rights import TOKEN_ROLE, WRITER_PERMISSIONS, agent_rights, push_accounts, right

OPENING = ("roles/cloudkms.", "roles/secretmanager.", "roles/androidmanagement.")
MESSAGES = frozenset({"roles/pubsub.publisher", "roles/pubsub.subscriber", "roles/pubsub.editor"})
LOGS = frozenset({"roles/logging.privateLogViewer", "roles/logging.viewAccessor", "roles/logging.viewer"})
"""Who did what to whose phone; a plan compares settings and needs none of it."""
HANDING_OUT = frozenset(
    {
        "roles/iam.organizationRoleAdmin",
        "roles/iam.roleAdmin",
        "roles/iam.securityAdmin",
        "roles/iam.workloadIdentityPoolAdmin",
        "roles/orgpolicy.policyAdmin",
        "roles/resourcemanager.folderIamAdmin",
        "roles/resourcemanager.organizationAdmin",
        "roles/resourcemanager.projectIamAdmin",
    }
)
"""Whoever has one of them can give any other right to anybody, or let anybody in."""
APPLY = "passcode-reset-apply"
"""The account that GitHub's workflow deploys as: to put code into a function is to act as its account."""
READING = frozenset({"get", "getIamPolicy", "getMetadata", "getSettings", "list"})
DATA = frozenset({"entities", "logEntries", "objects", "privateLogEntries"})


@check("iam.holder", "Passcodes are opened, phones wiped and messages written by functions alone: infra/rights.py.")
def holders(evidence: Evidence) -> Iterator[Fault]:
    """Find keys, secrets, AMAPI and messages in the hands of an account that runs no function."""
    accounts = {runtime_member(function) for function in functions(evidence).values()}
    agents = agent_rights(evidence)
    for grant in grants(evidence):
        known = grant.member in accounts or right(grant) in agents.get(grant.member, set())
        if not known and (_opens(grant.role) or grant.role in MESSAGES | LOGS):
            yield grant.address, f"{grant.member} has {grant.role} and runs no function"


def _opens(role: str) -> bool:
    return role.startswith(OPENING) and role not in {*KEY_READERS, *SECRET_READERS}


@check(
    "iam.custom-role",
    "A role of our own reads settings, or is the store writer's; docs/iam.md names it alone.",
)
def custom_roles(evidence: Evidence) -> Iterator[Fault]:
    """Find permissions in custom roles that reach data, change something or make somebody else of their holder."""
    for each in evidence.of("google_project_iam_custom_role", "google_organization_iam_custom_role"):
        permissions = frozenset(each.get("permissions") or ())
        for permission in sorted(permissions - WRITER_PERMISSIONS if permissions != WRITER_PERMISSIONS else ()):
            words = permission.split(".")
            if words[-1] not in READING or DATA & set(words):
                yield each.address, f"holds {permission}"


@check("iam.becomes", "Each account is used by the one that needs it; whoever else becomes it has all its rights.")
def becomes(evidence: Evidence) -> Iterator[Fault]:
    """Find members that may act as one of our accounts, or make its tokens, without a use for it."""
    pubsub, pushes = agent(evidence, "pubsub"), push_accounts(evidence)
    deploying = {
        str(each.get("member")) for each in evidence.of("google_service_account") if each.get("account_id") == APPLY
    }
    for grant in grants(evidence):
        if grant.role not in IMPERSONATION or grant.kind in WIDE or grant.role == "roles/iam.workloadIdentityUser":
            continue  # on a project: iam.project-wide; a workflow: iam.federation
        pushing = grant.role == TOKEN_ROLE and grant.member == pubsub and right(grant)[1] in pushes
        if not pushing and not (grant.role == "roles/iam.serviceAccountUser" and grant.member in deploying):
            yield grant.address, f"{grant.member} has {grant.role} on {right(grant)[1]}"


@check("iam.hands-out", "A person's apply hands out rights: no account of this plan may give itself another.")
def hands_out(evidence: Evidence) -> Iterator[Fault]:
    """Find roles that hold every other right, since they may grant it."""
    for grant in grants(evidence):
        if grant.role in HANDING_OUT:
            yield grant.address, f"{grant.member} has {grant.role}"


CHECKS: tuple[Check, ...] = (holders, custom_roles, becomes, hands_out)
