# Database, key and secret.

mock_provider "google" {}

variables {
  project_id           = "example-passcodes-prod"
  location             = "eur3"
  region               = "europe-west1"
  database             = "passcode-reset"
  backups              = { daily_days = 7, weekly_weeks = 2 }
  encrypters           = { reset_passcode = "serviceAccount:a@example.iam.gserviceaccount.com" }
  decrypters           = { notify = "serviceAccount:b@example.iam.gserviceaccount.com" }
  sendgrid_key         = "SG.not-a-key"
  sendgrid_key_version = 3
  sendgrid_readers     = { notify = "serviceAccount:b@example.iam.gserviceaccount.com" }
  facts = {
    indexes = [{ collection = "devices", fields = [{ field = "search", array_config = "CONTAINS" }, { field = "last_seen", order = "DESCENDING" }] }]
    fields = [
      { collection = "actions", field = "wake_at", indexes = [{ scope = "COLLECTION_GROUP", order = "ASCENDING" }], ttl = false },
      { collection = "passcodes", field = "expire_at", indexes = [], ttl = true },
      { collection = "passcodes", field = "*", indexes = [], ttl = false },
    ]
  }
}

run "the_database_cannot_be_lost_by_mistake" {
  command = plan

  module {
    source = "./modules/store"
  }

  assert {
    condition     = google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED"
    error_message = "The API would delete the database."
  }
  assert {
    condition     = google_firestore_database.this.deletion_policy == "PREVENT"
    error_message = "The provider would delete the database, or forget it."
  }
  assert {
    condition     = google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    error_message = "There is no point-in-time recovery."
  }
}

run "backups_are_daily_and_weekly" {
  command = plan

  module {
    source = "./modules/store"
  }

  assert {
    condition     = google_firestore_backup_schedule.daily.retention == "604800s" && length(google_firestore_backup_schedule.daily.daily_recurrence) == 1
    error_message = "A daily backup is kept for 7 days."
  }
  assert {
    condition     = google_firestore_backup_schedule.weekly[0].retention == "1209600s" && google_firestore_backup_schedule.weekly[0].weekly_recurrence[0].day == "SUNDAY"
    error_message = "A weekly backup is kept for 14 days."
  }
}

run "weekly_backups_can_be_left_out" {
  command = plan

  module {
    source = "./modules/store"
  }

  variables {
    backups = { daily_days = 7, weekly_weeks = 0 }
  }

  assert {
    condition     = length(google_firestore_backup_schedule.weekly) == 0
    error_message = "No weeks, no schedule."
  }
}

run "one_week_is_one_schedule" {
  command = plan

  module {
    source = "./modules/store"
  }

  variables {
    backups = { daily_days = 7, weekly_weeks = 1 }
  }

  assert {
    condition     = [for schedule in google_firestore_backup_schedule.weekly : schedule.retention] == ["604800s"]
    error_message = "A database takes one weekly schedule."
  }
}

run "indexes_are_those_of_the_table" {
  command = plan

  module {
    source = "./modules/store"
  }

  assert {
    condition     = google_firestore_index.this["devices search:CONTAINS last_seen:DESCENDING"].fields[0].array_config == "CONTAINS"
    error_message = "The search has no index."
  }
  assert {
    condition     = one(google_firestore_field.this["actions wake_at"].index_config[0].indexes).query_scope == "COLLECTION_GROUP"
    error_message = "The timer's query over all enterprises has no index."
  }
  assert {
    condition     = length(google_firestore_field.this["passcodes expire_at"].ttl_config) == 1 && length(google_firestore_field.this["passcodes expire_at"].index_config[0].indexes) == 0
    error_message = "Passcodes expire, by a field without an index."
  }
  assert {
    condition     = length(google_firestore_field.this["passcodes *"].index_config) == 1 && length(google_firestore_field.this["passcodes *"].ttl_config) == 0
    error_message = "Nothing else of a passcode is indexed."
  }
}

run "the_key_cannot_be_lost_by_mistake" {
  command = plan

  module {
    source = "./modules/store"
  }

  assert {
    condition     = google_kms_crypto_key.passcodes.deletion_policy == "PREVENT"
    error_message = "Destroying the key destroys every passcode."
  }
  assert {
    condition     = google_kms_crypto_key.passcodes.rotation_period == "7776000s"
    error_message = "The key is rotated every 90 days."
  }
}

run "nobody_both_encrypts_and_decrypts" {
  command = plan

  module {
    source = "./modules/store"
  }

  variables {
    decrypters = { reset_passcode = "serviceAccount:a@example.iam.gserviceaccount.com" }
  }

  expect_failures = [var.decrypters]
}

run "the_api_key_is_read_by_its_one_reader" {
  command = plan

  module {
    source = "./modules/store"
  }

  assert {
    condition     = keys(google_secret_manager_secret_iam_member.sendgrid) == ["notify"]
    error_message = "Only notify reads SendGrid's key."
  }
  assert {
    condition     = google_secret_manager_secret_version.sendgrid[0].secret_data == null
    error_message = "The key would be kept in the state."
  }
  assert {
    condition     = google_secret_manager_secret_version.sendgrid[0].deletion_policy == "DISABLE"
    error_message = "The version before could not be gone back to."
  }
  assert {
    condition     = one(google_secret_manager_secret.sendgrid[0].replication[0].user_managed[0].replicas).location == "europe-west1"
    error_message = "The key is kept in its region."
  }
}

run "without_sendgrid_there_is_no_secret" {
  command = plan

  module {
    source = "./modules/store"
  }

  variables {
    sendgrid_key         = null
    sendgrid_key_version = 0
  }

  assert {
    condition     = length(google_secret_manager_secret.sendgrid) == 0 && output.sendgrid_secret == null
    error_message = "There is nothing to keep."
  }
}
