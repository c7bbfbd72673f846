locals {
  # One policy a severity, not one a code; the label says which.
  codes = {
    for severity in distinct([for alert in var.alerts : alert.severity]) :
    severity => { for code, alert in var.alerts : code => alert if alert.severity == severity }
  }

  code_policies = {
    for severity, alerts in local.codes : "code-${lower(severity)}" => {
      title    = "The code raised an alert (${lower(severity)})"
      severity = severity
      filter   = "resource.type=\"cloud_run_revision\" AND jsonPayload.alert=(${join(" OR ", [for code in sort(keys(alerts)) : "\"${code}\""])})"
      labels = {
        alert    = "EXTRACT(jsonPayload.alert)"
        function = "EXTRACT(jsonPayload.function)"
      }
      content = join("\n", [
        for code in sort(keys(alerts)) : "- **${code}**: ${alerts[code].summary} [Runbook](${local.runbook}#${alerts[code].runbook})"
      ])
      runbook = distinct([for code in sort(keys(alerts)) : alerts[code].runbook])
    }
  }

  log_policies = merge(local.code_policies, {
    crash = {
      title    = "An instance of a function died"
      severity = "ERROR"
      filter = join(" AND ", [
        "resource.type=\"cloud_run_revision\"",
        "log_id(\"run.googleapis.com/varlog/system\")",
        "(severity>=ERROR OR textPayload:\"Container called exit\" OR textPayload:\"Uncaught signal\")",
      ])
      labels  = { service = "EXTRACT(resource.labels.service_name)" }
      content = "Out of memory, ended by itself, or did not start. [Runbook](${local.runbook}#errors-burst)"
      runbook = ["errors-burst"]
    }
    refused = {
      title    = "Firestore or the key refuses a function"
      severity = "CRITICAL"
      # The second group is how our own log lines put it; "requires an index" is Firestore's text in a trace.
      filter = join(" OR ", [
        "(protoPayload.serviceName=\"cloudkms.googleapis.com\" AND protoPayload.status.code=7)",
        "(resource.type=\"cloud_run_revision\" AND (\"refused a commit: PermissionDenied\" OR \"did not answer: PermissionDenied\" OR \"did not answer: FailedPrecondition\" OR \"requires an index\"))",
      ])
      labels  = { service = "EXTRACT(resource.labels.service_name)" }
      content = "PERMISSION_DENIED: a grant is missing. FAILED_PRECONDITION: an index of the store is, or a version of the key is disabled. Compare with `terraform plan`. [Runbook](${local.runbook}#errors-burst)"
      runbook = ["errors-burst", "a-passcode-cannot-be-read"]
    }
  })
}

resource "google_monitoring_alert_policy" "log" {
  for_each = local.log_policies

  project               = var.project_id
  display_name          = "Passcode reset: ${each.value.title}"
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = each.value.title

    # On the log itself, not on a metric: see alerts.tf for what happens to a metric that was just made.
    condition_matched_log {
      filter           = each.value.filter
      label_extractors = each.value.labels
    }
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = each.value.title
    content   = each.value.content

    # At most three; the text above has them all.
    dynamic "links" {
      for_each = slice(each.value.runbook, 0, min(3, length(each.value.runbook)))

      content {
        display_name = "Runbook: ${replace(links.value, "-", " ")}"
        url          = "${local.runbook}#${links.value}"
      }
    }
  }
}
