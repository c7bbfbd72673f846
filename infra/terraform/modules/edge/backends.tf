# Three backends behind one address, because IAP's sign-in age is a setting of a backend, not of a path or a method:
# what changes something and what shows a passcode ask for a fresh sign-in, lists do not.
resource "google_compute_region_network_endpoint_group" "web" {
  for_each = var.services

  project               = var.project_id
  region                = var.region
  name                  = each.value
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = each.value # by name: see var.services
  }
}

# Serverless backends take no health check, no time-out and no port name. IAP is switched on here and not at the
# functions: google_cloudfunctions2_function has no such argument.
resource "google_compute_backend_service" "web" {
  for_each = var.services

  project               = var.project_id
  name                  = each.value
  description           = "passcode reset: ${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = one(google_compute_security_policy.web[*].id)

  backend {
    group = google_compute_region_network_endpoint_group.web[each.key].id
  }

  # google_iap_client is gone since 8.0 (Google closed its API in March 2026): an own client is made by hand.
  iap {
    enabled                         = true
    oauth2_client_id                = try(var.oauth_client.client_id, null)
    oauth2_client_secret_wo         = var.oauth_client == null ? null : var.oauth_client_secret
    oauth2_client_secret_wo_version = try(tostring(var.oauth_client.secret_version), null)
  }

  log_config {
    enable      = true
    sample_rate = 1.0
  }
}

resource "google_compute_security_policy" "web" {
  #checkov:skip=CKV_GCP_73:Log4j is a library of Java; all backends are Python
  count = var.armor == null ? 0 : 1

  project = var.project_id
  name    = "passcode-reset"
  type    = "CLOUD_ARMOR"

  rule {
    description = "One address may not flood the console; who may do what is IAP's and the functions' matter"
    action      = "throttle"
    priority    = 1000

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.armor.requests_per_minute
        interval_sec = 60
      }
    }
  }

  rule {
    description = "Default rule, which every policy must have"
    action      = "allow"
    priority    = 2147483647

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  # Leaves after the backends have let go of it: Google deletes no policy that one of them names.
  lifecycle {
    create_before_destroy = true
  }
}
