"""One thing taken out of the Terraform, or turned wrong, at a time; and who must name it."""

import re
from dataclasses import dataclass
from pathlib import Path

TERRAFORM = "terraform: "
"""What is caught by Terraform itself: the words after this stand in its complaint."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A replacement of text in one file, and the check that names the fault.

    Spaces count as one: Terraform's formatter moves what stands under each other.
    """

    name: str
    caught_by: str
    file: str
    old: str
    new: str = ""

    def apply(self, root: Path) -> str:
        """Change the file and return what it held; the text must stand there exactly once."""
        path = root / self.file
        before = path.read_text(encoding="utf-8")
        after, times = re.subn(re.sub(r"(\\ )+", " +", re.escape(self.old)), lambda _found: self.new, before)
        if times != 1:
            raise AssertionError(f"{self.name}: found {times} times in {self.file}: {self.old}")
        path.write_text(after, encoding="utf-8")
        return before


MAIN, FUNCTIONS, RIGHTS, FACTS = "main.tf", "functions.tf", "rights.tf", "facts.json"
FUNCTION, GRANTS = "modules/function/main.tf", "modules/identity/grants.tf"
DATABASE, INDEXES = "modules/store/firestore.tf", "modules/store/indexes.tf"
KEY, SECRET = "modules/store/key.tf", "modules/store/sendgrid.tf"
TOPICS, SUBSCRIPTIONS, TIMERS = "modules/bus/topics.tf", "modules/bus/subscriptions.tf", "modules/bus/timers.tf"
ACCESS, BACKENDS, ROUTING = "modules/edge/access.tf", "modules/edge/backends.tf", "modules/edge/routing.tf"
LOG_ALERTS, CONDITIONS = "modules/watch/log_alerts.tf", "modules/watch/conditions.tf"
METRICS, CHANNELS, UPTIME = "modules/watch/metrics.tf", "modules/watch/channels.tf", "modules/watch/uptime.tf"

INDEX_OF_ACTOR = """{
 "collection": "actions",
 "fields": [
 {
 "field": "actor",
 "order": "ASCENDING"
 },
 {
 "field": "create_time",
 "order": "DESCENDING"
 }
 ]
 },"""
EXPIRY_TIME = """dynamic "ttl_config" {
 for_each = each.value.ttl ? [1] : []

 content {}
 }"""
PREVENT_DESTROY = """lifecycle {
 prevent_destroy = true
 }"""
LEAVES_LAST = """lifecycle {
 create_before_destroy = true
 }"""
REPLACED_ALONG = """lifecycle {
 replace_triggered_by = [
 google_monitoring_uptime_check_config.health["edge"].id,
 google_monitoring_uptime_check_config.health["console"].id,
 ]
 }"""
DEAD_LETTER = """dead_letter_policy {
 dead_letter_topic = google_pubsub_topic.dead[each.key].id
 max_delivery_attempts = 100 # the most there is: about 16 hours of a function that answers nothing but errors
 }"""
NEVER = """expiration_policy {
 ttl = ""
 }
}

# The stated"""
REVEAL_RULE = """route_rules {
 priority = 10
 service = google_compute_backend_service.web["reveal_passcode"].id

 match_rules {
 path_template_match = "/v1/enterprises/*/passcodes/*"
 }
 }"""
REQUEST_TOPIC = "{ REQUEST_TOPIC = local.topics.requests })\n })\n reveal"
EVENT_TOPIC = REQUEST_TOPIC.replace("topics.requests", "topics.events")
EVERYWHERE = 'STORE = "firestore"\n'
ALERT_CODES = 'for code in sort(keys(alerts)) : "\\"${code}\\""'
METRIC_LOOP = "for metric in var.metrics : metric.name => metric }"
HINT_AUDIENCE = 'account\n audience = var.receivers["notifications"].uri'
WAY_IN = """resource "google_compute_global_forwarding_rule" "https" {
 project = var.project_id
 name = "passcode-reset-https"
 load_balancing_scheme = "EXTERNAL_MANAGED"
 ip_address = google_compute_global_address.console.id
 ip_protocol = "TCP"
 port_range = "443"
 target = google_compute_target_https_proxy.console.id
}"""
OBJECTIVE = (
    "confirmation_metric = one([for metric in local.facts.metrics : metric.name "
    'if metric.name == "passcode_reset_confirmation_seconds"])'
)
LABELS = """default_labels = local.labels

 # Budgets"""

MUTANTS = (
    Mutant("a required argument", f'{TERRAFORM}argument "location_id"', DATABASE, "location_id = var.location\n"),
    Mutant("an argument's name", f"{TERRAFORM}rotation_periods", KEY, "rotation_period =", "rotation_periods ="),
    Mutant(
        "the resource that a reference names",
        f"{TERRAFORM}Reference to undeclared resource",
        TOPICS,
        '"google_pubsub_topic" "dead"',
        '"google_pubsub_topic" "gone"',
    ),
    Mutant(
        "names where references would be a cycle (B3)",
        f"{TERRAFORM}Cycle",
        "edge.tf",
        "services = local.web_services",
        "services = { for function, name in local.web_services : function => module.function[function].service }",
    ),
    Mutant(
        "the rule that nobody has both halves",
        f"{TERRAFORM}Nobody may both encrypt and decrypt",
        MAIN,
        'if right.key == "encrypt" }',
        "if right.key != null }",
    ),
    Mutant("an index", "store.index", FACTS, INDEX_OF_ACTOR),
    Mutant("the expiry times", "store.field", INDEXES, EXPIRY_TIME),
    Mutant(
        "the index over all enterprises (B8)",
        "store.field",
        INDEXES,
        "query_scope = indexes.value.scope",
        'query_scope = "COLLECTION"',
    ),
    Mutant(
        "delete protection",
        "store.protection",
        DATABASE,
        'delete_protection_state = "DELETE_PROTECTION_ENABLED"',
    ),
    Mutant("the database's prevent_destroy", "store.prevent-destroy", DATABASE, PREVENT_DESTROY),
    Mutant("the key's prevent_destroy", "store.prevent-destroy", KEY, PREVENT_DESTROY),
    Mutant(
        "point-in-time recovery",
        "store.past",
        DATABASE,
        'point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"',
    ),
    Mutant("rotation", "store.rotation", KEY, 'rotation_period = "7776000s"'),
    Mutant("a grant on the key", "rights.key", RIGHTS, 'key = "encrypt"', "key = null"),
    Mutant(
        "encrypt where decrypt should be",
        "rights.key",
        RIGHTS,
        'reveal_passcode = { store = "writer", amapi = false, key = "decrypt"',
        'reveal_passcode = { store = "writer", amapi = false, key = "encrypt"',
    ),
    Mutant(
        "reset_passcode without AMAPI (B2)",
        "rights.amapi",
        RIGHTS,
        'reset_passcode = { store = "writer", amapi = false',
        'reset_passcode = { store = "writer", amapi = true',
    ),
    Mutant("the secret's reader", "rights.secret", RIGHTS, "sendgrid = true", "sendgrid = false"),
    Mutant("a caller by name", "iam.public", FUNCTION, "member = each.value", 'member = "allUsers"'),
    Mutant(
        "people by name at IAP",
        "iam.public",
        ACCESS,
        "member = each.value.member",
        'member = "allAuthenticatedUsers"',
    ),
    Mutant(
        "nobody who mints tokens project-wide",
        "iam.project-wide",
        GRANTS,
        'role = "roles/logging.logWriter"',
        'role = "roles/iam.serviceAccountTokenCreator"',
    ),
    Mutant(
        "an account of its own",
        "iam.one-account-each",
        MAIN,
        "module.identity.runtime_emails[each.key]",
        'module.identity.runtime_emails[each.key == "console" ? "notify" : each.key]',
    ),
    Mutant("a variable", "environment.missing", FUNCTIONS, REQUEST_TOPIC, "{})\n })\n reveal"),
    Mutant(
        "the database's name, where the code would take another",
        "environment.missing",
        FUNCTIONS,
        "FIRESTORE_DATABASE = var.firestore_database\n",
    ),
    Mutant(
        "only known variables", "environment.unknown", FUNCTIONS, EVERYWHERE, f'{EVERYWHERE}DEBUG_MODE = "on"\n'
    ),
    Mutant("the right topic", "environment.value", FUNCTIONS, REQUEST_TOPIC, EVENT_TOPIC),
    Mutant(
        "as many threads as requests at once",
        "functions.threads",
        FUNCTION,
        "THREADS = tostring(var.settings.concurrency)",
        'THREADS = "1"',
    ),
    Mutant("the ingress setting", "functions.ingress", FUNCTION, "ingress_settings = var.settings.ingress"),
    Mutant("a dead letter", "bus.dead-letter", SUBSCRIPTIONS, DEAD_LETTER),
    Mutant(
        "a dead letter's subscription",
        "bus.dead-letter-kept",
        SUBSCRIPTIONS,
        '"google_pubsub_subscription" "dead" {\n for_each = local.own',
        '"google_pubsub_subscription" "dead" {\n for_each = { requests = local.own.requests }',
    ),
    Mutant("life without end (B7)", "bus.expiry", SUBSCRIPTIONS, NEVER, "}\n\n# The stated"),
    Mutant(
        "a grant of Pub/Sub's agent",
        "bus.agent",
        SUBSCRIPTIONS,
        'role = "roles/pubsub.subscriber"',
        'role = "roles/pubsub.viewer"',
    ),
    Mutant(
        "the short life of a notification (B11)", "bus.hint", SUBSCRIPTIONS, '"600s"\n\n push', '"86400s"\n\n push'
    ),
    Mutant("a push's audience", "bus.audience", SUBSCRIPTIONS, HINT_AUDIENCE, "account"),
    Mutant("a Scheduler job's time", "timers.schedule", TIMERS, '"* * * * *"', '"*/30 * * * *"'),
    Mutant("a routing rule", "routing.routes", ROUTING, REVEAL_RULE),
    Mutant(
        "a row that Google tests",
        "routing.rows",
        ROUTING,
        '["POST", "${local.enterprise}/passcodes/01H0:reveal", "reveal_passcode"],',
    ),
    Mutant("IAP at the backends", "edge.iap", BACKENDS, "enabled = true", "enabled = false"),
    Mutant("a channel that leaves last", "leaving.named", CHANNELS, LEAVES_LAST),
    Mutant("Cloud Armor that leaves last", "leaving.named", BACKENDS, LEAVES_LAST),
    Mutant("a policy replaced with its check", "leaving.named", UPTIME, REPLACED_ALONG),
    Mutant("the check that ends at IAP", "watch.sign-in-page", UPTIME, "headers = each.value.headers"),
    Mutant(
        "the record that leads there",
        "front.name",
        "modules/edge/address.tf",
        "rrdatas = [google_compute_global_address.console.address]",
    ),
    Mutant("the way in", "front.port", "modules/edge/address.tf", WAY_IN),
    Mutant(
        "an alert of the code",
        "watch.code",
        LOG_ALERTS,
        ALERT_CODES,
        f'{ALERT_CODES} if code != "OUTCOME_UNKNOWN"',
    ),
    Mutant(
        "the alert of a silent timer",
        "watch.condition",
        CONDITIONS,
        'service_name="${var.services["poll_status"]}"',
        'service_name="${var.services["console"]}"',
    ),
    Mutant(
        "a limit that is ever reached",
        "watch.condition",
        CONDITIONS,
        "[20m])) or vector(0)) < 1",
        "[20d])) or vector(0)) < 1",
    ),
    Mutant(
        "a metric",
        "watch.metric",
        METRICS,
        METRIC_LOOP,
        METRIC_LOOP.replace("metric }", 'metric if metric.name != "passcode_reset_accepted" }'),
    ),
    Mutant(
        "what the pause comes after",
        "order.wait",
        MAIN,
        "depends_on = [module.identity, module.store, module.artifacts]",
        "depends_on = [module.identity]",
    ),
    Mutant("topics before who publishes to them", "order.wait", TOPICS, "depends_on = [google_pubsub_topic.this]"),
    Mutant("an operator's switch", "wiring.read", MAIN, "timers_paused = var.timers_paused\n"),
    Mutant("what reads a module's output", "wiring.read", "watch.tf", "module.edge.url_map_name", '"console"'),
    Mutant(
        "the version whose schema was checked",
        "wiring.version",
        "versions.tf",
        'source = "hashicorp/google"\n version = "~> 8.7"',
        'source = "hashicorp/google"\n version = ">= 8.7"',
    ),
    Mutant("the objective's metric", "wiring.passed", "watch.tf", OBJECTIVE),
    Mutant(
        "labels of everything", "wiring.provider", "providers.tf", LABELS, LABELS.replace("= local.labels", "= {}")
    ),
    Mutant(
        "a caller that is made again with its function",
        "order.lifecycle",
        FUNCTION,
        "replace_triggered_by = [google_cloudfunctions2_function.this.id]",
    ),
    Mutant(
        "a bundle until the next one is there",
        "order.lifecycle",
        FUNCTION,
        "create_before_destroy = true",
        "create_before_destroy = false",
    ),
    Mutant(
        "a key of SendGrid until the next one is there", "order.lifecycle", SECRET, "create_before_destroy = true"
    ),
    Mutant(
        "the sight of every difference",
        "order.lifecycle",
        KEY,
        "prevent_destroy = true",
        "prevent_destroy = true\n    ignore_changes  = [rotation_period]",
    ),
    Mutant("the wait for rights", "order.wait", MAIN, "[time_sleep.rights_have_spread, ", "["),
    Mutant("the wait for Monitoring's agent", "order.wait", MAIN, ", google_project_service_identity.monitoring"),
)
