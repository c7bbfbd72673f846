output "console_url" {
  description = "Where people sign in, once DNS points here and the certificate is valid."
  value       = local.console_url
}

output "dns_records" {
  description = "Records to make at your DNS provider: the console's address, and the proof for its certificate."
  value       = module.edge.dns_records
}

output "kms_key" {
  description = "The key that seals passcodes. Destroying its versions makes every passcode unreadable, for ever."
  value       = module.store.kms_key_id
}

output "firestore_database" {
  description = "Name of the database."
  value       = module.store.database
}

output "passcode_horizon_days" {
  description = "Days after its overwriting during which a passcode can still be restored from a backup or the past, if its key version lives."
  value       = max(7, var.backups.daily_days, 7 * var.backups.weekly_weeks) # point-in-time recovery reaches 7 days back
}

output "notification_topic" {
  description = "The topic to name in enterprises.patch (make bootstrap does it)."
  value       = module.bus.topic_ids["notifications"]
}

output "dead_letter_subscriptions" {
  description = "Where undelivered messages lie for 7 days."
  value       = module.bus.dead_subscriptions
}

output "functions" {
  description = "By entry point: service, address and account of each function."
  value = { for function, made in module.function : function => {
    service = made.service
    uri     = made.uri
    account = made.runtime_account
  } }
}

output "notify_account" {
  description = "What an AWS role must trust to let notify send through Amazon SES: variables of aws_ses."
  value = {
    email     = module.identity.runtime_emails["notify"]
    unique_id = module.identity.runtime_unique_ids["notify"]
  }
}

output "next_commands" {
  description = "What to do after the first apply, in this order."
  value = [
    "make the records of dns_records; the certificate becomes valid within an hour or so",
    "make bootstrap ENV=${var.environment}   # enterprise, notifications, first admin",
    "open ${local.console_url}",
  ]
}
