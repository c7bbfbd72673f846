output "service" {
  description = "Name of the Cloud Run service."
  value       = google_cloudfunctions2_function.this.name
}

output "uri" {
  description = "Its run.app address, the only one that counts as internal."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}

output "runtime_account" {
  description = "Address of the account that it runs as."
  value       = var.runtime_account
}
