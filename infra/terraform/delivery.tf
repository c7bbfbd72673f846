# GitHub's workflows: who plans and who applies. Made by a person's apply; no workflow can change its own rights.
module "delivery" {
  source = "./modules/delivery"
  count  = var.github == null ? 0 : 1

  project_id   = module.project.project_id
  github       = var.github
  accounts     = local.acting_accounts
  state_bucket = coalesce(var.state_bucket, "${var.project_id}-tfstate")
  bundles      = module.artifacts.bucket
}

locals {
  # Keyed by words that are known before anything is made.
  acting_emails = merge(
    { for function, email in module.identity.runtime_emails : "${function} run" => email },
    { for function, email in module.identity.invoker_emails : "${function} invoke" => email },
    { build = module.identity.build_account.email },
  )
  acting_accounts = { for use, email in local.acting_emails : use => "projects/${var.project_id}/serviceAccounts/${email}" }
}

output "github" {
  description = "Variables of the repository's workflows: workload identity provider, and the two accounts; null without github."
  value       = one(module.delivery[*].github)
}
