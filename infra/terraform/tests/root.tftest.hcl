# The whole, from the smallest set of variables. Every provider is mocked: nothing is asked and nothing is made.

mock_provider "google" {
  override_during = plan
}

mock_provider "google-beta" {
  override_during = plan

  mock_resource "google_project_service_identity" {
    defaults = {
      email = "service-123456789012@gcp-sa-agent.iam.gserviceaccount.com"
    }
  }
}

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

override_module {
  target          = module.edge
  override_during = plan

  outputs = {
    dns_records  = []
    url_map_name = "console"
    audiences = {
      console         = "/projects/123456789012/global/backendServices/1"
      reset_passcode  = "/projects/123456789012/global/backendServices/2"
      reveal_passcode = "/projects/123456789012/global/backendServices/3"
    }
  }
}

run "there_are_eight_functions" {
  command = plan

  assert {
    condition     = length(module.function) == 8 && keys(local.functions) == keys(local.rights)
    error_message = "Each function has one row of rights and one of settings."
  }
  assert {
    condition     = alltrue([for function, service in local.services : !strcontains(service, "_")])
    error_message = "Cloud Run takes no underscores in the name of a service."
  }
}

run "only_web_functions_are_reached_from_outside" {
  command = plan

  assert {
    condition     = toset([for function, row in local.functions : function if row.ingress != "ALLOW_INTERNAL_ONLY"]) == toset(["console", "reset_passcode", "reveal_passcode"])
    error_message = "Only console, reset_passcode and reveal_passcode stand behind the load balancer."
  }
  assert {
    condition     = toset([for function, right in local.rights : function if right.invoker == "iap"]) == toset([for function, row in local.functions : function if row.kind == "web"])
    error_message = "Web functions are invoked by IAP's agent, all others by an account of their own."
  }
}

run "what_parses_the_internet_cannot_wipe_phones" {
  command = plan

  assert {
    condition     = alltrue([for function, right in local.rights : !(right.amapi && right.invoker == "iap")])
    error_message = "AMAPI's one right holds everything; a web function must not have it."
  }
}

run "settings_fit_what_the_code_assumes" {
  command = plan

  assert {
    condition     = alltrue([for function in ["issue_command", "notify"] : local.functions[function].timeout_s >= 60 + 45 && local.functions[function].timeout_s < 600])
    error_message = "A call may begin 60 s after its claim and takes up to 45 s; it must end before Pub/Sub delivers again."
  }
  assert {
    condition     = local.functions["poll_status"].timeout_s > 40 && local.functions["poll_status"].timeout_s < 55
    error_message = "A run stops after 40 s, Scheduler waits 55 s."
  }
  assert {
    condition     = local.functions["issue_command"].max_instances * local.functions["issue_command"].concurrency == 2
    error_message = "issue_command makes two calls at once and no more."
  }
  assert {
    condition     = local.functions["sync_devices"].timeout_s == 300 && local.functions["sync_devices"].memory == "1Gi"
    error_message = "A run of sync_devices reads 100 pages, and holds the digests of a whole fleet twice."
  }
}

run "environment_of_the_laptop_stays_there" {
  command = plan

  assert {
    condition = length(setintersection(
      toset(flatten([for function, row in local.functions : keys(row.environment)])),
      ["LOCAL_KEY_FILE", "BUS_URL", "FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "IDENTITY_CERTS_URL", "AMAPI_ENDPOINT", "SENDGRID_HOST", "SES_ENDPOINT"],
    )) == 0
    error_message = "A variable of the laptop stack is set in the cloud."
  }
}

run "each_web_function_takes_its_own_audience" {
  command = plan

  assert {
    condition     = alltrue([for function, audience in module.edge.audiences : local.functions[function].environment["IDENTITY_AUDIENCE"] == audience])
    error_message = "IAP signs another audience for each backend."
  }
  assert {
    condition     = alltrue([for function in ["console", "reset_passcode", "reveal_passcode"] : local.functions[function].environment["CONSOLE_URL"] == "https://passcodes.example.com"])
    error_message = "Requests are compared with the console's address."
  }
}

run "rights_on_a_restored_database_are_waited_for" {
  command = plan

  variables {
    firestore_database = "passcode-reset-2"
  }

  assert {
    condition     = time_sleep.rights_have_spread.triggers["database"] == "passcode-reset-2"
    error_message = "Functions would turn to the new database before they may."
  }
}

run "mail_by_sendgrid_alone_is_the_default" {
  command = plan

  assert {
    condition     = contains(keys(local.functions["notify"].secret_environment), "SENDGRID_API_KEY") && !contains(keys(local.functions["notify"].environment), "SES_REGION")
    error_message = "Without ses, notify mails through SendGrid."
  }
  assert {
    condition     = [for function, row in local.functions : function if length(row.secret_environment) > 0] == ["notify"]
    error_message = "Only notify reads a secret."
  }
}

run "mail_by_ses_alone" {
  command = plan

  variables {
    sendgrid_api_key_version = 0
    ses                      = { region = "eu-west-1", role_arn = "arn:aws:iam::123456789012:role/passcode-reset-mail", audience = "passcode-reset-mail" }
  }

  assert {
    condition     = length(local.functions["notify"].secret_environment) == 0 && local.functions["notify"].environment["SES_AUDIENCE"] == "passcode-reset-mail"
    error_message = "Without SendGrid there is no secret, and SES is used by a role."
  }
}

run "horizon_covers_backups" {
  command = plan

  variables {
    backups = { daily_days = 10, weekly_weeks = 0 }
  }

  assert {
    condition     = output.passcode_horizon_days == 10
    error_message = "What is overwritten can come back from the oldest backup."
  }
}
