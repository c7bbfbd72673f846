# `paused` is always said: left out, some versions of the provider let a job that a person paused stay so, and some do not.
# The next tick is the retry.
resource "google_cloud_scheduler_job" "poll_status" {
  project          = var.project_id
  region           = var.scheduler_region
  name             = "poll-status"
  description      = "Advances every reset that is due"
  schedule         = "* * * * *"
  paused           = var.timers_paused
  time_zone        = "Etc/UTC"
  attempt_deadline = "55s"

  retry_config {
    retry_count = 0
  }

  http_target {
    uri         = var.timers["poll_status"].uri
    http_method = "POST"

    oidc_token {
      service_account_email = var.timers["poll_status"].account
      audience              = var.timers["poll_status"].uri
    }
  }
}

resource "google_cloud_scheduler_job" "sync_devices" {
  project          = var.project_id
  region           = var.scheduler_region
  name             = "sync-devices"
  description      = "Continues the daily pass over AMAPI's devices"
  schedule         = "*/5 * * * *"
  paused           = var.timers_paused
  time_zone        = "Etc/UTC"
  attempt_deadline = "300s"

  retry_config {
    retry_count = 1
  }

  http_target {
    uri         = var.timers["sync_devices"].uri
    http_method = "POST"

    oidc_token {
      service_account_email = var.timers["sync_devices"].account
      audience              = var.timers["sync_devices"].uri
    }
  }
}
