locals {
  # Without the condition the right would be on every database of the project.
  this_database = "resource.name == \"projects/${var.project_id}/databases/${var.database}\""
}

# What the code asks of Firestore, and no more: batch reads, queries, and commits whose every write says whether the
# document must exist. Transactions (datastore.databases.get) and deletions are not among it.
# Source: https://cloud.google.com/firestore/docs/security/iam (permissions by method)
resource "google_project_iam_custom_role" "store_writer" {
  project     = var.project_id
  role_id     = "passcodeResetStoreWriter"
  title       = "Passcode reset: store writer"
  description = "Reads, creates and updates documents; deletes none."
  permissions = [
    "datastore.entities.create",
    "datastore.entities.get",
    "datastore.entities.list",
    "datastore.entities.update",
  ]
}

resource "google_project_iam_member" "store_writer" {
  for_each = toset(var.store_writers)

  project = var.project_id
  role    = google_project_iam_custom_role.store_writer.name
  member  = google_service_account.runtime[each.value].member

  condition {
    title      = "this-database-only"
    expression = local.this_database
  }
}

resource "google_project_iam_member" "store_reader" {
  for_each = toset(var.store_readers)

  project = var.project_id
  role    = "roles/datastore.viewer"
  member  = google_service_account.runtime[each.value].member

  condition {
    title      = "this-database-only"
    expression = local.this_database
  }
}

# There is no smaller role: AMAPI knows one permission, on the project alone, and it can wipe any managed phone.
resource "google_project_iam_member" "amapi_user" {
  for_each = toset(var.amapi_users)

  project = var.project_id
  role    = "roles/androidmanagement.user"
  member  = google_service_account.runtime[each.value].member
}

resource "google_project_iam_member" "build_logs" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}
