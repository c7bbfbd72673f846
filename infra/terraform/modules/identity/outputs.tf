output "runtime_emails" {
  description = "By entry point, the address of the account that the function runs as."
  value       = { for function, account in google_service_account.runtime : function => account.email }
}

output "runtime_members" {
  description = "By entry point, the same account as IAM member."
  value       = { for function, account in google_service_account.runtime : function => account.member }
}

output "runtime_unique_ids" {
  description = "By entry point, the account's number: what AWS sees as subject of its tokens."
  value       = { for function, account in google_service_account.runtime : function => account.unique_id }
}

output "invoker_emails" {
  description = "By entry point, the address of the account that calls the function."
  value       = { for function, account in google_service_account.invoker : function => account.email }
}

output "invoker_members" {
  description = "By entry point, the same account as IAM member."
  value       = { for function, account in google_service_account.invoker : function => account.member }
}

output "build_account" {
  description = "The account that builds: address, IAM member and full name."
  value = {
    email  = google_service_account.build.email
    member = google_service_account.build.member
    name   = google_service_account.build.name
  }
}
