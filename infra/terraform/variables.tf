# Where it runs. What it costs, keeps and mails: variables_service.tf. Nothing here is a secret but sendgrid_api_key.

variable "project_id" {
  description = "Google Cloud project of this environment. One environment, one project: AMAPI's rights and enterprises are the project's."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is the project's id: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "project_number" {
  description = "The same project's number (gcloud projects describe PROJECT_ID --format='value(projectNumber)'). IAP's audiences are made of it."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]{5,18}$", var.project_number))
    error_message = "project_number is the project's number, digits only; the id with letters is project_id."
  }
}

variable "environment" {
  description = "Name of this environment, such as staging or production; it labels everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.environment))
    error_message = "environment is 2 to 20 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "region" {
  description = "Region of functions, key, bundles and messages."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region is a region such as europe-west1, not a zone and not a multi-region."
  }
}

variable "scheduler_region" {
  description = "Region of the two Cloud Scheduler jobs, where the functions' region has no Scheduler; null takes region."
  type        = string
  default     = null

  validation {
    condition     = var.scheduler_region == null || can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.scheduler_region))
    error_message = "scheduler_region is a region such as europe-west1, or null."
  }
}

variable "firestore_location" {
  description = "Firestore's location: a region, or nam5 or eur3 for several. It can never be changed."
  type        = string

  validation {
    condition     = can(regex("^([a-z]+-[a-z]+[0-9]{1,2}|nam5|nam7|eur3)$", var.firestore_location))
    error_message = "firestore_location is a region such as europe-west1, or nam5, nam7 or eur3."
  }
}

variable "firestore_database" {
  description = "Name of the database. A restore makes a new one: then this names it."
  type        = string
  default     = "passcode-reset"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.firestore_database)) && !can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.firestore_database))
    error_message = "firestore_database is 4 to 63 lower-case letters, digits and hyphens, and no UUID; (default) is not for live secrets that share it with others."
  }
}

variable "console_domain" {
  description = "Host name of console and API, such as passcodes.example.com. Its A record and its certificate's CNAME come out as outputs."
  type        = string

  validation {
    condition     = length(var.console_domain) <= 253 && can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.console_domain))
    error_message = "console_domain is a host name in lower case, without https:// and without a path."
  }
}

variable "console_members" {
  description = "Who may pass IAP: user:, group:, serviceAccount: or domain: members. What they may do then is decided by the roles in the store."
  type        = list(string)

  validation {
    condition     = length(var.console_members) > 0 && length(distinct(var.console_members)) == length(var.console_members)
    error_message = "console_members names at least one member, and none twice: without any nobody passes IAP."
  }

  validation {
    condition     = alltrue([for member in var.console_members : can(regex("^(user|group|serviceAccount):[^@\\s:]+@[^@\\s:]+\\.[^@\\s:]+$|^domain:[a-z0-9.-]+\\.[a-z]+$|^principal(Set)?://iam\\.googleapis\\.com/\\S+$", member))])
    error_message = "console_members are user:, group:, serviceAccount:, domain:, principal:// or principalSet:// members. allUsers and allAuthenticatedUsers are refused: this opens phones."
  }
}

variable "iap_oauth_client" {
  description = "An OAuth client of your own for IAP, for projects without an organisation or with people of other organisations; null takes Google's. secret_version is raised with each new secret."
  type = object({
    client_id      = string
    secret_version = number
  })
  default = null

  validation {
    condition     = var.iap_oauth_client == null || try(endswith(var.iap_oauth_client.client_id, ".apps.googleusercontent.com") && var.iap_oauth_client.secret_version >= 1, false)
    error_message = "iap_oauth_client.client_id ends in .apps.googleusercontent.com, and secret_version is at least 1."
  }
}

variable "iap_oauth_client_secret" {
  description = "Secret of iap_oauth_client. Give it as TF_VAR_iap_oauth_client_secret at each apply that sets it or changes a backend otherwise (a backend is sent whole); it is not kept in plan or state."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "github" {
  description = "The repository whose workflows may plan and apply, by workload identity federation; null for none. repository_id is its number (a name can be taken over by another)."
  type = object({
    repository    = string
    repository_id = string
    plan_ref      = optional(string, "refs/heads/main")
    apply_ref     = optional(string, "refs/tags/v")
    environment   = optional(string, "production")
  })
  default = null

  validation {
    condition     = var.github == null || try(can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github.repository)) && can(regex("^[1-9][0-9]{0,14}$", var.github.repository_id)), false)
    error_message = "github.repository is owner/name and github.repository_id the repository's number."
  }
}

variable "labels" {
  description = "More labels for everything that takes labels."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels have keys and values of at most 63 lower-case letters, digits, underscores and hyphens; keys begin with a letter."
  }
}
