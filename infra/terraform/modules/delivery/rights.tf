locals {
  # Plan reads settings, never data, for a pull request's own code runs with it: roles/viewer would read documents and
  # logs as well, and so would roles/iam.securityReviewer, which lists everything, private log lines too.
  # Source: https://cloud.google.com/iam/docs/roles-permissions/iam#iam.securityReviewer
  reading = [
    "roles/artifactregistry.reader",
    "roles/certificatemanager.viewer",
    "roles/cloudfunctions.viewer",
    "roles/cloudkms.viewer",
    "roles/cloudscheduler.viewer",
    "roles/compute.viewer",
    "roles/iam.roleViewer",
    "roles/iam.serviceAccountViewer",
    "roles/iam.workloadIdentityPoolViewer",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/run.viewer",
    "roles/secretmanager.viewer",              # names and versions, no payloads
    "roles/serviceusage.serviceUsageConsumer", # the provider counts its calls for this project
  ]

  # What a release changes. NOT here, so that no workflow can grant itself or an account more rights: IAM of the project,
  # custom roles, accounts, the key and its grants, the database, secrets, this module. Those a person applies. Still, who
  # deploys code deploys what runs as each account: an approval guards the workflow (docs/iam.md).
  writing = [
    "roles/artifactregistry.admin",
    "roles/certificatemanager.editor",
    "roles/cloudfunctions.admin",
    "roles/cloudscheduler.admin",
    "roles/compute.loadBalancerAdmin",
    "roles/compute.securityAdmin", # TLS policy, Cloud Armor
    "roles/datastore.indexAdmin",
    "roles/iap.admin", # who passes IAP
    "roles/iap.settingsAdmin",
    "roles/logging.configWriter",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/run.admin", # who calls a function
  ]

  project_roles = merge(
    { for role in local.reading : "plan ${role}" => { stage = "plan", role = role } },
    { for role in concat(local.reading, local.writing) : "apply ${role}" => { stage = "apply", role = role } },
  )
}

resource "google_project_iam_member" "stage" {
  for_each = local.project_roles

  project = var.project_id
  role    = each.value.role
  member  = google_service_account.stage[each.value.stage].member
}

# What no role of Google's reads without data: settings of the database, of logs and of IAP, and who has which right on
# what stands here.
resource "google_project_iam_custom_role" "settings_reader" {
  project     = var.project_id
  role_id     = "passcodeResetSettingsReader"
  title       = "Passcode reset: settings reader"
  description = "Reads settings that terraform plan compares, and no data."
  permissions = [
    "artifactregistry.repositories.getIamPolicy",
    "cloudkms.cryptoKeys.getIamPolicy",
    "datastore.backupSchedules.get",
    "datastore.backupSchedules.list",
    "datastore.databases.get",
    "datastore.databases.getMetadata",
    "datastore.databases.list",
    "datastore.indexes.get",
    "datastore.indexes.list",
    "iam.serviceAccounts.getIamPolicy",
    "iap.webServices.getIamPolicy",
    "iap.webServices.getSettings",
    "logging.buckets.get",
    "logging.buckets.list",
    "logging.exclusions.get",
    "logging.exclusions.list",
    "logging.logMetrics.get",
    "logging.logMetrics.list",
    "logging.sinks.get",
    "logging.sinks.list",
    "pubsub.subscriptions.getIamPolicy",
    "pubsub.topics.getIamPolicy",
    "resourcemanager.projects.getIamPolicy",
    "run.services.getIamPolicy",
    "secretmanager.secrets.getIamPolicy",
    "storage.buckets.get",
    "storage.buckets.getIamPolicy",
  ]
}

resource "google_project_iam_member" "settings_reader" {
  for_each = google_service_account.stage

  project = var.project_id
  role    = google_project_iam_custom_role.settings_reader.name
  member  = each.value.member
}

# Who deploys a function must be allowed to act as its accounts: as these, never as any account of the project.
resource "google_service_account_iam_member" "acts_as" {
  for_each = var.accounts

  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.stage["apply"].member
}

# Zips: plan looks whether they are there, apply puts new ones.
resource "google_storage_bucket_iam_member" "bundles" {
  for_each = { plan = "roles/storage.objectViewer", apply = "roles/storage.objectUser" }

  bucket = var.bundles
  role   = each.value
  member = google_service_account.stage[each.key].member
}

resource "google_storage_bucket_iam_member" "state" {
  for_each = { plan = "roles/storage.objectViewer", apply = "roles/storage.objectUser" }

  bucket = var.state_bucket
  role   = each.value
  member = google_service_account.stage[each.key].member
}

# A plan writes one thing: the lock, so that it does not read a state that is being written.
resource "google_storage_bucket_iam_member" "lock" {
  bucket = var.state_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.stage["plan"].member

  condition {
    title      = "lock-only"
    expression = "resource.name.endsWith(\".tflock\")"
  }
}
