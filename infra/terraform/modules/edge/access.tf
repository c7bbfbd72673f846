locals {
  # Each member at each backend: IAP decides per backend.
  access = {
    for pair in setproduct(keys(var.services), var.members) : "${pair[0]} ${pair[1]}" => { service = pair[0], member = pair[1] }
  }

  # What changes something or opens a passcode; the console only reads.
  stepped_up = var.reauthentication == null ? [] : ["reset_passcode", "reveal_passcode"]

  # IAP does not give back what is empty, so a block without content would be planned anew for ever.
  with_settings = { for function, service in var.services : function => service if length(var.programmatic_clients) > 0 || contains(local.stepped_up, function) }
}

resource "google_iap_web_backend_service_iam_member" "member" {
  for_each = local.access

  project             = var.project_id
  web_backend_service = google_compute_backend_service.web[each.value.service].name
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.value.member
}

# Scripts sign in by a JWT that their service account signs, audience = the console's address; IAP takes it without a
# client id, so an empty list closes only the other road, ID tokens of an OAuth client.
# Source: https://cloud.google.com/iap/docs/authentication-howto
resource "google_iap_settings" "web" {
  for_each = local.with_settings

  name = "projects/${var.project_number}/iap_web/compute/services/${google_compute_backend_service.web[each.key].name}"

  access_settings {
    dynamic "oauth_settings" {
      for_each = length(var.programmatic_clients) > 0 ? [var.programmatic_clients] : []

      content {
        programmatic_clients = oauth_settings.value
      }
    }

    dynamic "reauth_settings" {
      for_each = contains(local.stepped_up, each.key) ? [var.reauthentication] : []

      content {
        method      = reauth_settings.value.method
        max_age     = "${reauth_settings.value.max_age_s}s"
        policy_type = "MINIMUM" # a stricter setting of the organisation stands
      }
    }
  }
}
