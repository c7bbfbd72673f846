output "github" {
  description = "What the workflows are told: provider and accounts."
  value = {
    workload_identity_provider = google_iam_workload_identity_pool_provider.github.name
    plan_account               = google_service_account.stage["plan"].email
    apply_account              = google_service_account.stage["apply"].email
  }
}
