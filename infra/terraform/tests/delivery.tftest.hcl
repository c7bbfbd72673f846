# What a workflow of GitHub may do. Every provider is mocked: nothing is asked, nothing is made.

mock_provider "google" {
  override_during = plan

  mock_resource "google_service_account" {
    defaults = {
      member = "serviceAccount:stage@example-passcodes-prod.iam.gserviceaccount.com"
      name   = "projects/example-passcodes-prod/serviceAccounts/stage@example-passcodes-prod.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_iam_workload_identity_pool" {
    defaults = {
      name = "projects/123456789012/locations/global/workloadIdentityPools/github"
    }
  }
}

variables {
  project_id   = "example-passcodes-prod"
  state_bucket = "example-passcodes-prod-tfstate"
  bundles      = "example-passcodes-prod-bundles"
  accounts = {
    "notify run" = "projects/example-passcodes-prod/serviceAccounts/notify-run@example-passcodes-prod.iam.gserviceaccount.com"
    build        = "projects/example-passcodes-prod/serviceAccounts/passcode-reset-build@example-passcodes-prod.iam.gserviceaccount.com"
  }
  github = {
    repository    = "example/passcode-reset"
    repository_id = "123456789"
    plan_ref      = "refs/heads/main"
    apply_ref     = "refs/tags/v"
    environment   = "production"
  }
}

run "only_this_repository_comes_in" {
  command = plan

  module {
    source = "./modules/delivery"
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.repository_id == '123456789' && attribute.stage in ['plan', 'apply']"
    error_message = "By its number, and for a stage."
  }
  assert {
    condition     = strcontains(google_iam_workload_identity_pool_provider.github.attribute_mapping["attribute.stage"], "assertion.ref_type == 'tag' && assertion.ref.startsWith('refs/tags/v') ? 'apply'")
    error_message = "Only a tag in the environment applies."
  }
  assert {
    condition = google_iam_workload_identity_pool_provider.github.attribute_mapping == tomap({
      "google.subject"          = "assertion.repository_id + ':' + assertion.run_id" # of names it may be longer than Google takes
      "attribute.repository_id" = "assertion.repository_id"
      "attribute.stage" = join(" : ", [
        "assertion.event_name == 'pull_request' && !has(assertion.environment) ? 'plan'",
        "assertion.event_name in ['push', 'workflow_dispatch', 'schedule'] && !has(assertion.environment) && (assertion.ref == 'refs/heads/main' || assertion.ref_type == 'tag' && assertion.ref.startsWith('refs/tags/v')) ? 'plan'",
        "assertion.event_name in ['push', 'workflow_dispatch'] && has(assertion.environment) && assertion.environment == 'production' && assertion.ref_type == 'tag' && assertion.ref.startsWith('refs/tags/v') ? 'apply'",
        "'none'",
      ])
    })
    error_message = "A run is told by what GitHub signs of it, and by all of it."
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.github.oidc[0].issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "Whoever else signs could be any repository."
  }
  assert {
    condition     = !strcontains(google_iam_workload_identity_pool_provider.github.attribute_mapping["attribute.stage"], "pull_request_target")
    error_message = "Foreign code with our rights is no stage."
  }
  assert {
    condition     = { for stage, grant in google_service_account_iam_member.workflow : stage => grant.member } == { for stage in ["plan", "apply"] : stage => "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github/attribute.stage/${stage}" }
    error_message = "Each account is for its stage alone."
  }
}

run "plan_reads_settings_and_no_data" {
  command = plan

  module {
    source = "./modules/delivery"
  }

  assert {
    condition = alltrue([
      for key, grant in google_project_iam_member.stage : can(regex("[vV]iewer$|\\.reader$|serviceUsageConsumer$", grant.role)) if startswith(key, "plan ")
    ])
    error_message = "Plan has roles that read."
  }
  assert {
    condition     = length(setintersection([for grant in google_project_iam_member.stage : grant.role], ["roles/viewer", "roles/editor", "roles/owner", "roles/datastore.viewer", "roles/iam.securityReviewer", "roles/logging.viewer", "roles/secretmanager.secretAccessor"])) == 0
    error_message = "No role that reads documents, logs or secrets."
  }
  assert {
    condition     = google_storage_bucket_iam_member.lock.condition[0].expression == "resource.name.endsWith(\".tflock\")" && google_storage_bucket_iam_member.state["plan"].role == "roles/storage.objectViewer"
    error_message = "Plan writes the lock and nothing else."
  }
}

run "apply_gives_nobody_rights" {
  command = plan

  module {
    source = "./modules/delivery"
  }

  assert {
    condition = length(setintersection([for grant in google_project_iam_member.stage : grant.role], [
      "roles/cloudkms.admin", "roles/iam.roleAdmin", "roles/iam.serviceAccountAdmin", "roles/iam.serviceAccountTokenCreator", "roles/iam.serviceAccountUser", "roles/iam.workloadIdentityPoolAdmin", "roles/resourcemanager.projectIamAdmin", "roles/secretmanager.admin",
    ])) == 0
    error_message = "A person applies what changes rights, keys, accounts and secrets."
  }
  assert {
    condition     = tomap({ for use, grant in google_service_account_iam_member.acts_as : use => grant.service_account_id }) == var.accounts && alltrue([for grant in google_service_account_iam_member.acts_as : grant.role == "roles/iam.serviceAccountUser"])
    error_message = "It acts as the functions' accounts, one by one, never as every account of the project."
  }
}

run "a_branch_is_no_tag" {
  command = plan

  module {
    source = "./modules/delivery"
  }

  variables {
    github = {
      repository    = "example/passcode-reset"
      repository_id = "123456789"
      plan_ref      = "refs/heads/main"
      apply_ref     = "refs/heads/main"
      environment   = "production"
    }
  }

  expect_failures = [var.github]
}

run "no_quotes_into_the_expression" {
  command = plan

  module {
    source = "./modules/delivery"
  }

  variables {
    github = {
      repository    = "example/passcode-reset"
      repository_id = "123456789"
      plan_ref      = "refs/heads/main"
      apply_ref     = "refs/tags/v"
      environment   = "production' || true || '"
    }
  }

  expect_failures = [var.github]
}
