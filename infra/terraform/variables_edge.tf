# How people reach it, and who keeps what it logs.

variable "dns_zone" {
  description = "Cloud DNS zone of console_domain, for its two records; null where DNS is elsewhere (make the records that the output dns_records names)."
  type = object({
    project_id   = string
    managed_zone = string
  })
  default = null

  validation {
    condition     = var.dns_zone == null || try(can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.dns_zone.project_id)) && can(regex("^[a-z][a-z0-9-]{0,62}$", var.dns_zone.managed_zone)), false)
    error_message = "dns_zone.project_id is a project's id, and dns_zone.managed_zone the zone's name in Cloud DNS, such as example-com, not its domain."
  }
}

variable "iap_programmatic_clients" {
  description = "OAuth client ids whose ID tokens may pass IAP. passcodectl needs none: it sends a JWT signed by a service account."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for client in var.iap_programmatic_clients : endswith(client, ".apps.googleusercontent.com")])
    error_message = "iap_programmatic_clients are OAuth client ids, which end in .apps.googleusercontent.com; an account's address is none."
  }
}

variable "iap_reauthentication" {
  description = "How old a sign-in may be for a reset and for showing a passcode; null takes any."
  type = object({
    max_age_s = number
    method    = string
  })
  default = {
    max_age_s = 900
    method    = "LOGIN"
  }
}

variable "armor" {
  description = "Cloud Armor: requests a minute that one address may make; null leaves it out (it has a price of its own)."
  type = object({
    requests_per_minute = number
  })
  default = null

  validation {
    condition     = var.armor == null || try(var.armor.requests_per_minute >= 60, false)
    error_message = "armor.requests_per_minute is at least 60: one page alone makes a dozen requests."
  }
}

variable "url_map_tests" {
  description = "Let Compute Engine run the routing table at each change of the URL map. Only off to get past a change of its own."
  type        = bool
  default     = true
}

variable "audit_project_id" {
  description = "Project that keeps the audit log, out of reach of who administers this one; null keeps it here."
  type        = string
  default     = null

  validation {
    condition     = var.audit_project_id == null || can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.audit_project_id))
    error_message = "audit_project_id is a project's id, not its number, or null."
  }
}

variable "audit_lock" {
  description = "Lock the audit log's retention. FOR EVER: it can never be undone, and the bucket only be deleted when empty."
  type        = bool
  default     = false
}

variable "state_bucket" {
  description = "Bucket of Terraform's state, which the accounts of github read and write; null is the name that `make bootstrap` gives it, PROJECT_ID-tfstate."
  type        = string
  default     = null

  validation {
    condition     = var.state_bucket == null || can(regex("^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket is a bucket's name, without gs:// and without a path, or null."
  }
}
