locals {
  checks = {
    # What a person meets: name, certificate, load balancer, IAP. Without a session IAP leads to its sign-in.
    edge = { host = var.domain, period = "60s", classes = ["STATUS_CLASS_2XX", "STATUS_CLASS_3XX"], signed = false }
    # Behind IAP: the function itself, asked by Monitoring's own account, which may invoke only this one.
    console = { host = trimsuffix(trimprefix(var.console_uri, "https://"), "/"), period = "300s", classes = ["STATUS_CLASS_2XX"], signed = true }
  }
}

resource "google_monitoring_uptime_check_config" "health" {
  for_each = local.checks

  project      = var.project_id
  display_name = "Passcode reset: ${each.key}"
  timeout      = "10s"
  period       = each.value.period
  user_labels  = var.labels

  monitored_resource {
    type = "uptime_url"

    labels = {
      project_id = var.project_id
      host       = each.value.host
    }
  }

  http_check {
    path         = "/health" # never /healthz: Google's front end answers that itself, with 404
    port         = 443
    use_ssl      = true
    validate_ssl = true

    dynamic "accepted_response_status_codes" {
      for_each = each.value.classes

      content {
        status_class = accepted_response_status_codes.value
      }
    }

    dynamic "service_agent_authentication" {
      for_each = each.value.signed ? ["OIDC_TOKEN"] : []

      content {
        type = service_agent_authentication.value
      }
    }
  }
}

resource "google_monitoring_alert_policy" "down" {
  project               = var.project_id
  display_name          = "Passcode reset: The console does not answer"
  severity              = "CRITICAL"
  combiner              = "OR"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = "Two places of the world fail"

    condition_threshold {
      filter = join(" AND ", [
        "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\"",
        "resource.type=\"uptime_url\"",
        "metric.label.check_id=one_of(${join(",", [for check in google_monitoring_uptime_check_config.health : "\"${check.uptime_check_id}\""])})",
      ])
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "60s"

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }

      trigger {
        count = 1
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "The console does not answer"
    content   = "An uptime check fails from at least two places: name, certificate, load balancer, IAP, or the console itself.\n\nRunbook: ${local.runbook}#sign-in-fails"

    links {
      display_name = "Runbook"
      url          = "${local.runbook}#sign-in-fails"
    }
  }
}
