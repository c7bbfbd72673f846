# Who is told what: audit log, metrics, alerts, objectives, dashboard. What the code says of itself comes from facts.json.
module "watch" {
  source = "./modules/watch"

  project_id                = module.project.project_id
  audit_project_id          = var.audit_project_id
  location                  = var.region
  retention_days            = var.log_retention_days
  audit_lock                = var.audit_lock
  services                  = local.services
  web                       = keys(local.web_services)
  subscriptions             = [for topic in local.topics : "${topic}-push"]
  dead_letter_subscriptions = [for word in ["requests", "events"] : "${local.topics[word]}-dead-pull"] # notifications have none
  database                  = var.firestore_database
  url_map_name              = module.edge.url_map_name
  domain                    = var.console_domain
  console_uri               = module.function["console"].uri
  metrics                   = local.facts.metrics
  alerts                    = local.facts.alerts
  confirmation_metric       = one([for metric in local.facts.metrics : metric.name if metric.name == "passcode_reset_confirmation_seconds"])
  alert_emails              = var.alert_emails
  runbook_base_url          = var.runbook_base_url
  labels                    = { app = "passcode-reset", environment = var.environment }
}

# Monitoring's agent asks the console whether it is well; it is not made by turning the service on.
resource "google_project_service_identity" "monitoring" {
  provider = google-beta

  project = module.project.project_id
  service = "monitoring.googleapis.com"
}

# Past IAP it comes, but no further than /health: every other route wants IAP's assertion.
locals {
  monitoring_agent = "serviceAccount:service-${var.project_number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
}

# Cloud Monitoring counts no versions of a key. So each plan does, the nightly one too: an old version opens what lies
# in backups until a person destroys it. The key is named by words, so that a plan can look; the very first one, which
# is to make it, may warn that it is not there.
check "key_versions" {
  data "google_kms_crypto_key_versions" "enabled" {
    crypto_key = "projects/${var.project_id}/locations/${var.region}/keyRings/passcode-reset/cryptoKeys/passcodes"
    filter     = "state=ENABLED"
  }

  assert {
    condition     = length(data.google_kms_crypto_key_versions.enabled.versions) <= 6
    error_message = "More than 6 versions of the key are enabled. Destroy those that no backup needs any more: docs/operations.md, rotate keys."
  }
}
