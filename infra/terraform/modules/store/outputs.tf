output "database" {
  description = "Name of the database, once it is there."
  value       = google_firestore_database.this.name
}

output "kms_key_id" {
  description = "Full name of the key that seals passcodes."
  value       = google_kms_crypto_key.passcodes.id
}

output "sendgrid_secret" {
  description = "Secret and version of SendGrid's API key; null where SendGrid is left out."
  value = local.sendgrid == 0 ? null : {
    secret  = google_secret_manager_secret.sendgrid[0].secret_id
    version = google_secret_manager_secret_version.sendgrid[0].version
  }
}
