# Authorised by DNS, not by the load balancer: the certificate is valid before the console's name points here.
resource "google_certificate_manager_dns_authorization" "console" {
  project = var.project_id
  name    = "passcode-reset"
  domain  = var.domain
}

resource "google_dns_record_set" "authorization" {
  count = var.dns_zone == null ? 0 : 1

  project      = var.dns_zone.project_id
  managed_zone = var.dns_zone.managed_zone
  name         = google_certificate_manager_dns_authorization.console.dns_resource_record[0].name
  type         = google_certificate_manager_dns_authorization.console.dns_resource_record[0].type
  ttl          = 300
  rrdatas      = [google_certificate_manager_dns_authorization.console.dns_resource_record[0].data]
}

resource "google_certificate_manager_certificate" "console" {
  project = var.project_id
  name    = "passcode-reset"

  managed {
    domains            = [var.domain]
    dns_authorizations = [google_certificate_manager_dns_authorization.console.id]
  }
}

resource "google_certificate_manager_certificate_map" "console" {
  project = var.project_id
  name    = "passcode-reset"
}

resource "google_certificate_manager_certificate_map_entry" "console" {
  project      = var.project_id
  name         = "passcode-reset"
  map          = google_certificate_manager_certificate_map.console.name
  hostname     = var.domain
  certificates = [google_certificate_manager_certificate.console.id]
}
