resource "google_monitoring_alert_policy" "condition" {
  for_each = merge(local.conditions, local.burn)

  project               = var.project_id
  display_name          = "Passcode reset: ${each.value.title}"
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query               = trimspace(each.value.query)
      duration            = "60s"
      evaluation_interval = "60s"
      # A metric without data yet is refused otherwise: with 404, for up to ten minutes after it was made.
      # Source: https://github.com/hashicorp/terraform-provider-google/issues/11102
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = each.value.title
    content   = "${each.value.summary}\n\nRunbook: ${local.runbook}#${each.value.runbook}"

    links {
      display_name = "Runbook"
      url          = "${local.runbook}#${each.value.runbook}"
    }
  }
}
