variable "project_id" {
  description = "The project."
  type        = string
}

variable "github" {
  description = "The repository, by name and number; what plans: pull requests, plan_ref, and tags that begin with apply_ref; what applies: those tags, in the environment."
  type = object({
    repository    = string
    repository_id = string
    plan_ref      = string
    apply_ref     = string
    environment   = string
  })

  validation {
    condition     = startswith(var.github.plan_ref, "refs/heads/") && startswith(var.github.apply_ref, "refs/tags/")
    error_message = "plan_ref is a branch (refs/heads/…), apply_ref the beginning of tags (refs/tags/…)."
  }

  validation {
    # They are written into an expression between quotes.
    condition     = alltrue([for text in [var.github.plan_ref, var.github.apply_ref, var.github.environment] : can(regex("^[A-Za-z0-9._/-]+$", text))])
    error_message = "plan_ref, apply_ref and environment have letters, digits and . _ / - only."
  }
}

variable "accounts" {
  description = "By use, the full names of the service accounts that a deployed function runs as, is called by or is built by."
  type        = map(string)
}

variable "state_bucket" {
  description = "Bucket of Terraform's state."
  type        = string
}

variable "bundles" {
  description = "Bucket of the functions' zips."
  type        = string
}
