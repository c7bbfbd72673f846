# One function, whatever its kind.

mock_provider "google" {}

variables {
  project_id       = "example-passcodes-prod"
  region           = "europe-west1"
  name             = "issue-command"
  entry_point      = "issue_command"
  bundle           = { file = "issue-command-0123456789abcdef.zip", path = "tests/bundles/manifest.json" }
  bundle_bucket    = "example-passcodes-prod-bundles"
  image_repository = "projects/example-passcodes-prod/locations/europe-west1/repositories/passcode-reset"
  build_account    = "projects/example-passcodes-prod/serviceAccounts/build@example.iam.gserviceaccount.com"
  runtime_account  = "issue-command-run@example.iam.gserviceaccount.com"
  invoker          = "serviceAccount:issue-command-invoke@example.iam.gserviceaccount.com"
  labels           = { function = "issue-command" }
  settings = {
    kind               = "push"
    memory             = "512Mi"
    cpu                = "1"
    concurrency        = 2
    timeout_s          = 120
    max_instances      = 1
    min_instances      = 0
    ingress            = "ALLOW_INTERNAL_ONLY"
    environment        = { EVENT_TOPIC = "passcode-reset-events" }
    secret_environment = {}
  }
}

run "it_is_built_and_run_as_told" {
  command = plan

  module {
    source = "./modules/function"
  }

  assert {
    condition     = google_cloudfunctions2_function.this.build_config[0].entry_point == "issue_command" && google_cloudfunctions2_function.this.name == "issue-command"
    error_message = "The service has hyphens, the entry point underscores."
  }
  assert {
    condition     = google_cloudfunctions2_function.this.build_config[0].service_account == var.build_account && google_cloudfunctions2_function.this.build_config[0].docker_repository == var.image_repository
    error_message = "The default account and repository must not be used."
  }
  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].environment_variables["THREADS"] == "2" && google_cloudfunctions2_function.this.service_config[0].max_instance_request_concurrency == 2
    error_message = "As many threads as requests at a time."
  }
  assert {
    condition     = google_cloudfunctions2_function.this.build_config[0].runtime == "python311" && length(google_cloudfunctions2_function.this.build_config[0].automatic_update_policy) == 1
    error_message = "The locked packages are for Python 3.11, and patches of the base image come by themselves."
  }
  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].available_memory == "512Mi" && google_cloudfunctions2_function.this.service_config[0].min_instance_count == 0 && google_cloudfunctions2_function.this.service_config[0].all_traffic_on_latest_revision
    error_message = "Left out, Google's own defaults count: 256 MB, and traffic that stays where somebody put it."
  }
  assert {
    condition     = google_cloudfunctions2_function.this.labels == tomap({ function = "issue-command" })
    error_message = "Costs are told apart by function."
  }
  assert {
    condition     = length(google_cloudfunctions2_function.this.event_trigger) == 0
    error_message = "A trigger would make a subscription that nobody sees here."
  }
  assert {
    condition     = google_storage_bucket_object.bundle.name == "issue-command-0123456789abcdef.zip" && google_storage_bucket_object.bundle.source == "tests/bundles/manifest.json"
    error_message = "The name bears the hash, so that new content is a new object."
  }
}

run "it_is_built_from_the_very_object" {
  command = plan

  module {
    source = "./modules/function"
  }

  override_resource {
    target          = google_storage_bucket_object.bundle
    values          = { generation = 1732400000000000 }
    override_during = plan
  }

  assert {
    condition     = google_cloudfunctions2_function.this.build_config[0].source[0].storage_source[0].generation == 1732400000000000
    error_message = "The provider would remember the generation of Cloud Functions' own copy."
  }
}

run "one_account_calls_it" {
  command = plan

  module {
    source = "./modules/function"
  }

  assert {
    condition     = google_cloud_run_v2_service_iam_member.caller["duty"].role == "roles/run.invoker" && google_cloud_run_v2_service_iam_member.caller["duty"].member == var.invoker
    error_message = "The invoker's right is on the Cloud Run service."
  }
  assert {
    condition     = keys(google_cloud_run_v2_service_iam_member.caller) == ["duty"]
    error_message = "Nobody else calls it."
  }
}

run "who_else_may_call_it_is_named" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    also_called_by = { watch = "serviceAccount:watch@example-passcodes-prod.iam.gserviceaccount.com" }
  }

  assert {
    condition     = { for why, grant in google_cloud_run_v2_service_iam_member.caller : why => grant.member } == { duty = var.invoker, watch = var.also_called_by.watch }
    error_message = "One grant each."
  }
}

run "the_public_does_not_call_it" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    invoker        = "allUsers"
    also_called_by = { everybody = "allAuthenticatedUsers" }
  }

  expect_failures = [var.invoker, var.also_called_by]
}

run "a_secret_comes_by_its_number" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    settings = merge(var.settings, { secret_environment = { SENDGRID_API_KEY = { secret = "sendgrid-api-key", version = "3" } } })
  }

  assert {
    condition     = one(google_cloudfunctions2_function.this.service_config[0].secret_environment_variables).version == "3"
    error_message = "latest would be read at some later start."
  }
}

run "a_worker_is_not_reached_from_outside" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    settings = merge(var.settings, { ingress = "ALLOW_ALL" })
  }

  expect_failures = [var.settings]
}

run "a_push_ends_before_it_is_delivered_again" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    settings = merge(var.settings, { timeout_s = 600 })
  }

  expect_failures = [var.settings]
}
