locals {
  # What a run may do, from claims that GitHub signs. A pull request from a fork gets no token from GitHub at all; and
  # pull_request_target, which runs with the base's rights on foreign code, is no stage.
  # Source: https://docs.github.com/en/actions/reference/security/oidc
  stage = join(" : ", [
    "assertion.event_name == 'pull_request' && !has(assertion.environment) ? 'plan'",
    "assertion.event_name in ['push', 'workflow_dispatch', 'schedule'] && !has(assertion.environment) && (assertion.ref == '${var.github.plan_ref}' || assertion.ref_type == 'tag' && assertion.ref.startsWith('${var.github.apply_ref}')) ? 'plan'",
    "assertion.event_name in ['push', 'workflow_dispatch'] && has(assertion.environment) && assertion.environment == '${var.github.environment}' && assertion.ref_type == 'tag' && assertion.ref.startsWith('${var.github.apply_ref}') ? 'apply'",
    "'none'",
  ])
}

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project_id
  workload_identity_pool_id = "github"
  display_name              = "GitHub Actions"
  description               = "Workflows of ${var.github.repository}"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  #checkov:skip=CKV_GCP_125:It looks for one exact subject; subjects differ by tag and pull request, so claims are named
  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  # The subject is what audit logs call a run; rights hang on the stage. GitHub's own sub holds names of any length, and
  # Google refuses tokens whose subject is longer than 127 bytes.
  # Source: https://github.com/google-github-actions/auth/blob/main/docs/TROUBLESHOOTING.md
  attribute_mapping = {
    "google.subject"          = "assertion.repository_id + ':' + assertion.run_id"
    "attribute.repository_id" = "assertion.repository_id"
    "attribute.stage"         = local.stage
  }

  # GitHub signs for all its repositories, so without a condition any of them could come in. By number: a name that
  # was given up can be taken by somebody else.
  attribute_condition = "assertion.repository_id == '${var.github.repository_id}' && attribute.stage in ['plan', 'apply']"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "stage" {
  for_each = toset(["plan", "apply"])

  project      = var.project_id
  account_id   = "passcode-reset-${each.key}"
  display_name = "GitHub: terraform ${each.key}"
}

# No keys: a workflow's token is changed for the account's, for an hour.
resource "google_service_account_iam_member" "workflow" {
  for_each = google_service_account.stage

  service_account_id = each.value.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.stage/${each.key}"
}
