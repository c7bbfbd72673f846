"""The plan's grants against the one table of rights: nobody has less, nobody has more."""

from collections.abc import Iterator, Mapping

from infra.checks.evidence import Evidence, Resource
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import Grant, agent, functions, grants, invoker_accounts, runtime_member
from infra.rights import AMAPI_PUBLISHER, EXPECTED, NOTIFICATIONS, Invoker, Key, Rights, Store

AMAPI_ROLE = "roles/androidmanagement.user"
KEY_ROLES = {
    Key.ENCRYPT: "roles/cloudkms.cryptoKeyEncrypter",
    Key.DECRYPT: "roles/cloudkms.cryptoKeyDecrypter",
}
READER_ROLE = "roles/datastore.viewer"
WRITER_PERMISSIONS = frozenset(f"datastore.entities.{each}" for each in ("create", "get", "list", "update"))
PUBLISHER_ROLE, SUBSCRIBER_ROLE = "roles/pubsub.publisher", "roles/pubsub.subscriber"
SECRET_ROLE = "roles/secretmanager.secretAccessor"  # noqa: S105 - a role's name
INVOKER_ROLE = "roles/run.invoker"
TOKEN_ROLE = "roles/iam.serviceAccountTokenCreator"  # noqa: S105 - a role's name

Right = tuple[str, str]
"""A role and the last word of the name of what it is on."""


def right(grant: Grant) -> Right:
    """Return what a grant gives."""
    return grant.role, grant.target.rpartition("/")[2]


def writer_role(evidence: Evidence) -> str:
    """Return the name of the custom role that reads, creates and updates; empty where there is none."""
    for each in evidence.of("google_project_iam_custom_role"):
        if frozenset(each.get("permissions")) == WRITER_PERMISSIONS:
            return str(each.get("name"))
    return ""


def expected_rights(evidence: Evidence, rights: Rights, function: Resource) -> dict[str, set[Right]]:
    """Return by subject what the account of a function must have, in the words of this plan."""
    project = str(function.get("project"))
    keys = [str(each.get("name")) for each in evidence.of("google_kms_crypto_key")]
    store = READER_ROLE if rights.store is Store.READ else writer_role(evidence)
    secrets = function.block("service_config").get("secret_environment_variables") or []
    return {
        "key": {(KEY_ROLES[rights.key], name) for name in keys if rights.key is not Key.NONE},
        "store": {(store, project)},
        "amapi": {(AMAPI_ROLE, project)} if rights.amapi else set(),
        "publish": {(PUBLISHER_ROLE, topic) for topic in rights.publishes},
        "secret": {(SECRET_ROLE, str(each["secret"])) for each in secrets if each["key"] in rights.secrets},
    }


def subject(evidence: Evidence, grant: Grant) -> str:
    """Return what a grant is about: key, store, amapi, publish, secret or, for everything else, more."""
    if grant.role.startswith("roles/cloudkms."):
        return "key"
    if grant.role.startswith("roles/datastore.") or grant.role == writer_role(evidence):
        return "store"
    by_role = {AMAPI_ROLE: "amapi", PUBLISHER_ROLE: "publish", SECRET_ROLE: "secret"}
    return by_role.get(grant.role, "more")


def _differences(evidence: Evidence, about: str) -> Iterator[Fault]:
    given = grants(evidence)
    for name, function in functions(evidence).items():
        if name not in EXPECTED:
            continue
        account = runtime_member(function)
        own = [grant for grant in given if grant.member == account and subject(evidence, grant) == about]
        wanted = expected_rights(evidence, EXPECTED[name], function).get(about, set())
        for role, target in sorted(wanted - {right(grant) for grant in own}):
            yield name, f"its account lacks {role or 'the role of a store writer'} on {target}"
        for grant in own:
            if right(grant) not in wanted:
                yield grant.address, f"the account of {name} has {grant.role} on {grant.target}"


COMPARED: Mapping[str, str] = {
    "key": "Encrypt and decrypt are split as infra/rights.py says.",
    "store": "Only the console is kept to reading, and nobody may delete; see infra/rights.py.",
    "amapi": "AMAPI's one permission wipes phones, so it stays with those that infra/rights.py names.",
    "publish": "Each function publishes to the topics that infra/rights.py names, and no others.",
    "secret": "A secret is read by the one function that is configured with it.",
    "more": "A function's account has what infra/rights.py says and nothing else.",
}
"""Subject of a grant → how to mend what differs from the table; each is a check of its own."""


def _compared(about: str, mend: str) -> Check:
    return check(f"rights.{about}", mend)(lambda evidence: _differences(evidence, about))


@check("rights.invoke", "A function is called by IAP's agent or by an account of its own, as infra/rights.py says.")
def invoke(evidence: Evidence) -> Iterator[Fault]:
    """Compare who may call each function with who does."""
    given = [grant for grant in grants(evidence) if grant.kind.startswith(("cloud_run", "cloudfunctions"))]
    for name, function in functions(evidence).items():
        own = {grant.member: grant for grant in given if grant.target == function.get("name")}
        wanted = set(invokers(evidence, name, function)) if name in EXPECTED else set()
        for member in sorted(wanted - set(own)):
            yield name, f"{member} calls it and may not"
        for member in sorted(set(own) - wanted):
            yield own[member].address, f"{member} may call {name}"
        for member, grant in own.items():
            if grant.role != INVOKER_ROLE:
                yield grant.address, f"{member} has {grant.role}, where {INVOKER_ROLE} is enough"


def invokers(evidence: Evidence, name: str, function: Resource) -> list[str]:
    """Return the IAM members that must be able to call a function."""
    rights, uri = EXPECTED[name], str(function.block("service_config").get("uri"))
    number = evidence.variables.get("project_number")
    others = [member.format(number=number) for member in rights.besides]
    if rights.invoker is Invoker.IAP:
        return [agent(evidence, "iap") or "IAP's agent, which nobody makes,", *others]
    calling = [email for email, called in invoker_accounts(evidence).items() if called == uri]
    return [*(f"serviceAccount:{email}" for email in calling), *others] or ["nobody by a push or a timer"]


@check("rights.caller", "Who calls one function must not be able to call another, or to do anything else.")
def caller(evidence: Evidence) -> Iterator[Fault]:
    """Find grants to a calling account beyond the call itself."""
    called = {f"serviceAccount:{email}" for email in invoker_accounts(evidence)}
    for member in sorted(called):
        own = [grant for grant in grants(evidence) if grant.member == member]
        for grant in own if len(own) > 1 else ():
            yield grant.address, f"{member} has {len(own)} rights instead of one"


@check("rights.agents", "Google's own accounts get what one of our resources needs of them, and no more.")
def agents(evidence: Evidence) -> Iterator[Fault]:
    """Find grants to Google's accounts that have no use here."""
    uses = agent_rights(evidence)
    for grant in grants(evidence):
        if grant.member in uses and right(grant) not in uses[grant.member]:
            yield grant.address, f"{grant.member} has {grant.role} on {grant.target}"


def agent_rights(evidence: Evidence) -> dict[str, set[Right]]:
    """Return by member what Google's own accounts need here."""
    dead = [each.block("dead_letter_policy") for each in evidence.of("google_pubsub_subscription")]
    sources = [each for each in evidence.of("google_pubsub_subscription") if each.block("dead_letter_policy")]
    web = [name for name, rights in EXPECTED.items() if rights.invoker is Invoker.IAP]
    return {
        AMAPI_PUBLISHER: {(PUBLISHER_ROLE, NOTIFICATIONS)},
        agent(evidence, "iap"): {(INVOKER_ROLE, name.replace("_", "-")) for name in web},
        agent(evidence, "pubsub"): {
            *((PUBLISHER_ROLE, str(each["dead_letter_topic"]).rpartition("/")[2]) for each in dead if each),
            *((SUBSCRIBER_ROLE, str(each.get("name"))) for each in sources),
            *((TOKEN_ROLE, account) for account in push_accounts(evidence)),
        },
    }


def push_accounts(evidence: Evidence) -> set[str]:
    """Return the addresses of the accounts whose tokens Pub/Sub pushes with."""
    pushes = [each.block("push_config", "oidc_token") for each in evidence.of("google_pubsub_subscription")]
    return {str(token["service_account_email"]) for token in pushes if token.get("service_account_email")}


@check("rights.stranger", "A grant goes to an account of this plan, to Google's own, or to people let through IAP.")
def stranger(evidence: Evidence) -> Iterator[Fault]:
    """Find grants to members that nothing here accounts for."""
    accounts = {str(each.get("member")) for each in evidence.of("google_service_account")}
    number = evidence.variables.get("project_number")
    besides = {member.format(number=number) for rights in EXPECTED.values() for member in rights.besides}
    people = set(evidence.variables.get("console_members") or ())
    for grant in grants(evidence):
        if grant.kind == "iap_web_backend_service" and grant.member in people:
            continue
        workflow = grant.role == "roles/iam.workloadIdentityUser" and grant.member.startswith("principalSet://")
        sink = any(
            each.get("writer_identity") == grant.member for each in evidence.of("google_logging_project_sink")
        )
        known = grant.member in accounts | besides | set(agent_rights(evidence))
        if not (known or workflow or sink):
            yield grant.address, f"{grant.member} gets {grant.role} on {grant.target}"


CHECKS: tuple[Check, ...] = (*(_compared(*row) for row in COMPARED.items()), invoke, caller, agents, stranger)
