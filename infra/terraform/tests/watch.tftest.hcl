# Who is told what. Every provider is mocked: nothing is asked, nothing is made.

mock_provider "google" {
  override_during = plan
}

mock_provider "time" {}

variables {
  project_id = "example-passcodes-prod"
  location   = "europe-west1"
  services = {
    console             = "console"
    handle_notification = "handle-notification"
    issue_command       = "issue-command"
    notify              = "notify"
    poll_status         = "poll-status"
    reset_passcode      = "reset-passcode"
    reveal_passcode     = "reveal-passcode"
    sync_devices        = "sync-devices"
  }
  web                       = ["console", "reset_passcode", "reveal_passcode"]
  subscriptions             = ["passcode-reset-requests-push", "passcode-reset-events-push", "amapi-notifications-push"]
  dead_letter_subscriptions = ["passcode-reset-requests-dead-pull", "passcode-reset-events-dead-pull"]
  database                  = "passcode-reset"
  url_map_name              = "passcode-reset"
  domain                    = "passcodes.example.com"
  console_uri               = "https://console-abc-ew.a.run.app"
  alert_emails              = ["oncall@example.com", "lead@example.com"]
  runbook_base_url          = "https://github.com/example/passcode-reset/blob/main"
  metrics = [
    { name = "resets_ended", description = "Resets by how they ended", filter = "jsonPayload.message=\"status\"", value = null, labels = { status = "EXTRACT(jsonPayload.status)" }, unit = "1", buckets = null },
    { name = "confirmation_seconds", description = "Seconds until the phone confirms", filter = "jsonPayload.duration_s>0", value = "EXTRACT(jsonPayload.duration_s)", labels = {}, unit = "s", buckets = [1, 5, 30, 120, 600] },
  ]
  confirmation_metric = "confirmation_seconds"
  alerts = {
    STRAY_COMMAND   = { summary = "A command ran late.", severity = "CRITICAL", runbook = "the-outcome-is-unknown" }
    OUTCOME_UNKNOWN = { summary = "It is not known.", severity = "CRITICAL", runbook = "the-outcome-is-unknown" }
    COUNT_FAILED    = { summary = "Figures are missing.", severity = "WARNING", runbook = "errors-burst" }
  }
}

run "audit_log" {
  command = plan

  module {
    source = "./modules/watch"
  }

  assert {
    condition     = !google_logging_project_bucket_config.audit.locked && google_logging_project_bucket_config.audit.retention_days == 400 && google_logging_project_bucket_config.audit.deletion_policy == "PREVENT"
    error_message = "400 days, not locked for ever unless asked, not deleted by accident."
  }
  assert {
    condition     = google_logging_project_sink.audit.unique_writer_identity && length(google_project_iam_member.audit_writer) == 0
    error_message = "Within one project the sink needs no grant."
  }
}

run "audit_log_elsewhere" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    audit_project_id = "example-audit"
  }

  assert {
    condition     = google_project_iam_member.audit_writer[0].role == "roles/logging.bucketWriter" && google_project_iam_member.audit_writer[0].project == "example-audit"
    error_message = "The sink's own writer may write to the other project's bucket."
  }
  assert {
    condition     = google_project_iam_member.audit_writer[0].condition[0].expression == "resource.name.endsWith(\"locations/europe-west1/buckets/passcode-reset-audit\")" && google_logging_project_bucket_config.audit.project == "example-audit"
    error_message = "Of that project's buckets it may write to this one."
  }
}

run "what_is_watched" {
  command = plan

  module {
    source = "./modules/watch"
  }

  assert {
    condition = toset(keys(google_monitoring_alert_policy.condition)) == toset([
      "amapi-takes-nothing", "backlog", "backup", "burn-fast", "burn-slow", "burn-steady", "certificate", "dead-letter", "errors",
      "mail-leaves-not", "sign-in", "timer-silent",
    ])
    error_message = "One policy for each row of the table."
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.condition : policy.conditions[0].condition_prometheus_query_language[0].disable_metric_validation])
    error_message = "A metric that was just made is not found for up to ten minutes."
  }
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.log)) == toset(["code-critical", "code-warning", "crash", "refused"])
    error_message = "One policy for each severity of the code's alerts, and two of the platform's."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.log["code-critical"].conditions[0].condition_matched_log[0].filter, "(\"OUTCOME_UNKNOWN\" OR \"STRAY_COMMAND\")")
    error_message = "A severity's policy matches all its codes."
  }
  assert {
    condition     = google_monitoring_alert_policy.log["crash"].conditions[0].condition_matched_log[0].filter == "resource.type=\"cloud_run_revision\" AND log_id(\"run.googleapis.com/varlog/system\") AND (severity>=ERROR OR textPayload:\"Container called exit\" OR textPayload:\"Uncaught signal\")"
    error_message = "An instance that dies says so in Cloud Run's own log alone."
  }
  assert {
    condition     = startswith(google_monitoring_alert_policy.log["refused"].conditions[0].condition_matched_log[0].filter, "(protoPayload.serviceName=\"cloudkms.googleapis.com\" AND protoPayload.status.code=7) OR (resource.type=\"cloud_run_revision\" AND (") && endswith(google_monitoring_alert_policy.log["refused"].conditions[0].condition_matched_log[0].filter, " OR \"requires an index\"))")
    error_message = "The key refuses in its audit log and in the functions' lines, Firestore in these alone."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.log["refused"].documentation[0].content, "a version of the key is disabled") && strcontains(google_monitoring_alert_policy.log["refused"].conditions[0].condition_matched_log[0].filter, "did not answer: FailedPrecondition")
    error_message = "A disabled version of the key answers FAILED_PRECONDITION too: its mail does not speak of indexes alone."
  }
  assert {
    condition = { for name, policy in google_monitoring_alert_policy.log : name => join(" ", keys(policy.conditions[0].condition_matched_log[0].label_extractors)) } == {
      code-critical = "alert function", code-warning = "alert function", crash = "service", refused = "service",
    }
    error_message = "Whoever is woken reads which alert it is, and of which function."
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.log : policy.alert_strategy[0].notification_rate_limit[0].period == "300s"])
    error_message = "Monitoring refuses a policy on logs without a limit of its mails."
  }
  assert {
    condition     = alltrue([for policy in concat(values(google_monitoring_alert_policy.condition), values(google_monitoring_alert_policy.log), [google_monitoring_alert_policy.down]) : policy.alert_strategy[0].auto_close == "86400s"])
    error_message = "An incident that nobody closes ends after a day, so that the next one is told."
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.condition : policy.conditions[0].condition_prometheus_query_language[0].duration == "60s" && policy.conditions[0].condition_prometheus_query_language[0].evaluation_interval == "60s"])
    error_message = "It is looked at each minute, and told after a minute."
  }
}

run "everybody_is_told_and_finds_the_runbook" {
  command = plan

  module {
    source = "./modules/watch"
  }

  assert {
    condition     = length(google_monitoring_notification_channel.email) == 2 && length(output.notification_channels) == 2
    error_message = "A channel for each address."
  }
  assert {
    condition     = { for address, channel in google_monitoring_notification_channel.email : address => "${channel.type} ${channel.labels.email_address}" } == { "lead@example.com" = "email lead@example.com", "oncall@example.com" = "email oncall@example.com" }
    error_message = "A channel without an address reaches nobody."
  }
  assert {
    condition     = alltrue([for policy in concat(values(google_monitoring_alert_policy.condition), values(google_monitoring_alert_policy.log), [google_monitoring_alert_policy.down]) : length(policy.notification_channels) == 2])
    error_message = "Every alert is sent to all of them."
  }
  assert {
    condition     = alltrue([for policy in concat(values(google_monitoring_alert_policy.condition), values(google_monitoring_alert_policy.log), [google_monitoring_alert_policy.down]) : can(regex("/blob/main/docs/operations.md#[a-z-]+$", policy.documentation[0].links[0].url))])
    error_message = "Every alert links a section of the runbook."
  }
  assert {
    condition     = alltrue([for policy in concat(values(google_monitoring_alert_policy.condition), values(google_monitoring_alert_policy.log), [google_monitoring_alert_policy.down]) : contains(["CRITICAL", "ERROR", "WARNING"], policy.severity)])
    error_message = "Every alert has a severity."
  }
}

run "metrics_of_the_code" {
  command = plan

  module {
    source = "./modules/watch"
  }

  assert {
    condition     = { for name, metric in google_logging_metric.fact : name => metric.metric_descriptor[0].value_type } == { resets_ended = "INT64", confirmation_seconds = "DISTRIBUTION" }
    error_message = "What has a value is a distribution, the rest are counters."
  }
  assert {
    condition     = google_monitoring_alert_policy.condition["burn-fast"].conditions[0].condition_prometheus_query_language[0].query == "${local.failing["1h"]} > 0.0144 and ${local.failing["5m"]} > 0.0144"
    error_message = "The threshold is a number that a person can read."
  }
  assert {
    condition     = local.failing["5m"] == "(sum(increase(run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\",service_name=\"reset-passcode\",response_code_class=\"5xx\"}[5m])) or vector(0)) / sum(increase(run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\",service_name=\"reset-passcode\"}[5m]))"
    error_message = "The share of requests to reset that we failed, in the window."
  }
  assert {
    condition = { for name, policy in google_monitoring_alert_policy.condition : name => policy.severity if startswith(name, "burn-") } == { burn-fast = "CRITICAL", burn-slow = "ERROR", burn-steady = "WARNING" } && { for name, burn in local.burn_rates : name => "${burn.rate} ${burn.long} ${burn.short}" } == {
      fast = "14.4 1h 5m", slow = "6 6h 30m", steady = "1 3d 6h",
    }
    error_message = "The faster the budget burns, the sooner and the louder it is told."
  }
  assert {
    condition     = google_monitoring_slo.accept.goal == 0.999 && google_monitoring_slo.accept.rolling_period_days == 28 && google_monitoring_slo.accept.request_based_sli[0].good_total_ratio[0].total_service_filter == "metric.type=\"run.googleapis.com/request_count\" resource.type=\"cloud_run_revision\" resource.labels.service_name=\"reset-passcode\"" && google_monitoring_slo.accept.request_based_sli[0].good_total_ratio[0].bad_service_filter == "${google_monitoring_slo.accept.request_based_sli[0].good_total_ratio[0].total_service_filter} metric.labels.response_code_class=\"5xx\""
    error_message = "99.9 % of the requests to reset, without a fault of ours."
  }
  assert {
    condition     = google_logging_metric.alerts.label_extractors == tomap({ alert = "EXTRACT(jsonPayload.alert)", function = "EXTRACT(jsonPayload.function)" }) && toset([for label in google_logging_metric.alerts.metric_descriptor[0].labels : label.key]) == toset(["alert", "function"])
    error_message = "The dashboard tells one alert from another."
  }
  assert {
    condition     = time_sleep.metric_is_known[0].triggers.metric == "confirmation_seconds" && time_sleep.metric_is_known[0].create_duration == "600s"
    error_message = "An objective on a metric that was made less than ten minutes ago may be refused."
  }
  assert {
    condition     = google_monitoring_slo.confirmation[0].request_based_sli[0].distribution_cut[0].range[0].max == 120
    error_message = "Confirmed within two minutes."
  }
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.product.dashboard_json).mosaicLayout.tiles) == 8
    error_message = "Six standing tiles, and one for each metric."
  }
}

run "nothing_asks_for_healthz" {
  command = plan

  module {
    source = "./modules/watch"
  }

  assert {
    condition     = alltrue([for check in google_monitoring_uptime_check_config.health : check.http_check[0].path == "/health"])
    error_message = "Google's front end answers /healthz itself."
  }
  assert {
    condition     = google_monitoring_uptime_check_config.health["console"].monitored_resource[0].labels.host == "console-abc-ew.a.run.app" && length(google_monitoring_uptime_check_config.health["console"].http_check[0].service_agent_authentication) == 1
    error_message = "The function itself is asked with Monitoring's own token."
  }
}

run "the_check_of_the_edge_ends_at_iap" {
  command = plan

  module {
    source = "./modules/watch"
  }

  assert {
    condition     = google_monitoring_uptime_check_config.health["edge"].http_check[0].headers == tomap({ "X-Requested-With" = "XMLHttpRequest" })
    error_message = "Else IAP leads it on, and the certificate that is watched is Google's."
  }
  assert {
    condition     = [for code in google_monitoring_uptime_check_config.health["edge"].http_check[0].accepted_response_status_codes : code.status_value] == [401]
    error_message = "A console that answers without a sign-in is a fault."
  }
  assert {
    condition     = [for code in google_monitoring_uptime_check_config.health["console"].http_check[0].accepted_response_status_codes : code.status_class] == ["STATUS_CLASS_2XX"]
    error_message = "The function itself is well or it is not."
  }
}

run "a_severity_that_there_is_not" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    alerts = { ODD = { summary = "x", severity = "FATAL", runbook = "errors-burst" } }
  }

  expect_failures = [var.alerts]
}
