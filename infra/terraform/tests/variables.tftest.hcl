# Every wrong value is refused, by the variable's name; a run fails if only one of its values passes.

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

run "where_it_runs" {
  command = plan

  variables {
    project_id         = "123456789012"
    project_number     = "example-passcodes-prod"
    environment        = "Production!"
    region             = "europe-west1-b"
    scheduler_region   = "eu"
    firestore_location = "europe-west1-b"
    firestore_database = "(default)"
    console_domain     = "https://passcodes.example.com"
    labels             = { Team = "it" }
  }

  expect_failures = [
    var.project_id,
    var.project_number,
    var.environment,
    var.region,
    var.scheduler_region,
    var.firestore_location,
    var.firestore_database,
    var.console_domain,
    var.labels,
  ]
}

run "who_mails_and_is_told" {
  command = plan

  variables {
    email_from       = "Passcodes <passcodes@example.com>"
    sendgrid_api_key = "AKIAEXAMPLE"
    ses              = { region = "eu-west-1", role_arn = "arn:aws:iam::123456789012:user/mail", audience = "a" }
    alert_emails     = []
    runbook_base_url = "http://wiki.example.com"
  }

  expect_failures = [
    var.email_from,
    var.sendgrid_api_key,
    var.ses,
    var.alert_emails,
    var.runbook_base_url,
  ]
}

run "what_it_keeps_and_costs" {
  command = plan

  variables {
    budget             = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 9.5, currency = "EUR" }
    min_instances      = 6
    log_level          = "TRACE"
    log_retention_days = 7
    backups            = { weekly_weeks = 15 }
  }

  expect_failures = [
    var.budget,
    var.min_instances,
    var.log_level,
    var.log_retention_days,
    var.backups,
  ]
}

run "what_lies_elsewhere" {
  command = plan

  variables {
    dns_zone                 = { project_id = "example-dns", managed_zone = "example.com" }
    iap_programmatic_clients = ["script@example-passcodes-prod.iam.gserviceaccount.com"]
    audit_project_id         = "123456789012"
    state_bucket             = "gs://example-passcodes-prod-tfstate"
  }

  expect_failures = [
    var.dns_zone,
    var.iap_programmatic_clients,
    var.audit_project_id,
    var.state_bucket,
  ]
}

run "strangers_are_refused" {
  command = plan

  variables {
    console_members  = ["allUsers"]
    iap_oauth_client = { client_id = "abc", secret_version = 1 }
    github           = { repository = "example/passcode-reset", repository_id = "passcode-reset" }
  }

  expect_failures = [
    var.console_members,
    var.iap_oauth_client,
    var.github,
  ]
}

run "everybody_with_an_account_is_refused" {
  command = plan

  variables {
    console_members = ["group:it-support@example.com", "allAuthenticatedUsers"]
  }

  expect_failures = [
    var.console_members,
  ]
}

run "nobody_at_all_is_refused" {
  command = plan

  variables {
    console_members = []
  }

  expect_failures = [
    var.console_members,
  ]
}

run "some_mail_provider_is_needed" {
  command = plan

  variables {
    sendgrid_api_key_version = 0
  }

  expect_failures = [
    var.sendgrid_api_key_version,
  ]
}
