variable "project_id" {
  description = "The project."
  type        = string
}

variable "location" {
  description = "Firestore's location."
  type        = string
}

variable "region" {
  description = "Region of the key and of the secret."
  type        = string
}

variable "database" {
  description = "Name of the database."
  type        = string
}

variable "facts" {
  description = "Indexes and single-field settings, as the code's table of queries has them."
  type = object({
    indexes = list(object({
      collection = string
      fields = list(object({
        field        = string
        order        = optional(string)
        array_config = optional(string)
      }))
    }))
    fields = list(object({
      collection = string
      field      = string
      indexes    = list(object({ scope = string, order = string }))
      ttl        = bool
    }))
  })
}

variable "backups" {
  description = "How long backups are kept: daily ones in days, weekly ones in weeks (0 = none)."
  type = object({
    daily_days   = number
    weekly_weeks = number
  })
}

variable "encrypters" {
  description = "IAM members that may encrypt, by a word for each."
  type        = map(string)
}

variable "decrypters" {
  description = "IAM members that may decrypt, by a word for each."
  type        = map(string)

  validation {
    condition     = length(setintersection(keys(var.encrypters), keys(var.decrypters))) == 0
    error_message = "Nobody may both encrypt and decrypt."
  }
}

variable "sendgrid_key" {
  description = "SendGrid's API key; never kept in plan or state."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "sendgrid_key_version" {
  description = "Counts the keys; 0 = no SendGrid."
  type        = number
}

variable "sendgrid_readers" {
  description = "IAM members that may read the API key, by a word for each."
  type        = map(string)
}
