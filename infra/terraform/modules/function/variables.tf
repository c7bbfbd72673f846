# None of these names the resource behind it, so that a function can become another kind of service one day.

variable "project_id" {
  description = "The project."
  type        = string
}

variable "region" {
  description = "Where it runs."
  type        = string
}

variable "name" {
  description = "Name of function and service, with hyphens."
  type        = string
}

variable "entry_point" {
  description = "Name of the Python function that is called, with underscores."
  type        = string
}

variable "bundle" {
  description = "The zip: its name, which holds its hash, and where it lies on this machine."
  type = object({
    file = string
    path = string
  })
}

variable "bundle_bucket" {
  description = "Bucket that the zip is put into."
  type        = string
}

variable "image_repository" {
  description = "Full name of the repository of its images."
  type        = string
}

variable "build_account" {
  description = "Full name of the account that builds it."
  type        = string
}

variable "runtime_account" {
  description = "Address of the account that it runs as."
  type        = string
}

variable "invoker" {
  description = "The IAM member that calls it to have its duty done."
  type        = string

  validation {
    condition     = startswith(var.invoker, "serviceAccount:")
    error_message = "A function is called by a service account: by IAP's agent, or by one of its own."
  }
}

variable "also_called_by" {
  description = "IAM members that may call it besides, each by a word that says why."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for member in values(var.also_called_by) : startswith(member, "serviceAccount:")])
    error_message = "A function is called by service accounts alone."
  }
}

variable "settings" {
  description = "How it runs; a row of the table in functions.tf of the root."
  type = object({
    kind               = string
    memory             = string
    cpu                = string
    concurrency        = number
    timeout_s          = number
    max_instances      = number
    min_instances      = number
    ingress            = string
    environment        = map(string)
    secret_environment = map(object({ secret = string, version = string }))
  })

  validation {
    condition     = contains(["web", "push", "timer"], var.settings.kind)
    error_message = "kind is web, push or timer."
  }
  validation {
    condition     = var.settings.ingress == (var.settings.kind == "web" ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY")
    error_message = "Web functions are reached through the load balancer, all others from inside Google Cloud alone."
  }
  validation {
    condition     = var.settings.kind != "push" || var.settings.timeout_s < 600
    error_message = "A push function ends before Pub/Sub delivers again, 600 s after the first time."
  }
  validation {
    condition     = var.settings.concurrency == 1 || tonumber(var.settings.cpu) >= 1
    error_message = "More than one request at a time needs a whole CPU."
  }
  validation {
    condition     = var.settings.kind != "timer" || (var.settings.max_instances == 1 && var.settings.concurrency == 1)
    error_message = "A timer's function runs once at a time."
  }
}

variable "labels" {
  description = "Labels of its own."
  type        = map(string)
}
