variable "region" {
  description = "AWS region of SES, such as eu-central-1. Not in the sandbox: a spare way out that is left there is none."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is an AWS region such as eu-central-1."
  }
}

variable "environment" {
  description = "Name of the environment; one role each."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.environment))
    error_message = "environment is 2 to 20 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "email_from" {
  description = "Sender of the mails; the only one that the role may use. Its domain becomes the SES identity."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._+-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,63}$", var.email_from))
    error_message = "email_from is a plain address such as passcodes@example.com."
  }
}

variable "notify_account" {
  description = "Google service account of the function notify: its unique id (digits; output notify_account of the other root module) and its address."
  type = object({
    unique_id = string
    email     = string
  })

  validation {
    condition     = can(regex("^[0-9]{15,25}$", var.notify_account.unique_id)) && endswith(var.notify_account.email, ".iam.gserviceaccount.com")
    error_message = "notify_account.unique_id has digits only and notify_account.email ends in .iam.gserviceaccount.com."
  }
}

variable "audience" {
  description = "Audience of the Google ID token (SES_AUDIENCE): a word for this purpose alone."
  type        = string
  default     = "passcode-reset-ses"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9:/._-]{7,254}$", var.audience)) && !contains(["sts.amazonaws.com", "https://sts.amazonaws.com"], var.audience)
    error_message = "audience is a word of at least 8 characters, and not the one that everybody uses."
  }
}

variable "mail_from_subdomain" {
  description = "Sub-domain for bounces, so that SPF aligns with the sender; null leaves Amazon's. It needs an MX and a TXT record: output mail_from_records."
  type        = string
  default     = null

  validation {
    condition     = var.mail_from_subdomain == null || can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.mail_from_subdomain))
    error_message = "mail_from_subdomain is one label such as bounces, without the domain."
  }
}
