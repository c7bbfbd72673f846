output "bucket" {
  description = "Bucket of the bundles."
  value       = google_storage_bucket.bundles.name
}

output "repository" {
  description = "Full name of the repository of images."
  value       = google_artifact_registry_repository.images.id
}
