output "audit_bucket" {
  description = "Full name of the audit log's bucket."
  value       = google_logging_project_bucket_config.audit.id
}

output "dashboard" {
  description = "Full name of the dashboard."
  value       = google_monitoring_dashboard.product.id
}

output "policies" {
  description = "Display names of all alert policies, each with its severity."
  value = {
    for policy in concat(
      values(google_monitoring_alert_policy.condition),
      values(google_monitoring_alert_policy.log),
      [google_monitoring_alert_policy.down],
    ) : policy.display_name => policy.severity
  }
}

output "notification_channels" {
  description = "Full names of the channels that alerts are sent to."
  value       = local.channels
}
