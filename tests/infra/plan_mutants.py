"""Plans with one fault each, made of the real one, and the check that must name it."""

from tests.infra.plan_changes import (
    PlanMutant,
    add,
    backend_by_reference,
    drop,
    grant,
    not_passed,
    permit,
    put,
    written,
)

FUNCTION, ENVIRONMENT = "google_cloudfunctions2_function", "service_config.0.environment_variables"
SUBSCRIPTION, JOB, TOPIC = "google_pubsub_subscription", "google_cloud_scheduler_job", "google_pubsub_topic"
DATABASE, KEY, URL_MAP = "google_firestore_database", "google_kms_crypto_key", "google_compute_url_map"
MEMBER, POLICY = "google_project_iam_member", "google_monitoring_alert_policy"
RUN, CALL = "module.identity.google_service_account.runtime", "module.identity.google_service_account.invoker"
APPLY, BUILD = (
    'module.delivery[0].google_service_account.stage["apply"]',
    "module.identity.google_service_account.build",
)
KEY_MEMBER, ACCOUNT_MEMBER = "google_kms_crypto_key_iam_member", "google_service_account_iam_member"
REVEAL = "google_compute_backend_service/reveal-passcode/id"
RULES = "path_matcher.0.route_rules"
IAP_SERVICES = "projects/123456789012/iap_web/compute/services"

PLAN_MUTANTS = (
    PlanMutant("functions.set", drop(FUNCTION, "notify")),
    PlanMutant("functions.set", put(FUNCTION, "notify", "build_config.0.entry_point", "main")),
    PlanMutant("functions.entry-point", put(FUNCTION, "notify", "build_config.0.entry_point", "nobody")),
    PlanMutant("functions.name", put(FUNCTION, "notify", "name", "notifier")),
    PlanMutant("functions.threads", put(FUNCTION, "notify", f"{ENVIRONMENT}.THREADS", "1")),
    PlanMutant("functions.cpu", put(FUNCTION, "notify", "service_config.0.available_cpu", "583m")),
    PlanMutant("functions.cpu", put(FUNCTION, "notify", "service_config.0.available_cpu", None)),
    PlanMutant("functions.timeout", put(FUNCTION, "notify", "service_config.0.timeout_seconds", 30)),
    PlanMutant("functions.timeout", put(FUNCTION, "notify", "service_config.0.timeout_seconds", 600)),
    PlanMutant("functions.timeout", put(FUNCTION, "poll_status", "service_config.0.timeout_seconds", 58)),
    PlanMutant("functions.instances", put(FUNCTION, "console", "service_config.0.max_instance_count", None)),
    PlanMutant("functions.instances", put(FUNCTION, "poll_status", "service_config.0.max_instance_count", 2)),
    PlanMutant("functions.ingress", put(FUNCTION, "notify", "service_config.0.ingress_settings", "ALLOW_ALL")),
    PlanMutant(
        "functions.bundle",
        put(FUNCTION, "notify", "build_config.0.source.0.storage_source.0.object", "console-0.zip"),
    ),
    PlanMutant("functions.builder", put(FUNCTION, "notify", "build_config.0.service_account", None)),
    PlanMutant("functions.trigger", put(FUNCTION, "notify", "event_trigger", [{"event_type": "x"}])),
    PlanMutant("environment.missing", put(FUNCTION, "notify", f"{ENVIRONMENT}.KMS_KEY", "")),
    PlanMutant("environment.missing", put(FUNCTION, "console", f"{ENVIRONMENT}.FIRESTORE_DATABASE", "")),
    PlanMutant("environment.missing", put(FUNCTION, "notify", f"{ENVIRONMENT}.SES_ROLE_ARN", "")),
    PlanMutant("environment.missing", put(FUNCTION, "reset_passcode", f"{ENVIRONMENT}.CONSOLE_URL", "")),
    PlanMutant("environment.unknown", put(FUNCTION, "console", f"{ENVIRONMENT}.KMS_KEY", "x")),
    PlanMutant("environment.laptop", put(FUNCTION, "notify", f"{ENVIRONMENT}.LOCAL_KEY_FILE", "/tmp/key")),
    PlanMutant("environment.secret", put(FUNCTION, "notify", f"{ENVIRONMENT}.SENDGRID_API_KEY", "SG.clear")),
    PlanMutant(
        "environment.secret",
        put(FUNCTION, "notify", "service_config.0.secret_environment_variables.0.version", "latest"),
    ),
    PlanMutant(
        "environment.secret",
        put(FUNCTION, "notify", "service_config.0.secret_environment_variables.0.project_id", "other"),
    ),
    PlanMutant(
        "environment.secret", put(FUNCTION, "console", "service_config.0.secret_volumes", [{"secret": "x"}])
    ),
    PlanMutant("environment.value", put(FUNCTION, "console", f"{ENVIRONMENT}.IDENTITY_AUDIENCE", "/projects/1")),
    PlanMutant("environment.value", put(FUNCTION, "notify", f"{ENVIRONMENT}.KMS_KEY", "another")),
    PlanMutant("environment.start", put(FUNCTION, "console", f"{ENVIRONMENT}.LOG_LEVEL", "LOUD")),
    PlanMutant("environment.start", put(FUNCTION, "console", f"{ENVIRONMENT}.CONSOLE_URL", "http://x.example")),
    PlanMutant("environment.readme", put(FUNCTION, "console", f"{ENVIRONMENT}.NEVER_TOLD", "x")),
    PlanMutant("environment.readme", put(FUNCTION, "console", f"{ENVIRONMENT}.EMAIL_FROM", "x@example.com")),
    PlanMutant("rights.key", drop("google_kms_crypto_key_iam_member", "encrypter")),
    PlanMutant("rights.store", put(MEMBER, "store_reader", "role", "roles/datastore.owner")),
    PlanMutant("rights.amapi", drop(MEMBER, 'amapi_user["issue_command"]')),
    PlanMutant("rights.publish", drop("google_pubsub_topic_iam_member", "reset_passcode")),
    PlanMutant("rights.secret", drop("google_secret_manager_secret_iam_member")),
    PlanMutant("rights.more", grant(f'{RUN}["console"]', "roles/browser")),
    PlanMutant(
        "rights.invoke",
        put("google_cloud_run_v2_service_iam_member", 'function["notify"]', "member", "serviceAccount:a@b.c"),
    ),
    PlanMutant(
        "rights.invoke",
        put("google_cloud_run_v2_service_iam_member", 'function["notify"]', "role", "roles/run.admin"),
    ),
    PlanMutant("rights.caller", grant(f'{CALL}["notify"]', "roles/pubsub.viewer")),
    PlanMutant("rights.agents", grant("serviceAccount:agent@iap.googleapis.com", "roles/run.admin")),
    PlanMutant("rights.stranger", grant("user:somebody@example.com", "roles/browser")),
    PlanMutant("rights.document", grant(f'{RUN}["console"]', "roles/androidmanagement.user")),
    PlanMutant("iam.public", add("google_storage_bucket_access_control", entity="allUsers", bucket="x")),
    PlanMutant("iam.public", add("google_pubsub_topic_iam_binding", members=["allAuthenticatedUsers"], topic="x")),
    PlanMutant("iam.project-wide", grant(f'{RUN}["notify"]', "roles/iam.serviceAccountUser")),
    PlanMutant("iam.key-and-secret", grant(f'{RUN}["notify"]', "roles/secretmanager.secretAccessor")),
    PlanMutant("iam.key-and-secret", grant(f'{RUN}["notify"]', "roles/cloudkms.cryptoKeyDecrypter")),
    PlanMutant(
        "iam.both-halves",
        put("google_kms_crypto_key_iam_member", "encrypter", "role", "roles/cloudkms.cryptoKeyEncrypterDecrypter"),
    ),
    PlanMutant("iam.both-halves", grant(f'{RUN}["notify"]', "roles/cloudkms.cryptoKeyEncrypter")),
    PlanMutant("iam.primitive", grant(f'{RUN}["notify"]', "roles/editor")),
    PlanMutant("iam.account-keys", add("google_service_account_key", service_account_id="x")),
    PlanMutant("iam.authoritative", add("google_project_iam_binding", role="roles/browser", members=[])),
    PlanMutant(
        "iam.one-account-each", put(FUNCTION, "", "service_config.0.service_account_email", "one@x.example")
    ),
    PlanMutant("iam.database", put(MEMBER, "store_writer", "condition", [])),
    PlanMutant(
        "iam.documents",
        put("google_project_iam_custom_role", "store_writer", "permissions", ["datastore.entities.delete"]),
    ),
    PlanMutant("iam.documents", grant("group:staff@example.com", "roles/datastore.viewer")),
    PlanMutant("iam.documents", grant(APPLY, "roles/datastore.importExportAdmin")),
    PlanMutant("iam.documents", grant(APPLY, "roles/firebase.admin")),
    PlanMutant(
        "iam.both-halves", grant(f'{RUN}["notify"]', "roles/cloudkms.cryptoOperator", KEY_MEMBER, crypto_key_id="x")
    ),
    PlanMutant("iam.project-wide", grant(BUILD, "roles/run.invoker")),
    PlanMutant("iam.public", add("google_storage_bucket_acl", bucket="x", predefined_acl="publicRead")),
    PlanMutant("iam.holder", grant(APPLY, "roles/cloudkms.cryptoKeyDecrypter", KEY_MEMBER, crypto_key_id="x")),
    PlanMutant(
        "iam.holder",
        grant(
            BUILD, "roles/secretmanager.secretAccessor", "google_secret_manager_secret_iam_member", secret_id="x"
        ),
    ),
    PlanMutant("iam.holder", grant(APPLY, "roles/androidmanagement.user")),
    PlanMutant(
        "iam.holder",
        grant(
            BUILD,
            "roles/pubsub.subscriber",
            "google_pubsub_subscription_iam_member",
            subscription="amapi-notifications-push",
        ),
    ),
    PlanMutant("iam.holder", grant(APPLY, "roles/logging.privateLogViewer")),
    PlanMutant("iam.custom-role", permit("settings_reader", "cloudkms.cryptoKeyVersions.useToDecrypt")),
    PlanMutant("iam.custom-role", permit("settings_reader", "secretmanager.versions.access")),
    PlanMutant("iam.custom-role", permit("settings_reader", "logging.logEntries.list")),
    PlanMutant("iam.custom-role", permit("store_writer", "androidmanagement.enterprises.manage")),
    PlanMutant("iam.becomes", grant(BUILD, "roles/iam.serviceAccountUser", ACCOUNT_MEMBER, service_account_id="x")),
    PlanMutant(
        "iam.becomes", grant(APPLY, "roles/iam.serviceAccountTokenCreator", ACCOUNT_MEMBER, service_account_id="x")
    ),
    PlanMutant("iam.hands-out", grant(APPLY, "roles/resourcemanager.projectIamAdmin")),
    PlanMutant("bus.reader", put(SUBSCRIPTION, "notifications", "push_config", [])),
    PlanMutant("bus.reader", put(SUBSCRIPTION, "dead", "cloud_storage_config", [{"bucket": "x"}])),
    PlanMutant("bus.reader", put(SUBSCRIPTION, 'own["requests"]', "filter", 'attributes.kind = "x"')),
    PlanMutant("bus.reader", put(SUBSCRIPTION, "own", "push_config.0.no_wrapper", [{"write_metadata": True}])),
    PlanMutant(
        "bus.push", put(SUBSCRIPTION, 'own["requests"]', "topic", "projects/p/topics/passcode-reset-events")
    ),
    PlanMutant(
        "iam.federation", put("google_iam_workload_identity_pool_provider", "", "attribute_condition", None)
    ),
    PlanMutant(
        "iam.federation",
        put("google_iam_workload_identity_pool_provider", "", "oidc.0.issuer_uri", "https://github.example"),
    ),
    PlanMutant(
        "iam.federation",
        put(
            "google_iam_workload_identity_pool_provider",
            "",
            "attribute_condition",
            "assertion.repository_id == '123456789' && attribute.stage in ['plan', 'apply'] || true",
        ),
    ),
    PlanMutant(
        "watch.health",
        put(
            "google_monitoring_uptime_check_config",
            '["console"]',
            "http_check.0.service_agent_authentication.0.type",
            None,
        ),
    ),
    PlanMutant(
        "iam.federation",
        put("google_service_account_iam_member", "workflow", "member", "principalSet://x/attribute.repository/a/b"),
    ),
    PlanMutant("bus.push", put(SUBSCRIPTION, "notifications", "push_config.0.push_endpoint", "https://x.example")),
    PlanMutant("bus.expiry", put(SUBSCRIPTION, "dead", "expiration_policy.0.ttl", "2678400s")),
    PlanMutant("bus.audience", put(SUBSCRIPTION, "own", "push_config.0.oidc_token.0.audience", None)),
    PlanMutant("bus.ack", put(SUBSCRIPTION, "own", "ack_deadline_seconds", 10)),
    PlanMutant("bus.retry", put(SUBSCRIPTION, "notifications", "retry_policy", [])),
    PlanMutant("bus.dead-letter", put(SUBSCRIPTION, 'own["events"]', "dead_letter_policy", [])),
    PlanMutant("bus.dead-letter-kept", drop(SUBSCRIPTION, "dead")),
    PlanMutant("bus.agent", drop("google_pubsub_topic_iam_member", "agent")),
    PlanMutant("bus.agent", drop("google_service_account_iam_member", 'agent["events"]')),
    PlanMutant("bus.kept", put(SUBSCRIPTION, 'own["events"]', "message_retention_duration", "600s")),
    PlanMutant("bus.hint", put(SUBSCRIPTION, "notifications", "message_retention_duration", None)),
    PlanMutant("bus.hint", put(SUBSCRIPTION, "notifications", "dead_letter_policy", [{"dead_letter_topic": "x"}])),
    PlanMutant("bus.hint", put(TOPIC, "notifications", "message_retention_duration", "86400s")),
    PlanMutant("bus.amapi", drop("google_pubsub_topic_iam_member", "amapi")),
    PlanMutant("bus.place", put(TOPIC, "", "message_storage_policy", [])),
    PlanMutant("timers.schedule", drop(JOB, "poll_status")),
    PlanMutant("timers.schedule", put(JOB, "poll_status", "paused", True)),
    PlanMutant("timers.schedule", put(JOB, "poll_status", "name", "tick")),
    PlanMutant("timers.deadline", put(JOB, "poll_status", "attempt_deadline", "180s")),
    PlanMutant("timers.deadline", put(JOB, "poll_status", "retry_config.0.retry_count", 3)),
    PlanMutant("timers.token", put(JOB, "sync_devices", "http_target.0.oidc_token", [])),
    PlanMutant("store.index", drop("google_firestore_index", "actor")),
    PlanMutant("store.index", put("google_firestore_index", "actor", "query_scope", "COLLECTION_GROUP")),
    PlanMutant(
        "store.index",
        add(
            "google_firestore_index",
            database="passcode-reset",
            collection="actions",
            query_scope="COLLECTION_GROUP",
            fields=[{"field_path": "wake_at", "order": "ASCENDING"}],
        ),
    ),
    PlanMutant("store.field", drop("google_firestore_field", "wake_at")),
    PlanMutant("store.field", put("google_firestore_field", "locks", "index_config", [])),
    PlanMutant("store.protection", put(DATABASE, "", "delete_protection_state", "DELETE_PROTECTION_DISABLED")),
    PlanMutant("store.past", put(DATABASE, "", "point_in_time_recovery_enablement", None)),
    PlanMutant("store.kind", put(DATABASE, "", "type", "DATASTORE_MODE")),
    PlanMutant("store.kind", put(KEY, "", "purpose", "MAC")),
    PlanMutant("store.kind", put(KEY, "", "skip_initial_version_creation", True)),
    PlanMutant("guide.name", put(KEY, "", "name", "codes")),
    PlanMutant("guide.name", put(SUBSCRIPTION, "dead", "name", "dead-letters")),
    PlanMutant("store.backup", drop("google_firestore_backup_schedule", "daily")),
    PlanMutant("store.backup", put("google_firestore_backup_schedule", "weekly", "database", None)),
    PlanMutant("store.rotation", put(KEY, "", "rotation_period", "31536000s")),
    PlanMutant("store.prevent", put(KEY, "", "deletion_policy", "ABANDON")),
    PlanMutant("store.prevent", put(DATABASE, "", "deletion_policy", None)),
    PlanMutant("store.destroyed-key", put(KEY, "", "destroy_scheduled_duration", "86400s")),
    PlanMutant("store.prevent-destroy", written("store", KEY, "name", "renamed")),
    PlanMutant(
        "store.write-only",
        written("store", "google_secret_manager_secret_version", "expressions", {"secret_data": {}}),
    ),
    PlanMutant("edge.backend", put("google_compute_region_network_endpoint_group", "reveal", "cloud_run", [])),
    PlanMutant("edge.backend", drop("google_compute_backend_service", "reveal_passcode")),
    PlanMutant("edge.iap", put("google_compute_backend_service", "console", "iap", [])),
    PlanMutant(
        "edge.iap",
        put("google_iap_settings", "reveal", "access_settings.0.cors_settings", [{"allow_http_options": True}]),
    ),
    PlanMutant("edge.members", drop("google_iap_web_backend_service_iam_member", "reveal_passcode")),
    PlanMutant("edge.step-up", drop("google_iap_settings", "reset_passcode")),
    PlanMutant("edge.step-up", put("google_iap_settings", "reset_passcode", "name", f"{IAP_SERVICES}/console")),
    PlanMutant(
        "edge.step-up",
        put("google_iap_settings", "reset_passcode", "access_settings.0.reauth_settings.0.max_age", "2592000s"),
    ),
    PlanMutant(
        "edge.step-up",
        put("google_iap_settings", "reveal", "access_settings.0.reauth_settings.0.policy_type", "DEFAULT"),
    ),
    PlanMutant("edge.log", put("google_compute_backend_service", "reset", "log_config.0.enable", False)),
    PlanMutant("edge.by-name", backend_by_reference),
    PlanMutant("edge.https", put("google_compute_ssl_policy", "", "min_tls_version", "TLS_1_0")),
    PlanMutant("edge.https", put("google_compute_target_http_proxy", "", "url_map", "google_compute_url_map/x/id")),
    PlanMutant("front.port", drop("google_compute_global_forwarding_rule", ".https")),
    PlanMutant("front.port", put("google_compute_global_forwarding_rule", ".https", "port_range", "8443")),
    PlanMutant("front.port", put("google_compute_global_forwarding_rule", ".http", "ip_address", None)),
    PlanMutant("front.port", put("google_compute_backend_service", "console", "load_balancing_scheme", "EXTERNAL")),
    PlanMutant("front.proxy", put("google_compute_target_https_proxy", "", "certificate_map", None)),
    PlanMutant(
        "front.proxy", put("google_compute_target_https_proxy", "", "url_map", "google_compute_url_map/x/id")
    ),
    PlanMutant("front.proxy", drop("google_certificate_manager_certificate_map_entry")),
    PlanMutant(
        "front.proxy", put("google_certificate_manager_certificate", "", "managed.0.domains", ["x.example"])
    ),
    PlanMutant("front.proxy", put("google_certificate_manager_certificate", "", "managed.0.domains", None)),
    PlanMutant("front.name", put("google_dns_record_set", "edge.google_dns_record_set.console", "rrdatas", [])),
    PlanMutant("front.name", drop("google_dns_record_set", "authorization")),
    PlanMutant("routing.routes", put(URL_MAP, "console", f"{RULES}.0.priority", 99)),
    PlanMutant("routing.routes", put(URL_MAP, "console", f"{RULES}.1.match_rules.0.header_matches", [])),
    PlanMutant("routing.routes", put(URL_MAP, "console", f"{RULES}.0.match_rules.0.path_template_match", "/v1/**")),
    PlanMutant("routing.rows", put(URL_MAP, "console", "test", [])),
    PlanMutant("routing.row", put(URL_MAP, "console", "test.0.service", REVEAL)),
    PlanMutant("routing.row", put(URL_MAP, "console", "test.0.path", "/nothing/serves/this")),
    PlanMutant("routing.gateway", put(URL_MAP, "console", "path_matcher.0.default_service", REVEAL)),
    PlanMutant("routing.host", put(URL_MAP, "console", "default_url_redirect", [])),
    PlanMutant("routing.host", put(URL_MAP, "url_map.console", "default_url_redirect.0.host_redirect", None)),
    PlanMutant("routing.host", put(URL_MAP, "console", "host_rule.0.hosts", ["*"])),
    PlanMutant("watch.code", put(POLICY, "code-critical", "severity", "WARNING")),
    PlanMutant("watch.code", drop(POLICY, "code-error")),
    PlanMutant("watch.code", put(POLICY, "code-error", "documentation.0.content", "See the guide.")),
    PlanMutant("watch.condition", drop(POLICY, "timer-silent")),
    PlanMutant("watch.condition", drop(POLICY, '"backup"')),
    PlanMutant("watch.condition", drop(POLICY, "amapi-takes-nothing")),
    PlanMutant("watch.condition", drop(POLICY, "mail-leaves-not")),
    PlanMutant(
        "watch.own-metric", put("google_logging_metric", "passcode_reset_amapi_failures", "name", "renamed")
    ),
    PlanMutant(
        "watch.own-metric",
        put("google_logging_metric", "passcode_reset_mail_call_seconds", "metric_descriptor.0.value_type", "INT64"),
    ),
    PlanMutant("watch.runbook", put(POLICY, "backlog", "documentation.0.links.0.url", "https://x/docs/other.md#x")),
    PlanMutant("watch.channel", put(POLICY, "timer-silent", "notification_channels", [])),
    PlanMutant("watch.channel", put(POLICY, "timer-silent", "enabled", False)),
    PlanMutant(
        "watch.new-metric",
        put(
            POLICY, "backlog", "conditions.0.condition_prometheus_query_language.0.disable_metric_validation", None
        ),
    ),
    PlanMutant(
        "watch.new-metric",
        put(
            POLICY,
            "down",
            "conditions.0.condition_threshold.0.filter",
            'metric.type="logging.googleapis.com/user/x"',
        ),
    ),
    PlanMutant(
        "watch.new-metric",
        put(
            POLICY,
            "down",
            "conditions.0.condition_absent",
            [{"filter": 'metric.type="logging.googleapis.com/user/passcode_reset_accepted"'}],
        ),
    ),
    PlanMutant("watch.channel", put("google_monitoring_notification_channel", "", "enabled", False)),
    PlanMutant("watch.audit", put("google_logging_project_sink", "", "filter", "severity=EMERGENCY")),
    PlanMutant("watch.audit", put("google_logging_project_sink", "", "disabled", True)),
    PlanMutant("watch.audit", put("google_logging_project_exclusion", "", "filter", "")),
    PlanMutant(
        "watch.audit",
        put("google_project_iam_audit_config", "cloudkms", "audit_log_config.0.exempted_members", ["user:a@b.c"]),
    ),
    PlanMutant("watch.metric", drop("google_logging_metric", "passcode_reset_accepted")),
    PlanMutant("watch.metric", put("google_logging_metric", "passcode_reset_accepted", "label_extractors", {})),
    PlanMutant("watch.metric", put("google_logging_metric", "mail_seconds", "metric_descriptor.0.unit", "1")),
    PlanMutant("watch.metric", put("google_logging_metric", "mail_seconds", "bucket_options", [])),
    PlanMutant("watch.health", drop(POLICY, ".down")),
    PlanMutant("watch.health", put("google_monitoring_uptime_check_config", "", "http_check.0.path", "/")),
    PlanMutant("watch.iap-settings", drop("google_project_iam_audit_config", "iap")),
    PlanMutant("planner.data", grant("user:auditor@example.com", "roles/iam.securityReviewer")),
    PlanMutant("planner.reads", put("google_project_iam_custom_role", "settings_reader", "permissions", [])),
    PlanMutant("planner.reads", put("google_project_iam_custom_role", "settings_reader", "role_id", "reader")),
    PlanMutant("planner.reads", add("google_storage_managed_folder_iam_member", role="x", member="user:a@b.c")),
    PlanMutant("leaving.named", written("watch", "google_monitoring_notification_channel", "name", "renamed")),
    PlanMutant(
        "watch.sign-in-page", put("google_monitoring_uptime_check_config", "edge", "http_check.0.headers", None)
    ),
    PlanMutant(
        "watch.health",
        put(
            "google_monitoring_uptime_check_config",
            "edge",
            "http_check.0.accepted_response_status_codes",
            [{"status_value": None, "status_class": "STATUS_CLASS_2XX"}],
        ),
    ),
    PlanMutant("watch.health", drop("google_monitoring_uptime_check_config", "edge")),
    PlanMutant("watch.health", put(POLICY, ".down", "conditions.0.condition_threshold.0.threshold_value", 100)),
    PlanMutant("watch.health", put(POLICY, ".down", "conditions.0.condition_threshold.0.aggregations", [])),
    PlanMutant(
        "watch.health",
        put(
            "google_monitoring_uptime_check_config", '["console"]', "http_check.0.service_agent_authentication", []
        ),
    ),
    PlanMutant(
        "watch.health",
        put("google_monitoring_uptime_check_config", "edge", "http_check.0.accepted_response_status_codes", []),
    ),
    PlanMutant("watch.audit", drop("google_project_iam_audit_config", "cloudkms")),
    PlanMutant("watch.audit", drop("google_logging_project_sink")),
    PlanMutant("order.service", drop("google_project_service", "firestore")),
    PlanMutant("order.service", drop("google_project_service", "billingbudgets")),
    PlanMutant("order.service", drop("google_project_service", "dns.")),
    PlanMutant("order.service", put("google_project_service", "firestore", "disable_on_destroy", True)),
    PlanMutant("order.agent", drop("google_project_service_identity", "pubsub")),
    PlanMutant(
        "order.agent", written("project", "google_project_service_identity", "provider_config_key", "google")
    ),
    PlanMutant("order.wait", written("project", "google_project_service_identity", "depends_on", [])),
    PlanMutant("order.wait", put("time_sleep", "rights_have_spread", "create_duration", "1s")),
    PlanMutant("order.wait", written("project", "time_sleep", "depends_on", [])),
    PlanMutant("order.wait", written("project", "time_sleep", "expressions", {})),
    PlanMutant("order.wait", written("watch", "google_monitoring_slo", "depends_on", [])),
    PlanMutant("order.lifecycle", written("store", "google_secret_manager_secret_version", "name", "renamed")),
    PlanMutant("order.lifecycle", written("function", "google_cloud_run_v2_service_iam_member", "name", "renamed")),
    PlanMutant("wiring.passed", not_passed("watch", "audit_lock")),
    PlanMutant("traps.healthz", put("google_monitoring_uptime_check_config", "", "http_check.0.path", "/healthz")),
    PlanMutant("traps.build", add("google_cloud_run_v2_service", build_config=[{}])),
    PlanMutant("traps.direct-iap", add("google_iap_web_cloud_run_service_iam_member", member="user:a@b.c")),
    PlanMutant("traps.gone", add("google_iap_brand", support_email="a@b.c")),
    PlanMutant("traps.quota", put(JOB, "sync_devices", "schedule", "* * * * *")),
)
