output "project_id" {
  description = "The project, once its services are on: take it from here."
  value       = var.project_id

  depends_on = [time_sleep.services_are_on]
}

output "iap_agent" {
  description = "IAM member of IAP's agent, which calls the web functions."
  value       = "serviceAccount:${google_project_service_identity.this["iap"].email}"
}

output "pubsub_agent" {
  description = "IAM member of Pub/Sub's agent, which moves dead letters."
  value       = "serviceAccount:${google_project_service_identity.this["pubsub"].email}"
}
