locals {
  accept_goal = 0.999
  accept      = var.services["reset_passcode"]

  # How fast the month's budget of errors burns, over a long window and, so that it ends soon after the fault, a short
  # one. Source: Site Reliability Workbook, chapter 5.
  burn_rates = {
    fast   = { rate = 14.4, long = "1h", short = "5m", severity = "CRITICAL" }
    slow   = { rate = 6, long = "6h", short = "30m", severity = "ERROR" }
    steady = { rate = 1, long = "3d", short = "6h", severity = "WARNING" }
  }

  failing = {
    for window in distinct(flatten([for burn in local.burn_rates : [burn.long, burn.short]])) : window => join("", [
      "(sum(increase(${local.requests},service_name=\"${local.accept}\",${local.errors_5xx}}[${window}])) or vector(0))",
      " / sum(increase(${local.requests},service_name=\"${local.accept}\"}[${window}]))",
    ])
  }

  # Rounded: Terraform writes 1 - 0.999 with 150 digits.
  failing_share = { for name, burn in local.burn_rates : name => format("%.4f", burn.rate * (1 - local.accept_goal)) }

  burn = {
    for name, burn in local.burn_rates : "burn-${name}" => {
      title    = "Accepting resets burns its error budget (${burn.rate} times)"
      severity = burn.severity
      runbook  = "errors-burst"
      summary  = "Over ${burn.long} and ${burn.short}, more than ${burn.rate} times the share of requests failed that ${local.accept_goal * 100} % availability allows."
      query    = "${local.failing[burn.long]} > ${local.failing_share[name]} and ${local.failing[burn.short]} > ${local.failing_share[name]}"
    }
  }
}

resource "google_monitoring_custom_service" "product" {
  project      = var.project_id
  service_id   = "passcode-reset"
  display_name = "Passcode reset"
  user_labels  = var.labels
}

resource "google_monitoring_slo" "accept" {
  project             = var.project_id
  service             = google_monitoring_custom_service.product.service_id
  slo_id              = "accept"
  display_name        = "Requests to reset are answered without a fault of ours"
  goal                = local.accept_goal
  rolling_period_days = 28
  user_labels         = var.labels

  request_based_sli {
    good_total_ratio {
      total_service_filter = "metric.type=\"run.googleapis.com/request_count\" resource.type=\"cloud_run_revision\" resource.labels.service_name=\"${local.accept}\""
      bad_service_filter   = "metric.type=\"run.googleapis.com/request_count\" resource.type=\"cloud_run_revision\" resource.labels.service_name=\"${local.accept}\" metric.labels.response_code_class=\"5xx\""
    }
  }
}

# An objective on a metric that Monitoring does not know yet is refused ("The metric referenced by the provided filter is
# unknown"), and a new metric is known after up to ten minutes. The functions are built meanwhile.
# Source: https://github.com/GoogleCloudPlatform/cloud-ops-sandbox/issues/896, the ten minutes: see alerts.tf
resource "time_sleep" "metric_is_known" {
  count = var.confirmation_metric == null ? 0 : 1

  create_duration = "600s"
  triggers        = { metric = google_logging_metric.fact[var.confirmation_metric].name }
}

resource "google_monitoring_slo" "confirmation" {
  count = var.confirmation_metric == null ? 0 : 1

  project             = var.project_id
  service             = google_monitoring_custom_service.product.service_id
  slo_id              = "confirmation"
  display_name        = "A reset that the phone confirms is confirmed within two minutes"
  goal                = 0.95 # phones that are off confirm when they are on again; this is no fault of ours
  rolling_period_days = 28
  user_labels         = var.labels

  request_based_sli {
    distribution_cut {
      distribution_filter = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.fact[var.confirmation_metric].name}\" resource.type=\"cloud_run_revision\""

      range {
        min = 0
        max = 120
      }
    }
  }

  depends_on = [time_sleep.metric_is_known]
}
