# Services, agents, audit, budget, images and bundles.

mock_provider "google" {}

mock_provider "google-beta" {}

mock_provider "time" {}

variables {
  project_id           = "example-passcodes-prod"
  project_number       = "123456789012"
  enforce_org_policies = false
  budget               = null
  budget_name          = "passcode-reset production"
  budget_channels      = []
}

run "turning_a_service_off_is_never_ours_to_do" {
  command = plan

  module {
    source = "./modules/project"
  }

  assert {
    condition     = alltrue([for service in concat(values(google_project_service.basic), values(google_project_service.this)) : !service.disable_on_destroy])
    error_message = "Destroying would turn a service off, with the data of others."
  }
  assert {
    condition     = keys(google_project_service_identity.this) == ["iap", "pubsub"]
    error_message = "The agents of IAP and Pub/Sub are not made by turning them on."
  }
  assert {
    condition     = keys(google_project_iam_audit_config.this) == ["cloudkms.googleapis.com", "iap.googleapis.com", "secretmanager.googleapis.com"]
    error_message = "Who used the key, read the secret or was let in must be logged."
  }
}

run "a_budget_and_policies_when_asked_for" {
  command = plan

  module {
    source = "./modules/project"
  }

  variables {
    enforce_org_policies = true
    budget               = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 100, currency = "EUR" }
  }

  assert {
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].units == "100" && google_billing_budget.this[0].budget_filter[0].projects == toset(["projects/123456789012"])
    error_message = "The budget is of this project, by its number."
  }
  assert {
    condition     = contains(keys(google_org_policy_policy.booleans), "iam.disableServiceAccountKeyCreation") && length(google_org_policy_policy.allowed_values) == 2
    error_message = "Policies are set where they are asked for."
  }
}

run "bundles_and_images_are_private_and_tidied" {
  command = plan

  module {
    source = "./modules/artifacts"
  }

  variables {
    region  = "europe-west1"
    builder = "serviceAccount:build@example.iam.gserviceaccount.com"
  }

  assert {
    condition     = google_storage_bucket.bundles.public_access_prevention == "enforced" && google_storage_bucket.bundles.uniform_bucket_level_access
    error_message = "What functions are built from must not be public."
  }
  assert {
    condition     = !google_artifact_registry_repository.images.cleanup_policy_dry_run && toset([for policy in google_artifact_registry_repository.images.cleanup_policies : policy.action]) == toset(["KEEP", "DELETE"])
    error_message = "Old images are deleted, five stay."
  }
}
