locals {
  checks = {
    # What a person meets: name, certificate, load balancer, IAP. A check follows each redirect and judges the last
    # answer and the certificate of whoever gave it, which would be Google's sign-in page. So it comes as a script does:
    # IAP answers that 401, and leads nowhere. Every other answer is a fault, also 200: then IAP does not guard.
    # Source: https://cloud.google.com/monitoring/uptime-checks, https://cloud.google.com/iap/docs/sessions-howto
    edge = {
      host     = var.domain, period = "60s", headers = { "X-Requested-With" = "XMLHttpRequest" }, signed = false
      accepted = { status_value = 401, status_class = null }
    }
    # Behind IAP: the function itself, asked by Monitoring's own account, which may invoke only this one.
    console = {
      host     = trimsuffix(trimprefix(var.console_uri, "https://"), "/"), period = "300s", headers = null, signed = true
      accepted = { status_value = null, status_class = "STATUS_CLASS_2XX" }
    }
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
    headers      = each.value.headers

    accepted_response_status_codes {
      status_value = each.value.accepted.status_value
      status_class = each.value.accepted.status_class
    }

    dynamic "service_agent_authentication" {
      for_each = each.value.signed ? ["OIDC_TOKEN"] : []

      content {
        type = service_agent_authentication.value
      }
    }
  }
}

# Google deletes no check that a policy names, and a check of another host or period is another check: the policy goes
# first, and is made again. Not create_before_destroy, which Terraform would pass on to everything the checks depend on,
# functions too, and those cannot be there twice.
# Source: https://github.com/hashicorp/terraform-provider-google/issues/3133
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
    content   = "An uptime check fails from at least two places: name, certificate, load balancer, IAP, or the console itself. The name must answer a script without a session 401: anything else, 200 above all, means that IAP does not guard.\n\nRunbook: ${local.runbook}#sign-in-fails"

    links {
      display_name = "Runbook"
      url          = "${local.runbook}#sign-in-fails"
    }
  }

  lifecycle {
    replace_triggered_by = [
      google_monitoring_uptime_check_config.health["edge"].id,
      google_monitoring_uptime_check_config.health["console"].id,
    ]
  }
}
