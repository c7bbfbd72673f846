locals {
  sendgrid = var.sendgrid_key_version > 0 ? 1 : 0
}

resource "google_secret_manager_secret" "sendgrid" {
  count = local.sendgrid

  project         = var.project_id
  secret_id       = "sendgrid-api-key"
  deletion_policy = "PREVENT"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

resource "google_secret_manager_secret_version" "sendgrid" {
  count = local.sendgrid

  secret                 = google_secret_manager_secret.sendgrid[0].id
  secret_data_wo         = var.sendgrid_key
  secret_data_wo_version = var.sendgrid_key_version

  # The running revision reads the old version until the new revision stands; disabled, it can still be gone back to.
  deletion_policy = "DISABLE"
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "sendgrid" {
  for_each = local.sendgrid == 1 ? var.sendgrid_readers : {}

  project   = var.project_id
  secret_id = google_secret_manager_secret.sendgrid[0].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value
}
