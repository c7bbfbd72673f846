locals {
  # These two first: with them the others are turned on, and nothing works without.
  basic_services = ["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"]

  services = [
    "androidmanagement.googleapis.com",
    "artifactregistry.googleapis.com",
    "certificatemanager.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "iap.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ]

  optional_services = concat(
    var.budget == null ? [] : ["billingbudgets.googleapis.com"],
    var.enforce_org_policies ? ["orgpolicy.googleapis.com"] : [],
    var.writes_dns ? ["dns.googleapis.com"] : [], # also for a zone of another project: calls count for this one
  )
}

resource "google_project_service" "basic" {
  for_each = toset(local.basic_services)

  project            = var.project_id
  service            = each.value
  disable_on_destroy = false
}

# Turning a service on is answered before it works everywhere.
resource "time_sleep" "basic_services_are_on" {
  create_duration = "30s"

  depends_on = [google_project_service.basic]
}

resource "google_project_service" "this" {
  for_each = toset(concat(local.services, local.optional_services))

  project            = var.project_id
  service            = each.value
  disable_on_destroy = false # somebody else's work may need it, and it takes their data along

  depends_on = [time_sleep.basic_services_are_on]
}

resource "time_sleep" "services_are_on" {
  create_duration = "60s"
  triggers        = { services = join(" ", concat(local.services, local.optional_services)) }

  depends_on = [google_project_service.this]
}

# Turning these two on does not make their agents: IAP's calls the web functions, Pub/Sub's moves dead letters.
resource "google_project_service_identity" "this" {
  for_each = toset(["iap", "pubsub"])
  provider = google-beta

  project = var.project_id
  service = "${each.value}.googleapis.com"

  depends_on = [time_sleep.services_are_on]
}
