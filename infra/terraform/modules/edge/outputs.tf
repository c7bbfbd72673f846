output "audiences" {
  description = "IDENTITY_AUDIENCE of each web function, by entry point: the only `aud` it takes in IAP's assertion."
  value = {
    for name, backend in google_compute_backend_service.web :
    name => "/projects/${var.project_number}/global/backendServices/${backend.generated_id}"
  }
}

output "dns_records" {
  description = "Records to make by hand where no Cloud DNS zone is given."
  value = [
    {
      name = "${var.domain}."
      type = "A"
      data = google_compute_global_address.console.address
    },
    {
      name = google_certificate_manager_dns_authorization.console.dns_resource_record[0].name
      type = google_certificate_manager_dns_authorization.console.dns_resource_record[0].type
      data = google_certificate_manager_dns_authorization.console.dns_resource_record[0].data
    },
  ]
}

output "url_map_name" {
  description = "Name of the URL map, a label of the load balancer's metrics."
  value       = google_compute_url_map.console.name
}
