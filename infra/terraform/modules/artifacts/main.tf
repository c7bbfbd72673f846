# What functions are built from, and what their images lie in. Neither holds a secret; both would let somebody run
# code in our name, so only the building account may read the one and write the other.
resource "google_storage_bucket" "bundles" {
  #checkov:skip=CKV_GCP_62:Holds the published program only; who wrote an object is in the admin activity log, and its name is its hash
  project                     = var.project_id
  name                        = "${var.project_id}-bundles"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  # Names hold the hash of the content, so a bundle that a newer one replaced is an old version: kept for a roll-back.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
    }
  }
}

resource "google_storage_bucket_iam_member" "builder" {
  bucket = google_storage_bucket.bundles.name
  role   = "roles/storage.objectViewer"
  member = var.builder
}

# Cloud Functions copies each bundle into a bucket of its own, made with the region's first function, and builds from the
# copy: without this every build ends with "Access to bucket gcf-v2-sources-… denied". The bucket is not there before, so
# it cannot be granted on the bucket itself.
# Source: https://github.com/hashicorp/terraform-provider-google/issues/20571
resource "google_project_iam_member" "builder" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = var.builder

  condition {
    title      = "function-sources-only"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${var.project_number}-${var.region}\")"
  }
}

resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84:Images hold the published program and no data; encrypted by keys of Google's
  project                = var.project_id
  location               = var.region
  repository_id          = "passcode-reset"
  format                 = "DOCKER"
  description            = "Images of the functions, built from their bundles"
  cleanup_policy_dry_run = false

  # Keeping wins over deleting: five images of a function stay, however old.
  cleanup_policies {
    id     = "keep-five"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }
  cleanup_policies {
    id     = "delete-after-30-days"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  project    = var.project_id
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = var.builder
}
