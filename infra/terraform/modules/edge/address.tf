resource "google_compute_global_address" "console" {
  project = var.project_id
  name    = "passcode-reset"
}

resource "google_dns_record_set" "console" {
  count = var.dns_zone == null ? 0 : 1

  project      = var.dns_zone.project_id
  managed_zone = var.dns_zone.managed_zone
  name         = "${var.domain}."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.console.address]
}

resource "google_compute_target_https_proxy" "console" {
  project         = var.project_id
  name            = "passcode-reset"
  url_map         = google_compute_url_map.console.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.console.id}"
  ssl_policy      = google_compute_ssl_policy.modern.id
}

resource "google_compute_ssl_policy" "modern" {
  project         = var.project_id
  name            = "passcode-reset"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_global_forwarding_rule" "https" {
  project               = var.project_id
  name                  = "passcode-reset-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.console.id
  ip_protocol           = "TCP"
  port_range            = "443"
  target                = google_compute_target_https_proxy.console.id
}

resource "google_compute_url_map" "to_https" {
  project = var.project_id
  name    = "passcode-reset-to-https"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }
}

resource "google_compute_target_http_proxy" "to_https" {
  project = var.project_id
  name    = "passcode-reset-to-https"
  url_map = google_compute_url_map.to_https.id
}

# A second rule costs nothing: up to five share one charge.
resource "google_compute_global_forwarding_rule" "http" {
  project               = var.project_id
  name                  = "passcode-reset-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.console.id
  ip_protocol           = "TCP"
  port_range            = "80"
  target                = google_compute_target_http_proxy.to_https.id
}
