resource "google_service_account" "runtime" {
  for_each = var.services

  project      = var.project_id
  account_id   = "${each.value}-run"
  display_name = "Runs ${each.value}"
}

resource "google_service_account" "invoker" {
  for_each = { for function in var.invoked_by_account : function => var.services[function] }

  project      = var.project_id
  account_id   = "${each.value}-invoke"
  display_name = "Calls ${each.value}"
}

# The default account that Cloud Build would take can edit the whole project, and new projects do not have it.
resource "google_service_account" "build" {
  project      = var.project_id
  account_id   = "passcode-reset-build"
  display_name = "Builds the functions' images"
}
