resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  project      = var.project_id
  display_name = "Passcode reset: ${each.value}"
  type         = "email"
  user_labels  = var.labels

  labels = {
    email_address = each.value
  }
}

locals {
  channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  runbook  = "${trimsuffix(var.runbook_base_url, "/")}/docs/operations.md"

  # How the metric of Cloud Run's requests is called in PromQL, up to its further labels.
  requests = "run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\""
}
