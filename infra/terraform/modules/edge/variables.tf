variable "project_id" {
  description = "Project of the load balancer."
  type        = string
}

variable "project_number" {
  description = "Its number: IAP names a backend by it in the audience of its assertion."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "The project's number has digits only."
  }
}

variable "region" {
  description = "Region of the web functions."
  type        = string
}

variable "domain" {
  description = "Host name of the console, such as reset.example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "The domain is a host name in lower case, without https:// and without a path."
  }
}

variable "dns_zone" {
  description = "Cloud DNS zone that gets the two records; null where DNS is elsewhere (the outputs name the records)."
  type = object({
    project_id   = string
    managed_zone = string
  })
  default = null
}

variable "services" {
  # Names, never references: a backend that depends on its function, whose environment holds the backend's id, is a
  # cycle (Terraform: "Error: Cycle").
  description = "Cloud Run service names of the three web functions, by entry point."
  type        = map(string)

  validation {
    condition     = toset(keys(var.services)) == toset(["console", "reset_passcode", "reveal_passcode"])
    error_message = "The load balancer serves exactly console, reset_passcode and reveal_passcode."
  }
}

variable "members" {
  description = "IAM principals let through IAP. Who may do what is decided by the product's own members."
  type        = list(string)

  validation {
    condition     = length(var.members) > 0
    error_message = "Nobody could sign in."
  }

  validation {
    condition     = alltrue([for member in var.members : can(regex("^(user|group|domain|serviceAccount|principal|principalSet):.+", member))])
    error_message = "Each member is user:, group:, domain:, serviceAccount:, principal: or principalSet:; never the public."
  }
}

variable "oauth_client" {
  description = "Own OAuth client of IAP, made by hand in the console; null uses the one that Google manages, which lets in only people of the own organisation."
  type = object({
    client_id      = string
    secret_version = number
  })
  default = null
}

variable "oauth_client_secret" {
  description = "Secret of the own OAuth client. Written only: in no plan and no state."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "programmatic_clients" {
  description = "OAuth client ids whose ID tokens scripts may use. Not needed by passcodectl, which sends a JWT signed by a service account."
  type        = list(string)
  default     = []
}

variable "reauthentication" {
  description = "How old a sign-in may be where something is changed or a passcode is shown; null switches step-up off."
  type = object({
    max_age_s = number
    method    = string
  })
  default = {
    max_age_s = 900
    method    = "LOGIN"
  }

  validation {
    condition     = var.reauthentication == null ? true : var.reauthentication.max_age_s >= 300
    error_message = "IAP takes no maximum age below five minutes."
  }

  validation {
    condition     = var.reauthentication == null ? true : contains(["LOGIN", "SECURE_KEY", "ENROLLED_SECOND_FACTORS"], var.reauthentication.method)
    error_message = "The method is LOGIN, SECURE_KEY or ENROLLED_SECOND_FACTORS."
  }
}

variable "armor" {
  description = "Cloud Armor in front of all backends: requests a minute that one address may make; null for none."
  type = object({
    requests_per_minute = number
  })
  default = null
}

variable "url_map_tests" {
  description = "Whether Compute Engine runs the routing table at each change of the URL map."
  type        = bool
  default     = true
}
