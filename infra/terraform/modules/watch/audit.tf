locals {
  audit_project_id = coalesce(var.audit_project_id, var.project_id)
}

resource "google_logging_project_bucket_config" "audit" {
  #checkov:skip=CKV2_GCP_4:A lock can never be taken back, so it is a decision of who deploys (audit_lock)
  project         = local.audit_project_id
  location        = var.location
  bucket_id       = "passcode-reset-audit"
  description     = "Who did what to the passcode reset: audit logs, and each line about an action"
  retention_days  = var.retention_days
  locked          = var.audit_lock
  deletion_policy = "PREVENT"
}

resource "google_logging_project_sink" "audit" {
  project                = var.project_id
  name                   = "passcode-reset-audit"
  description            = "Copies audit logs, and each line about an action, to the audit log's bucket"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.audit.id}"
  unique_writer_identity = true
  filter                 = <<-EOT
    log_id("cloudaudit.googleapis.com/activity")
    OR log_id("cloudaudit.googleapis.com/data_access")
    OR log_id("cloudaudit.googleapis.com/policy")
    OR (resource.type="cloud_run_revision" AND jsonPayload.action:*)
  EOT
}

# Within one project Logging writes without a grant, and the sink has no writer to grant it to.
# Source: https://cloud.google.com/logging/docs/export/configure_export_v2#dest-auth
resource "google_project_iam_member" "audit_writer" {
  count = local.audit_project_id == var.project_id ? 0 : 1

  project = local.audit_project_id
  role    = "roles/logging.bucketWriter"
  member  = google_logging_project_sink.audit.writer_identity

  condition {
    title      = "this bucket only"
    expression = "resource.name.endsWith(\"locations/${var.location}/buckets/${google_logging_project_bucket_config.audit.bucket_id}\")"
  }
}

resource "google_logging_project_exclusion" "kept_elsewhere" {
  project     = var.project_id
  name        = "passcode-reset-audit"
  description = "Kept in the audit log's bucket; a second copy would be paid for"
  filter      = "log_id(\"cloudaudit.googleapis.com/data_access\")"

  depends_on = [google_logging_project_sink.audit]
}
