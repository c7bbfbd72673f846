# Google deletes no channel that a policy names. Without create_before_destroy Terraform deletes first and changes the
# policies afterwards, so an address that leaves alert_emails would fail the deployment.
# Source: https://github.com/hashicorp/terraform-provider-google/issues/3008
resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  project      = var.project_id
  display_name = "Passcode reset: ${each.value}"
  type         = "email"
  user_labels  = var.labels

  labels = {
    email_address = each.value
  }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  runbook  = "${trimsuffix(var.runbook_base_url, "/")}/docs/operations.md"

  # How the metric of Cloud Run's requests is called in PromQL, up to its further labels.
  requests = "run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\""
}
