resource "google_storage_bucket_object" "bundle" {
  bucket       = var.bundle_bucket
  name         = var.bundle.file
  source       = var.bundle.path
  content_type = "application/zip"

  # The running version's zip goes only when the next one is there.
  lifecycle {
    create_before_destroy = true
  }
}

# No event_trigger: the push subscription is made openly in modules/bus, with its own account and dead letter.
resource "google_cloudfunctions2_function" "this" {
  project     = var.project_id
  location    = var.region
  name        = var.name
  description = "Passcode reset: ${var.entry_point}"
  labels      = var.labels

  build_config {
    runtime           = "python311"
    entry_point       = var.entry_point
    service_account   = var.build_account
    docker_repository = var.image_repository

    source {
      storage_source {
        bucket = google_storage_bucket_object.bundle.bucket
        object = google_storage_bucket_object.bundle.name
        # Left out, the provider remembers the number of Cloud Functions' own copy, which no object here bears, and may
        # send it along with the next zip's name.
        # Source: https://github.com/hashicorp/terraform-provider-google/issues/15405
        generation = google_storage_bucket_object.bundle.generation
      }
    }

    # Patches of the base image without a build of ours.
    automatic_update_policy {}
  }

  service_config {
    service_account_email            = var.runtime_account
    available_memory                 = var.settings.memory
    available_cpu                    = var.settings.cpu
    max_instance_request_concurrency = var.settings.concurrency
    timeout_seconds                  = var.settings.timeout_s
    min_instance_count               = var.settings.min_instances
    max_instance_count               = var.settings.max_instances
    ingress_settings                 = var.settings.ingress
    all_traffic_on_latest_revision   = true
    environment_variables            = merge(var.settings.environment, { THREADS = tostring(var.settings.concurrency) })

    dynamic "secret_environment_variables" {
      for_each = var.settings.secret_environment

      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version # a number: "latest" would be read at some later start
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = merge({ duty = var.invoker }, var.also_called_by)

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value

  # A function that is replaced comes back without its grants.
  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.this.id]
  }
}
