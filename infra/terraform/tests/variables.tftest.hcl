# Every wrong value is refused by name before anything is planned.

mock_provider "google" {}

mock_provider "google-beta" {}

mock_provider "time" {}

variables {
  project_id         = "example-passcodes-prod"
  project_number     = "123456789012"
  environment        = "production"
  region             = "europe-west1"
  firestore_location = "europe-west1"
  console_domain     = "passcodes.example.com"
  console_members    = ["group:it-support@example.com"]
  email_from         = "passcodes@example.com"
  alert_emails       = ["oncall@example.com"]
  runbook_base_url   = "https://github.com/example/passcode-reset/blob/main"
  bundles_dir        = "tests/bundles"
}

run "project_id_is_no_number" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "project_number_is_no_id" {
  command = plan

  variables {
    project_number = "example-passcodes-prod"
  }

  expect_failures = [var.project_number]
}

run "environment_is_a_label" {
  command = plan

  variables {
    environment = "Production!"
  }

  expect_failures = [var.environment]
}

run "region_is_no_zone" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "scheduler_region_is_no_multi_region" {
  command = plan

  variables {
    scheduler_region = "eu"
  }

  expect_failures = [var.scheduler_region]
}

run "firestore_location_is_no_zone" {
  command = plan

  variables {
    firestore_location = "europe-west1-b"
  }

  expect_failures = [var.firestore_location]
}

run "database_of_everybody_is_refused" {
  command = plan

  variables {
    firestore_database = "(default)"
  }

  expect_failures = [var.firestore_database]
}

run "console_domain_is_no_address" {
  command = plan

  variables {
    console_domain = "https://passcodes.example.com"
  }

  expect_failures = [var.console_domain]
}

run "all_users_are_refused" {
  command = plan

  variables {
    console_members = ["allUsers"]
  }

  expect_failures = [var.console_members]
}

run "all_authenticated_users_are_refused" {
  command = plan

  variables {
    console_members = ["group:it-support@example.com", "allAuthenticatedUsers"]
  }

  expect_failures = [var.console_members]
}

run "nobody_is_refused" {
  command = plan

  variables {
    console_members = []
  }

  expect_failures = [var.console_members]
}

run "oauth_client_is_googles" {
  command = plan

  variables {
    iap_oauth_client = { client_id = "abc", secret_version = 1 }
  }

  expect_failures = [var.iap_oauth_client]
}

run "repository_id_is_a_number" {
  command = plan

  variables {
    github = { repository = "example/passcode-reset", repository_id = "passcode-reset" }
  }

  expect_failures = [var.github]
}

run "labels_are_lower_case" {
  command = plan

  variables {
    labels = { Team = "it" }
  }

  expect_failures = [var.labels]
}

run "sender_is_plain" {
  command = plan

  variables {
    email_from = "Passcodes <passcodes@example.com>"
  }

  expect_failures = [var.email_from]
}

run "api_key_of_another_service_is_refused" {
  command = plan

  variables {
    sendgrid_api_key = "AKIAEXAMPLE"
  }

  expect_failures = [var.sendgrid_api_key]
}

run "some_mail_provider_is_needed" {
  command = plan

  variables {
    sendgrid_api_key_version = 0
  }

  expect_failures = [var.sendgrid_api_key_version]
}

run "ses_takes_no_user" {
  command = plan

  variables {
    ses = { region = "eu-west-1", role_arn = "arn:aws:iam::123456789012:user/mail", audience = "a" }
  }

  expect_failures = [var.ses]
}

run "somebody_is_alerted" {
  command = plan

  variables {
    alert_emails = []
  }

  expect_failures = [var.alert_emails]
}

run "budget_is_whole" {
  command = plan

  variables {
    budget = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 9.5, currency = "EUR" }
  }

  expect_failures = [var.budget]
}

run "warm_instances_are_below_the_cap" {
  command = plan

  variables {
    min_instances = 6
  }

  expect_failures = [var.min_instances]
}

run "log_level_is_known" {
  command = plan

  variables {
    log_level = "TRACE"
  }

  expect_failures = [var.log_level]
}

run "logs_are_kept_a_month" {
  command = plan

  variables {
    log_retention_days = 7
  }

  expect_failures = [var.log_retention_days]
}

run "backups_end" {
  command = plan

  variables {
    backups = { weekly_weeks = 15 }
  }

  expect_failures = [var.backups]
}

run "runbook_is_linked_by_https" {
  command = plan

  variables {
    runbook_base_url = "http://wiki.example.com"
  }

  expect_failures = [var.runbook_base_url]
}
