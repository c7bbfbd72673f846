variable "project_id" {
  description = "Project that is watched."
  type        = string
}

variable "audit_project_id" {
  description = "Project that keeps the audit log, so that who administers the product cannot delete it; null keeps it here."
  type        = string
  default     = null
}

variable "location" {
  description = "Location of the audit log's bucket."
  type        = string
}

variable "retention_days" {
  description = "How long the audit log is kept."
  type        = number
  default     = 400

  validation {
    condition     = var.retention_days >= 30 && var.retention_days <= 3650
    error_message = "Cloud Logging keeps a bucket's entries for 1 to 3650 days; an audit log of under 30 is none."
  }
}

variable "audit_lock" {
  description = "Lock the audit log's retention. FOR EVER: it can never be undone, and the bucket only be deleted when empty."
  type        = bool
  default     = false
}

variable "services" {
  description = "Cloud Run service names by entry point."
  type        = map(string)
}

variable "web" {
  description = "Entry points that people reach: one error of theirs is one too many; the others are repeated by their caller."
  type        = list(string)
}

variable "subscriptions" {
  description = "Names of the push subscriptions."
  type        = list(string)
}

variable "dead_letter_subscriptions" {
  description = "Names of the subscriptions that hold dead letters."
  type        = list(string)
}

variable "database" {
  description = "Name of the Firestore database."
  type        = string
}

variable "url_map_name" {
  description = "Name of the load balancer's URL map."
  type        = string
}

variable "domain" {
  description = "Host name of the console."
  type        = string
}

variable "console_uri" {
  description = "The console's run.app address; an uptime check of the same project counts as internal there."
  type        = string
}

variable "metrics" {
  description = "Log-based metrics, as the code's table has them (facts.json)."
  type = list(object({
    name        = string
    description = string
    filter      = string
    value       = optional(string)
    labels      = optional(map(string), {})
    unit        = optional(string, "1")
    buckets     = optional(list(number))
  }))
  default = []

  validation {
    condition     = alltrue([for metric in var.metrics : (metric.value == null) == (metric.buckets == null)])
    error_message = "A metric with a value has buckets, and one without has none."
  }
}

variable "alerts" {
  description = "Alert codes that log lines carry, as the code's table has them (facts.json)."
  type = map(object({
    summary  = string
    severity = string
    runbook  = string
  }))
  default = {}

  validation {
    condition     = alltrue([for alert in var.alerts : contains(["CRITICAL", "ERROR", "WARNING"], alert.severity)])
    error_message = "An alert's severity is CRITICAL, ERROR or WARNING."
  }
}

variable "confirmation_metric" {
  description = "Metric of the seconds from a reset's acceptance to the phone's confirmation, for its objective; null for none."
  type        = string
  default     = null
}

variable "alert_emails" {
  description = "Who is told."
  type        = list(string)
}

variable "runbook_base_url" {
  description = "Address of the repository's files, such as https://github.com/ORG/REPO/blob/main."
  type        = string
}

variable "labels" {
  description = "Labels of everything that takes labels."
  type        = map(string)
  default     = {}
}
