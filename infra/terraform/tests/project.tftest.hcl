# Services, agents, audit, budget, images and bundles.

mock_provider "google" {}

mock_provider "google-beta" {}

mock_provider "time" {}

variables {
  project_id           = "example-passcodes-prod"
  project_number       = "123456789012"
  enforce_org_policies = false
  writes_dns           = false
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
  assert {
    condition     = toset([for log in google_project_iam_audit_config.this["iap.googleapis.com"].audit_log_config : log.log_type]) == toset(["DATA_READ", "DATA_WRITE"])
    error_message = "Who lets old sign-ins through again must be logged."
  }
}

# With user_project_override each call counts for our project, whosever zone it is: the API must be on here.
run "records_in_a_zone_need_the_dns_api" {
  command = plan

  module {
    source = "./modules/project"
  }

  variables {
    writes_dns = true
  }

  assert {
    condition     = contains(keys(google_project_service.this), "dns.googleapis.com")
    error_message = "The two records are refused: Cloud DNS API has not been used in this project."
  }
}

run "a_budget_tells_at_most_five_channels" {
  command = plan

  module {
    source = "./modules/project"
  }

  variables {
    budget          = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 100, currency = "EUR" }
    budget_channels = [for number in range(7) : "projects/example-passcodes-prod/notificationChannels/${number}"]
  }

  assert {
    condition     = length(google_billing_budget.this[0].all_updates_rule[0].monitoring_notification_channels) == 5
    error_message = "The API refuses a budget with more than five channels."
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
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].currency_code == "EUR" && google_billing_budget.this[0].all_updates_rule[0].enable_project_level_recipients
    error_message = "In the billing account's currency, and its owners are told too."
  }
  assert {
    condition     = [for rule in google_billing_budget.this[0].threshold_rules : "${rule.threshold_percent} ${coalesce(rule.spend_basis, "CURRENT_SPEND")}"] == ["0.5 CURRENT_SPEND", "1 CURRENT_SPEND", "1 FORECASTED_SPEND"]
    error_message = "It warns at half, at all, and when all is foreseen."
  }
  assert {
    condition = keys(google_org_policy_policy.booleans) == [
      "iam.automaticIamGrantsForDefaultServiceAccounts", "iam.disableServiceAccountKeyCreation", "iam.disableServiceAccountKeyUpload", "storage.publicAccessPrevention", "storage.uniformBucketLevelAccess",
    ] && alltrue([for policy in google_org_policy_policy.booleans : policy.spec[0].rules[0].enforce == "TRUE"])
    error_message = "No keys of accounts, no rights for default accounts, no public bucket."
  }
  assert {
    condition = { for name, policy in google_org_policy_policy.allowed_values : name => tolist(policy.spec[0].rules[0].values[0].allowed_values) } == {
      "cloudfunctions.allowedIngressSettings" = tolist(["ALLOW_INTERNAL_AND_GCLB", "ALLOW_INTERNAL_ONLY"])
      "run.allowedIngress"                    = tolist(["internal", "internal-and-cloud-load-balancing"])
    }
    error_message = "No function is reached from outside but through the load balancer."
  }
  assert {
    condition     = alltrue([for policy in concat(values(google_org_policy_policy.booleans), values(google_org_policy_policy.allowed_values)) : policy.parent == "projects/example-passcodes-prod" && startswith(policy.name, "projects/example-passcodes-prod/policies/")])
    error_message = "The project's own policies, nobody else's."
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
    condition     = google_storage_bucket.bundles.versioning[0].enabled && one(google_storage_bucket.bundles.lifecycle_rule[0].action).type == "Delete" && one(google_storage_bucket.bundles.lifecycle_rule[0].condition).days_since_noncurrent_time == 90
    error_message = "A bundle that was replaced is there for a roll-back, for 90 days."
  }
  assert {
    condition     = lower(google_storage_bucket.bundles.location) == "europe-west1" && google_artifact_registry_repository.images.location == "europe-west1" && google_artifact_registry_repository.images.format == "DOCKER"
    error_message = "Both lie in the functions' region."
  }
  assert {
    condition     = google_project_iam_member.builder.role == "roles/storage.objectViewer" && google_project_iam_member.builder.condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-europe-west1\")"
    error_message = "Cloud Functions builds from its own copy of the bundle: without the right to read it no build works."
  }
  assert {
    condition     = !google_artifact_registry_repository.images.cleanup_policy_dry_run && toset([for policy in google_artifact_registry_repository.images.cleanup_policies : policy.action]) == toset(["KEEP", "DELETE"])
    error_message = "Old images are deleted, five stay."
  }
  assert {
    condition = alltrue([for policy in google_artifact_registry_repository.images.cleanup_policies :
    policy.action == "KEEP" ? policy.most_recent_versions[0].keep_count == 5 : one(policy.condition).older_than == "2592000s"])
    error_message = "A roll-back finds its image for 30 days, and among the last five for ever."
  }
}
