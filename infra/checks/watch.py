"""Alerts, metrics and logs: what the code reports reaches a person, with the page that says what to do."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra import facts
from infra.checks.evidence import REPOSITORY, Evidence, Resource
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import uri_of
from shared.domain.alerts import ALERTS

POLICY, METRIC = "google_monitoring_alert_policy", "google_logging_metric"
GUIDE = "docs/operations.md"
HEALTH = "/health"
PASSED = 'metric.type="monitoring.googleapis.com/uptime_check/check_passed" AND resource.type="uptime_url"'
TWO_PLACES = ("COMPARISON_GT", 1, "600s", "ALIGN_NEXT_OLDER", "REDUCE_COUNT_FALSE")
"""More than one place of the world says no in its last look, which is at most two rounds of the slower check old.

Source: https://docs.cloud.google.com/monitoring/alerts/types-of-conditions (alert for an uptime check)
"""
AS_A_SCRIPT = "XMLHttpRequest"
AUDITED = frozenset({"cloudkms.googleapis.com", "iap.googleapis.com", "secretmanager.googleapis.com"})
AUDIT_LINES = (
    'log_id("cloudaudit.googleapis.com/activity")',
    'log_id("cloudaudit.googleapis.com/data_access")',
    'log_id("cloudaudit.googleapis.com/policy")',
    '(resource.type="cloud_run_revision" AND jsonPayload.action:*)',
)
"""What the audit log's bucket keeps: who used key, secret and console, and each line about an action."""
TWICE = AUDIT_LINES[1]
"""The one kind of line that need not be kept a second time, outside of that bucket."""
VALIDATED = ("condition_threshold", "condition_absent", "condition_monitoring_query_language")
"""Conditions whose metric must be known to Monitoring when the policy is made."""

WATCHED = {
    "the timer is silent": (
        "the-timer-is-silent",
        ('service_name="poll-status",response_code_class="2xx"}[5m])) or vector(0)) < 1',),
    ),
    "sync_devices is silent": (
        "the-timer-is-silent",
        ('service_name="sync-devices",response_code_class="2xx"}[20m])) or vector(0)) < 1',),
    ),
    "a function answers 5xx": (
        "errors-burst",
        (
            "sum by (service_name)",
            'service_name=~"console|reset-passcode|reveal-passcode",response_code_class="5xx"}[5m])) > 0',
            'response_code_class="5xx"}[5m])) > 3',
        ),
    ),
    "a dead letter of requests": (
        "a-dead-letter",
        ("passcode-reset-requests-dead-pull", "num_undelivered_messages", '"}) > 0'),
    ),
    "a dead letter of events": (
        "a-dead-letter",
        ("passcode-reset-events-dead-pull", "num_undelivered_messages", '"}) > 0'),
    ),
    "messages wait": ("a-reset-is-stuck", ("max by (subscription_id)", "oldest_unacked_message_age", '"}) > 300')),
    "AMAPI takes nothing": (
        "amapi-quota",
        ("user_passcode_reset_amapi_failures", 'kind!="PermanentError"}[30m])) > 2)', "amapi_call_seconds_count"),
    ),
    "no mail leaves": (
        "sendgrid-is-down",
        ("user_passcode_reset_mail_failures", "[30m])) > 2)", "mail_call_seconds_count"),
    ),
    "no backup came": ("backups", ("changes(", "storage_backups", "[48h]) == 0", "or absent_over_time(")),
    "the certificate expires": ("sign-in-fails", ("ssl_cert_expires", '"}) < 14')),
    "401 in a burst": ("sign-in-fails", ('response_code="401"}[5m])) > 130',)),
}
"""What must be watched by a metric: runbook section, and words that stand in the query, its limit among them."""


def _conditions(evidence: Evidence, kind: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for policy in evidence.of(POLICY):
        for condition in policy.get("conditions") or ():
            if condition.get(kind):
                yield policy, condition[kind][0]


def anchors(guide: Path = REPOSITORY / GUIDE) -> set[str]:
    """Return the anchors of a guide's headings, as GitHub makes them; none where there is no guide."""
    if not guide.is_file():
        return set()
    headings = re.findall(r"^#+ (.+)$", guide.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def _links(policy: Resource) -> list[str]:
    return [str(each.get("url")) for each in policy.block("documentation").get("links") or ()]


@check("watch.code", "A log line raises an alert by its code; without a condition on that code nobody is woken.")
def codes(evidence: Evidence) -> Iterator[Fault]:
    """Find alerts of the code that no policy takes up."""
    found = {
        code: policy
        for policy, condition in _conditions(evidence, "condition_matched_log")
        if "jsonPayload.alert=" in str(condition.get("filter"))
        for code in re.findall(r'"([A-Z_]+)"', str(condition.get("filter")))
    }
    for code, kind in ALERTS.items():
        policy = found.get(code)
        if policy is None:
            yield code, "no alert policy matches it"
            continue
        if policy.get("severity") != kind.severity:
            yield code, f"is {kind.severity}, its policy {policy.get('severity')}"
        told = [line for line in str(policy.block("documentation").get("content")).splitlines() if code in line]
        if not any(f"#{kind.runbook}" in line for line in told):
            yield code, "its mail does not link what to do; links beside the text are three at most"
    for code in sorted(set(found) - set(ALERTS)):
        yield found[code].address, f"{code} is raised nowhere"


@check("watch.condition", "It happens without a log line of ours, so only this policy would tell.")
def watched(evidence: Evidence) -> Iterator[Fault]:
    """Find what must be watched and is not."""
    queries = [
        (str(condition.get("query")), " ".join(_links(policy)))
        for policy, condition in _conditions(evidence, "condition_prometheus_query_language")
    ]
    for name, (anchor, words) in WATCHED.items():
        if not any(all(word in query for word in words) and f"#{anchor}" in links for query, links in queries):
            yield name, f"no policy watches it and links #{anchor}"


@check("watch.runbook", "Who is woken needs the page that says what to do: a heading of docs/operations.md.")
def runbooks(evidence: Evidence) -> Iterator[Fault]:
    """Find policies and alerts whose runbook section does not exist."""
    known = anchors()
    if not known:
        yield GUIDE, "is missing"
        return
    for policy in evidence.of(POLICY):
        links = _links(policy)
        if not links:
            yield policy.address, "links no runbook"
        for link in links:
            page, _, anchor = link.partition("#")
            if not page.endswith(f"/{GUIDE}") or anchor not in known:
                yield policy.address, f"links {link}"
    for code, kind in ALERTS.items():
        if kind.runbook not in known:
            yield code, f"{GUIDE} has no section #{kind.runbook}"


@check("watch.channel", "An alert that nobody gets is none.")
def channels(evidence: Evidence) -> Iterator[Fault]:
    """Find policies that tell nobody, or are switched off."""
    channels = evidence.of("google_monitoring_notification_channel")
    made = {each.get("id") for each in channels if each.get("enabled") is not False}
    for policy in evidence.of(POLICY):
        if not set(policy.get("notification_channels") or ()) & made:
            yield policy.address, "tells nobody"
        if policy.get("enabled") is False:
            yield policy.address, "is switched off"


@check(
    "watch.new-metric", "A policy on a metric made in the same apply is refused with 404 (B9): PromQL, unvalidated."
)
def new_metrics(evidence: Evidence) -> Iterator[Fault]:
    """Find conditions that the first apply could not make."""
    for kind in VALIDATED:
        for policy, condition in _conditions(evidence, kind):
            if "logging.googleapis.com/user/" in repr(condition):
                yield policy.address, f"has a {kind} on a log-based metric"
    for policy, condition in _conditions(evidence, "condition_prometheus_query_language"):
        if condition.get("disable_metric_validation") is not True:
            yield policy.address, "lacks disable_metric_validation"


@check("watch.own-metric", "An alert on a metric that is not made never fires, and nothing says so.")
def own_metrics(evidence: Evidence) -> Iterator[Fault]:
    """Find queries of log-based metrics that are not planned, or that take a counter for a distribution."""
    planned = {str(each.get("name")): each for each in evidence.of(METRIC)}
    for policy, condition in _conditions(evidence, "condition_prometheus_query_language"):
        for asked in re.findall(r"logging_googleapis_com:user_(\w+)", str(condition.get("query"))):
            name = re.sub(r"_(bucket|count|sum)$", "", asked)
            each = planned.get(name)
            if each is None:
                yield policy.address, f"asks for {name}, which is not made"
            elif (asked != name) != (each.block("metric_descriptor").get("value_type") == "DISTRIBUTION"):
                yield policy.address, f"asks for {asked}, which is {each.block('metric_descriptor')}"


@check("watch.metric", "infra/metrics.py says what is counted in the code's log lines; run: python -m infra.facts.")
def metrics(evidence: Evidence) -> Iterator[Fault]:
    """Compare log-based metrics with the code's table."""
    planned = {str(each.get("name")): each for each in evidence.of(METRIC)}
    for wanted in facts.metrics():
        each = planned.get(wanted["name"])
        if each is None:
            yield wanted["name"], "is not planned"
            continue
        for argument, key in (("filter", "filter"), ("value_extractor", "value"), ("label_extractors", "labels")):
            if (each.get(argument) or None) != (wanted[key] or None):
                yield each.address, f"{argument} is {each.get(argument)}, not {wanted[key]}"
        descriptor = each.block("metric_descriptor")
        kind = "INT64" if wanted["value"] is None else "DISTRIBUTION"
        told = tuple(descriptor.get(word) for word in ("metric_kind", "value_type", "unit"))
        if told != ("DELTA", kind, wanted["unit"]):
            yield each.address, f"is {told}, not {('DELTA', kind, wanted['unit'])}"
        bounds = each.block("bucket_options", "explicit_buckets").get("bounds") or ()
        if tuple(bounds) != tuple(wanted["buckets"] or ()):
            yield each.address, f"has the buckets {bounds}"
        described = {label["key"] for label in descriptor.get("labels") or ()}
        if described != set(wanted["labels"]):
            yield each.address, f"describes the labels {sorted(described)}"


@check(
    "watch.health",
    "Ask for /health: Google's own front end answers /healthz, with 404, and no service sees it (B1).",
)
def health(evidence: Evidence) -> Iterator[Fault]:
    """Find uptime checks of another path, over plain HTTP, or that nobody hears of."""
    checks = evidence.of("google_monitoring_uptime_check_config")
    if not checks:
        yield "google_monitoring_uptime_check_config", "there is none"
    heard = [
        (str(each.get("filter")), policy, each) for policy, each in _conditions(evidence, "condition_threshold")
    ]
    filters = " ".join(said for said, _, _ in heard if PASSED in said)
    for said, policy, condition in heard:
        if PASSED in said and _counted(condition) != TWO_PLACES:
            yield policy.address, f"counts {_counted(condition)}"
    for each in checks:
        http = each.block("http_check")
        if http.get("path") != HEALTH or not (http.get("use_ssl") and http.get("validate_ssl")):
            yield each.address, f"asks for {http.get('path')}, TLS {http.get('use_ssl')}"
        if str(each.get("uptime_check_id")) not in filters:
            yield each.address, "no policy hears of it"
    asked = {_host(each): each.block("http_check") for each in checks}
    for host, (well, signs) in _hosts(evidence).items():
        found = asked.get(host, {})
        codes = found.get("accepted_response_status_codes") or ()
        taken = [code.get("status_value") or code.get("status_class") for code in codes]
        signed = [each.get("type") for each in found.get("service_agent_authentication") or ()]
        if taken != [well] or signed != (["OIDC_TOKEN"] if signs else []):
            yield host, f"is {f'taken for well by {taken}' if found else 'asked by nobody'}"


def _counted(condition: dict[str, Any]) -> tuple[object, ...]:
    window = (condition.get("aggregations") or [{}])[0]
    words = ("alignment_period", "per_series_aligner", "cross_series_reducer")
    return condition.get("comparison"), condition.get("threshold_value"), *(window.get(word) for word in words)


def _host(uptime_check: Resource) -> str:
    return str((uptime_check.block("monitored_resource").get("labels") or {}).get("host"))


def _hosts(evidence: Evidence) -> dict[str, tuple[object, bool]]:
    """Return what is asked: by which answer alone it is well, and whether Monitoring must say who it is.

    IAP answers a script that has not signed in, which alone shows that it guards; past IAP the console answers.
    """
    return {
        str(evidence.variables.get("console_domain")): (401, False),
        uri_of(evidence, "console").removeprefix("https://"): ("STATUS_CLASS_2XX", True),
    }


@check(
    "watch.sign-in-page",
    "A check follows IAP's redirect and then judges Google's sign-in page and Google's certificate: "
    "come as a script does, which IAP answers 401.",
)
def sign_in_page(evidence: Evidence) -> Iterator[Fault]:
    """Find uptime checks of the console's name that end elsewhere."""
    for each in evidence.of("google_monitoring_uptime_check_config"):
        headers = each.block("http_check").get("headers") or {}
        if (
            _host(each) == evidence.variables.get("console_domain")
            and headers.get("X-Requested-With") != AS_A_SCRIPT
        ):
            yield each.address, "is led to the sign-in page"


@check("watch.iap-settings", "IAP's settings are its data: without DATA_WRITE nobody knows who turned step-up off.")
def iap_settings(evidence: Evidence) -> Iterator[Fault]:
    """Find changes of IAP's settings that leave no trace."""
    written = {
        each.get("service")
        for each in evidence.of("google_project_iam_audit_config")
        if any(log.get("log_type") == "DATA_WRITE" for log in each.get("audit_log_config") or ())
    }
    if "iap.googleapis.com" not in written:
        yield "iap.googleapis.com", "its writes are not logged"


@check("watch.audit", "Who used the key, read the secret or was let in is logged only where this is switched on.")
def audit(evidence: Evidence) -> Iterator[Fault]:
    """Find audit logs that are not written, not kept, or kept for a short time."""
    reading = {
        each.get("service")
        for each in evidence.of("google_project_iam_audit_config")
        if any(log.get("log_type") == "DATA_READ" for log in each.get("audit_log_config") or ())
    }
    for service in sorted(AUDITED - reading):
        yield service, "its reads are not logged"
    for each in evidence.of("google_project_iam_audit_config"):
        if any(log.get("exempted_members") for log in each.get("audit_log_config") or ()):
            yield each.address, "lets somebody read without a trace"
    buckets = {f"logging.googleapis.com/{each.get('id')}" for each in _audit_buckets(evidence)}
    sinks = [each for each in evidence.of("google_logging_project_sink") if each.get("destination") in buckets]
    if not sinks:
        yield "google_logging_project_sink", "none leads to the audit log's bucket"
    for each in sinks:
        if each.get("disabled") or each.get("exclusions"):
            yield each.address, "is disabled, or leaves something out"
        kept = " ".join(str(each.get("filter")).split())
        if kept != " OR ".join(AUDIT_LINES):
            yield each.address, f"keeps {kept}"
    for each in evidence.of("google_logging_project_exclusion"):
        if each.get("filter") != TWICE:
            yield each.address, f"drops {each.get('filter') or 'every line'}"


def _audit_buckets(evidence: Evidence) -> list[Resource]:
    wanted = str(evidence.variables.get("log_retention_days"))  # a number, or its digits where -var gave it
    found = evidence.of("google_logging_project_bucket_config")
    return [each for each in found if str(each.get("retention_days")) == wanted]


CHECKS: tuple[Check, ...] = (
    codes,
    watched,
    runbooks,
    channels,
    new_metrics,
    own_metrics,
    metrics,
    health,
    sign_in_page,
    iap_settings,
    audit,
)
