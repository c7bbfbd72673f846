resource "google_kms_key_ring" "this" {
  project  = var.project_id
  name     = "passcode-reset"
  location = var.region
}

# Destroying this resource would destroy all versions of the key, and with them every passcode. Old versions stay
# enabled and open what they sealed.
resource "google_kms_crypto_key" "passcodes" {
  name            = "passcodes"
  key_ring        = google_kms_key_ring.this.id
  purpose         = "ENCRYPT_DECRYPT"
  rotation_period = "7776000s" # 90 days

  destroy_scheduled_duration = "2592000s" # 30 days to change one's mind; it can never be changed
  deletion_policy            = "PREVENT"

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "encrypter" {
  for_each = var.encrypters

  crypto_key_id = google_kms_crypto_key.passcodes.id
  role          = "roles/cloudkms.cryptoKeyEncrypter"
  member        = each.value
}

resource "google_kms_crypto_key_iam_member" "decrypter" {
  for_each = var.decrypters

  crypto_key_id = google_kms_crypto_key.passcodes.id
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = each.value
}
