"""Rules that every grant keeps, whoever it is for."""

from collections.abc import Iterator
from typing import Any

from infra.checks.evidence import Evidence
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import functions, grants, runtime_member
from infra.rights import EXPECTED

PUBLIC = frozenset({"allUsers", "allAuthenticatedUsers", "publicRead", "publicReadWrite", "authenticatedRead"})
"""Members, and the ready-made access lists of Cloud Storage that mean them."""
WIDE = frozenset({"project", "folder", "organization"})
IMPERSONATION = frozenset(
    {
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "roles/iam.serviceAccountUser",
        "roles/iam.serviceAccountKeyAdmin",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.workloadIdentityUser",
    }
)
"""On a whole project each of them makes its holder every account of it."""
GITHUB = "https://token.actions.githubusercontent.com"
"""Source: https://docs.github.com/en/actions/reference/security/oidc"""
CALLING = frozenset({"roles/cloudfunctions.invoker", "roles/run.invoker", "roles/run.servicesInvoker"})
PRIMITIVE = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
KEY_READERS = ("roles/cloudkms.viewer",)
SECRET_READERS = ("roles/secretmanager.viewer",)
"""Names and settings, never what is inside."""
BOTH_HALVES = frozenset({"cryptooperator"})
"""Roles that hold every use of a key without saying so in their name."""
STORE_ROLES, INDEX_ROLE = ("roles/datastore.", "roles/firebase"), "roles/datastore.indexAdmin"
"""Roles of the database and of Firebase read, export or restore documents; the one for indexes does not."""


@check("iam.public", "This opens phones: nothing of it is anybody's, whatever the type of the resource.")
def public(evidence: Evidence) -> Iterator[Fault]:
    """Find the words that mean everybody, in any argument of any resource."""
    for resource in evidence.resources:
        for word in sorted(PUBLIC & set(_texts(resource.values))):
            yield resource.address, f"{word} is let in"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


@check(
    "iam.project-wide",
    "Grant it on the one account or service: on a project it is the right to all of them.",
)
def project_wide(evidence: Evidence) -> Iterator[Fault]:
    """Find the right to become any account of the project, or to call any function of it."""
    for grant in grants(evidence):
        if grant.kind in WIDE and grant.role in IMPERSONATION | CALLING:
            yield grant.address, f"{grant.member} has {grant.role} on the whole {grant.kind}"


@check("iam.key-and-secret", "Grant it on the one key or the one secret: the project may get others.")
def key_and_secret(evidence: Evidence) -> Iterator[Fault]:
    """Find rights on keys and secrets that reach further than one of them."""
    for grant in grants(evidence):
        wide = grant.kind in WIDE or grant.kind == "kms_key_ring"
        about_key = grant.role.startswith("roles/cloudkms.") and grant.role not in KEY_READERS
        about_secret = grant.role.startswith("roles/secretmanager.") and grant.role not in SECRET_READERS
        if wide and (about_key or about_secret):
            yield grant.address, f"{grant.member} has {grant.role} on {grant.target}"


@check("iam.both-halves", "Who seals a passcode must not be able to open one.")
def both_halves(evidence: Evidence) -> Iterator[Fault]:
    """Find members that may both encrypt and decrypt."""
    halves: dict[str, set[str]] = {}
    for grant in grants(evidence):
        if grant.role.startswith("roles/cloudkms."):
            word = grant.role.rpartition(".")[2].lower()
            halves.setdefault(grant.member, set()).update(
                half for half in ("encrypter", "decrypter") if half in word or word in BOTH_HALVES
            )
    for member, found in halves.items():
        if len(found) > 1:
            yield member, "may encrypt and decrypt"


@check("iam.primitive", "Name the roles that are needed; these hold thousands of permissions.")
def primitive(evidence: Evidence) -> Iterator[Fault]:
    """Find owner, editor and viewer."""
    for grant in grants(evidence):
        if grant.role in PRIMITIVE:
            yield grant.address, f"{grant.member} has {grant.role}"


@check("iam.account-keys", "A key of an account is a password without an end; use impersonation or federation.")
def account_keys(evidence: Evidence) -> Iterator[Fault]:
    """Find keys of service accounts."""
    for resource in evidence.of("google_service_account_key", "google_service_account_iam_policy"):
        yield resource.address, f"makes {resource.type}"


@check(
    "iam.authoritative", "Use …_iam_member: a binding or a policy takes away what others granted, unseen in a plan."
)
def authoritative(evidence: Evidence) -> Iterator[Fault]:
    """Find grants that replace all others."""
    for resource in evidence.resources:
        if resource.type.endswith(("_iam_binding", "_iam_policy")):
            yield resource.address, f"{resource.type} replaces the grants of others"


@check("iam.one-account-each", "Each function runs as an account of its own, made here and used for nothing else.")
def one_account_each(evidence: Evidence) -> Iterator[Fault]:
    """Find functions that share an account, or run as one that is not made here."""
    made = {str(each.get("member")) for each in evidence.of("google_service_account")}
    used: dict[str, str] = {}
    for name, function in sorted(functions(evidence).items()):
        member = runtime_member(function)
        if member in used:
            yield function.address, f"runs as {member}, as {used[member]} does"
        if member not in made:
            yield function.address, f"runs as {member}, which is not made here"
        if member in made and not member.startswith(f"serviceAccount:{name.replace('_', '-')}-run@"):
            yield function.address, f"runs as {member} and not as {name.replace('_', '-')}-run"
        used[member] = name


@check(
    "iam.database", "Bind it by a condition on resource.name: else it is a right on every database of the project."
)
def database(evidence: Evidence) -> Iterator[Fault]:
    """Find rights of functions on documents that are not bound to the one database."""
    accounts = {runtime_member(function) for function in functions(evidence).values()}
    wanted = {
        f'resource.name == "projects/{each.get("project")}/databases/{each.get("name")}"'
        for each in evidence.of("google_firestore_database")
    }
    roles = {
        str(each.get("name"))
        for each in evidence.of("google_project_iam_custom_role")
        if any(permission.startswith("datastore.entities.") for permission in each.get("permissions") or ())
    }
    for grant in grants(evidence):
        about = grant.role.startswith("roles/datastore.") or grant.role in roles
        if about and grant.member in accounts and grant.condition not in wanted:
            yield grant.address, f"condition is {grant.condition or 'missing'}"


@check("iam.documents", "No function deletes documents, and nobody but functions reads them.")
def documents(evidence: Evidence) -> Iterator[Fault]:
    """Find roles and holders that reach documents without being meant to."""
    accounts = {runtime_member(function) for name, function in functions(evidence).items() if name in EXPECTED}
    reaching = set()
    for each in evidence.of("google_project_iam_custom_role"):
        permissions = [name for name in each.get("permissions") or () if name.startswith("datastore.entities.")]
        if permissions:
            reaching.add(str(each.get("name")))
        if "datastore.entities.delete" in permissions:
            yield each.address, "holds datastore.entities.delete"
    for grant in grants(evidence):
        ready_made = grant.role.startswith(STORE_ROLES) and grant.role != INDEX_ROLE
        if (ready_made or grant.role in reaching) and grant.member not in accounts:
            yield grant.address, f"{grant.member} has {grant.role}"


@check("iam.federation", "GitHub signs for all its repositories: name ours by its number, and the stage it may be.")
def federation(evidence: Evidence) -> Iterator[Fault]:
    """Find ways in from outside that are open to more than one repository's stage."""
    github = evidence.variables.get("github") or {}
    number = str(github.get("repository_id"))
    for each in evidence.of("google_iam_workload_identity_pool_provider"):
        condition = str(each.get("attribute_condition") or "")
        if condition != f"assertion.repository_id == '{number}' && attribute.stage in ['plan', 'apply']":
            yield each.address, f"attribute_condition is {condition or 'missing'}"
        oidc = each.block("oidc")
        if oidc.get("issuer_uri") != GITHUB or oidc.get("jwks_json") or oidc.get("allowed_audiences"):
            yield each.address, f"believes {oidc.get('issuer_uri')}, or keys and audiences of somebody's"
        if each.get("saml") or each.get("aws") or each.get("x509"):
            yield each.address, "believes others than GitHub"
    for grant in grants(evidence):
        if grant.role == "roles/iam.workloadIdentityUser" and "/attribute.stage/" not in grant.member:
            yield grant.address, f"{grant.member} may become {grant.target}"


CHECKS: tuple[Check, ...] = (
    public,
    project_wide,
    key_and_secret,
    both_halves,
    primitive,
    account_keys,
    authoritative,
    one_account_each,
    database,
    documents,
    federation,
)
