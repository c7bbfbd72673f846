provider "google" {
  project        = var.project_id
  region         = var.region
  default_labels = local.labels

  # Budgets and organisation policies refuse calls of a person that name no project to be counted for.
  billing_project       = var.project_id
  user_project_override = true
}

# Only for google_project_service_identity, which the other provider does not have.
provider "google-beta" {
  project               = var.project_id
  region                = var.region
  default_labels        = local.labels
  billing_project       = var.project_id
  user_project_override = true
}
