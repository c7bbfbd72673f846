# Accounts and what is granted on the project.

mock_provider "google" {}

variables {
  project_id         = "example-passcodes-prod"
  services           = { notify = "notify", issue_command = "issue-command", console = "console" }
  invoked_by_account = ["notify", "issue_command"]
  database           = "passcode-reset"
  store_writers      = ["notify", "issue_command"]
  store_readers      = ["console"]
  amapi_users        = ["issue_command"]
}

run "each_function_has_an_account_of_its_own" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = length(distinct([for account in google_service_account.runtime : account.account_id])) == 3
    error_message = "Two functions share an account."
  }
  assert {
    condition     = google_service_account.runtime["issue_command"].account_id == "issue-command-run" && google_service_account.invoker["issue_command"].account_id == "issue-command-invoke"
    error_message = "Accounts are called after the service."
  }
}

run "nobody_deletes_documents" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = google_project_iam_custom_role.store_writer.permissions == toset(["datastore.entities.create", "datastore.entities.get", "datastore.entities.list", "datastore.entities.update"])
    error_message = "A writer reads, creates and updates, and does nothing else."
  }
  assert {
    condition     = [for member in google_project_iam_member.store_reader : member.role] == ["roles/datastore.viewer"]
    error_message = "The console only reads."
  }
}

run "store_rights_end_at_the_database" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition = alltrue([for member in concat(values(google_project_iam_member.store_writer), values(google_project_iam_member.store_reader)) :
    member.condition[0].expression == "resource.name == \"projects/example-passcodes-prod/databases/passcode-reset\""])
    error_message = "A right is on every database of the project."
  }
}

run "amapi_is_for_those_who_are_named" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = keys(google_project_iam_member.amapi_user) == ["issue_command"]
    error_message = "AMAPI's right holds everything."
  }
}
