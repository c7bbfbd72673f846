"""The order of a first deployment: services, their agents, rights that have spread, and only then functions."""

from collections.abc import Iterator

from infra.checks.evidence import Evidence, seconds
from infra.checks.findings import Check, Fault, check
from infra.checks.sources import lifecycles

NEEDED_SERVICES = frozenset(
    f"{name}.googleapis.com"
    for name in (
        "androidmanagement",
        "artifactregistry",
        "certificatemanager",
        "cloudbuild",
        "cloudfunctions",
        "cloudkms",
        "cloudresourcemanager",
        "cloudscheduler",
        "compute",
        "firestore",
        "iam",
        "iamcredentials",
        "iap",
        "logging",
        "monitoring",
        "pubsub",
        "run",
        "secretmanager",
        "serviceusage",
        "storage",
        "sts",
    )
)
NEEDED_FOR = {
    "google_billing_budget": "billingbudgets.googleapis.com",
    "google_dns_record_set": "dns.googleapis.com",
    "google_org_policy_policy": "orgpolicy.googleapis.com",
}
"""What an operator may leave out, and the service that it takes; of a zone elsewhere too: calls count for us."""
AGENTS = frozenset({"iap.googleapis.com", "pubsub.googleapis.com"})
WAIT = "time_sleep."
AFTER = {
    "time_sleep.rights_have_spread": {"module.artifacts", "module.identity", "module.store"},
    "module.project.time_sleep.services_are_on": {"google_project_service.this"},
    "module.project.time_sleep.basic_services_are_on": {"google_project_service.basic"},
    "module.project.google_project_service.this": {"time_sleep.basic_services_are_on"},
    "module.project.google_project_iam_audit_config.this": {"time_sleep.services_are_on"},
    "module.project.google_org_policy_policy.booleans": {"time_sleep.services_are_on"},
    "module.project.google_org_policy_policy.allowed_values": {"time_sleep.services_are_on"},
    "module.project.google_billing_budget.this": {"time_sleep.services_are_on"},
    "module.bus.google_pubsub_topic_iam_member.publisher": {"google_pubsub_topic.this"},
    "module.watch.google_logging_project_exclusion.kept_elsewhere": {"google_logging_project_sink.audit"},
    "module.watch.google_monitoring_slo.confirmation": {"time_sleep.metric_is_known"},
}
"""What says so by ``depends_on``, since no argument of it refers to what it has to wait for."""
FUNCTIONS_AFTER = frozenset({"time_sleep.rights_have_spread", "google_project_service_identity.monitoring"})
"""The second is one who calls a function and is made on request."""
AGAIN = frozenset({"time_sleep.rights_have_spread", "module.project.time_sleep.services_are_on"})
"""Pauses that are made anew with each right or service that is added, not at the first deployment alone."""
BEFORE = "create_before_destroy"
TAKEN_OVER = frozenset({"google_secret_manager_secret_version", "google_storage_bucket_object"})
"""What the running revision still reads while the next one is made."""
FUNCTION, CALLER = "google_cloudfunctions2_function", "google_cloud_run_v2_service_iam_member"
MIN_WAIT_S, MAX_WAIT_S = 30, 600


@check(
    "order.service", "A service that is off fails at the first resource of it; one switched off takes data along."
)
def services(evidence: Evidence) -> Iterator[Fault]:
    """Find services that are not switched on, or that a destroy would switch off."""
    planned = {str(each.get("service")): each for each in evidence.of("google_project_service")}
    chosen = {service for kind, service in NEEDED_FOR.items() if evidence.of(kind)}
    for name in sorted((NEEDED_SERVICES | chosen) - set(planned)):
        yield name, "is not switched on"
    for each in planned.values():
        if each.get("disable_on_destroy") is not False:
            yield each.address, "disable_on_destroy is not false"


@check(
    "order.agent", "Switching these services on does not make their agents; only google-beta can ask for them (B6)."
)
def agents(evidence: Evidence) -> Iterator[Fault]:
    """Find agents that nobody makes, or that the wrong provider is asked for."""
    made = {str(each.get("service")) for each in evidence.of("google_project_service_identity")}
    for name in sorted(AGENTS - made):
        yield name, "its agent is not made"
    for each in evidence.configured():
        beta = "google-beta" in str(each.source.get("provider_config_key"))
        if each.type == "google_project_service_identity" and not beta:
            yield each.path, "is not of the provider google-beta"


@check("order.wait", "Services and rights are answered before they work everywhere: the first apply would fail.")
def waits(evidence: Evidence) -> Iterator[Fault]:
    """Find what does not wait for services or for rights."""
    calls = dict(evidence.module_calls())
    for awaited in sorted(FUNCTIONS_AFTER - set(calls.get("module.function", {}).get("depends_on") or ())):
        yield "module.function", f"does not come after {awaited}"
    for each in evidence.configured():
        ours = each.type == "google_project_service_identity" and each.path.startswith("module.project.")
        if ours and not _waits(each.source.get("depends_on")):
            yield each.path, "does not wait until services are on"
        if missing := AFTER.get(each.path, set()) - set(each.source.get("depends_on", ())):
            yield each.path, f"does not come after {', '.join(sorted(missing))}"
        if each.path in AGAIN and not each.source.get("expressions", {}).get("triggers"):
            yield each.path, "is over for ever after the first deployment"
    outputs = calls.get("module.project", {}).get("module", {}).get("outputs", {})
    if not _waits(outputs.get("project_id", {}).get("depends_on")):
        yield "module.project.project_id", "is given out before services are on"
    for path in sorted(set(AFTER) - {each.path for each in evidence.configured()}):
        yield path, "is not there"
    for sleep in evidence.of("time_sleep"):
        if not MIN_WAIT_S <= seconds(sleep.get("create_duration")) <= MAX_WAIT_S:
            yield sleep.address, f"waits {sleep.get('create_duration') or 'not at all'}"


@check("order.lifecycle", "It is written in `lifecycle`, which no plan shows: nothing is to be gone in between.")
def lifecycle(evidence: Evidence) -> Iterator[Fault]:
    """Find what goes before its successor is there, and grants that a replaced function would lose."""
    written = lifecycles(evidence.terraform)
    for (kind, name), found in written.items():
        if found.get("ignore_changes"):
            yield f"{kind}.{name}", "has ignore_changes: nobody would see it differ from what stands here"
    for each in evidence.configured():
        found = written.get((each.type, str(each.source["name"])), {})
        if each.type in TAKEN_OVER and found.get(BEFORE) is not True:
            yield each.path, f"has no {BEFORE}"
        called = each.source.get("expressions", {}).get("name", {}).get("references", ())
        beside = each.type == CALLER and any(str(name).startswith(FUNCTION) for name in called)
        if beside and not any(FUNCTION in str(name) for name in found.get("replace_triggered_by", ())):
            yield each.path, "is not made again with its function, and the new one could be called by nobody"


def _waits(depends_on: object) -> bool:
    return isinstance(depends_on, list) and any(str(each).startswith(WAIT) for each in depends_on)


CHECKS: tuple[Check, ...] = (services, agents, waits, lifecycle)
