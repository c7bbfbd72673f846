# What it mails, watches, keeps and may cost.

variable "email_from" {
  description = "Sender of the mails; SendGrid or Amazon SES must know it as verified."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._+-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,63}$", var.email_from))
    error_message = "email_from is a plain address such as passcodes@example.com, without a display name."
  }
}

variable "sendgrid_api_key" {
  description = "SendGrid's API key, with the right Mail Send alone. Give it as TF_VAR_sendgrid_api_key at the apply that sets or changes it; it is not kept in plan or state."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.sendgrid_api_key == null || can(regex("^SG\\.[A-Za-z0-9_.-]{20,}$", var.sendgrid_api_key))
    error_message = "sendgrid_api_key begins with SG. and is one line; it is not shown here."
  }
}

variable "sendgrid_api_key_version" {
  description = "Raise it by one together with each new sendgrid_api_key; 0 leaves SendGrid out (then ses is needed)."
  type        = number
  default     = 1

  validation {
    condition     = var.sendgrid_api_key_version >= 0 && floor(var.sendgrid_api_key_version) == var.sendgrid_api_key_version
    error_message = "sendgrid_api_key_version is a whole number, 0 or more."
  }

  validation {
    condition     = var.sendgrid_api_key_version > 0 || var.ses != null
    error_message = "One mail provider is needed: sendgrid_api_key_version of 1 or more, or ses."
  }
}

variable "ses" {
  description = "Amazon SES as second provider, or as the only one: region, the role made by aws_ses, and the audience that the role trusts. null leaves it out."
  type = object({
    region   = string
    role_arn = string
    audience = string
  })
  default = null

  validation {
    condition     = var.ses == null || try(can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.ses.region)) && can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", var.ses.role_arn)) && can(regex("^\\S{1,255}$", var.ses.audience)), false)
    error_message = "ses is {region = \"eu-west-1\", role_arn = \"arn:aws:iam::123456789012:role/…\", audience = \"…\"}; static keys are not taken."
  }
}

variable "alert_emails" {
  description = "Who is mailed by alerts, and by the budget (its first five)."
  type        = list(string)

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails names at least one address: an alert that nobody gets is none."
  }

  # Source: https://cloud.google.com/monitoring/quotas (notification channels per alerting policy)
  validation {
    condition     = length(distinct(var.alert_emails)) <= 16
    error_message = "alert_emails names at most 16 addresses, as many as an alert policy takes: use a group's."
  }
}

variable "budget" {
  description = "Monthly budget that warns and never stops anything; null for none. Who applies then needs roles/billing.costsManager on the billing account, who plans roles/billing.viewer."
  type = object({
    billing_account = string
    monthly_amount  = number
    currency        = string
  })
  default = null

  validation {
    condition     = var.budget == null || try(can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account)) && can(regex("^[A-Z]{3}$", var.budget.currency)) && var.budget.monthly_amount >= 1 && floor(var.budget.monthly_amount) == var.budget.monthly_amount, false)
    error_message = "budget is {billing_account = \"012345-6789AB-CDEF01\", monthly_amount = 100, currency = \"EUR\"}; the amount is a whole number, the currency the billing account's."
  }
}

variable "min_instances" {
  description = "Instances of each web function that are kept warm. 0 costs nothing and lets the first page after a pause wait for a start."
  type        = number
  default     = 0

  validation {
    condition     = contains([0, 1, 2, 3, 4, 5], var.min_instances)
    error_message = "min_instances is a whole number from 0 to 5, the cap of the smallest web function."
  }
}

variable "timers_paused" {
  description = "Lets both timers stand still: nothing is repeated, looked up, expired or synced, and what waits, waits. For a restore (docs/operations.md), never for a night."
  type        = bool
  default     = false
}

variable "log_level" {
  description = "Level of the functions' logs. DEBUG names more, never a passcode."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level is DEBUG, INFO, WARNING or ERROR."
  }
}

variable "log_retention_days" {
  description = "How long the audit log bucket keeps its entries."
  type        = number
  default     = 400

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 3650 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days is a whole number from 30 to 3650."
  }
}

variable "backups" {
  description = "How long backups of the database are kept: daily ones in days, weekly ones in weeks (0 = none). A passcode's ciphertext lives on in them."
  type = object({
    daily_days   = optional(number, 7)
    weekly_weeks = optional(number, 2)
  })
  default = {}

  validation {
    condition     = contains(range(1, 99), var.backups.daily_days) && contains(range(0, 15), var.backups.weekly_weeks)
    error_message = "backups.daily_days is 1 to 98 and backups.weekly_weeks 0 to 14: Firestore keeps no backup beyond 14 weeks."
  }
}

variable "enforce_org_policies" {
  description = "Also set organisation policies on the project (no account keys, no public buckets, allowed ingress). Needs a project inside an organisation and the role orgpolicy.policyAdmin."
  type        = bool
  default     = false
}

variable "runbook_base_url" {
  description = "Address of this repository's files as people read them, such as https://github.com/OWNER/NAME/blob/main; each alert links a section of docs/operations.md there."
  type        = string

  validation {
    condition     = can(regex("^https://[^\\s#]+$", var.runbook_base_url))
    error_message = "runbook_base_url is an https address without a #fragment."
  }
}

variable "bundles_dir" {
  description = "Folder with the functions' zips and manifest.json, as `python -m infra.bundles` makes it; relative to this folder or absolute."
  type        = string
  default     = "../../build/bundles"
}
