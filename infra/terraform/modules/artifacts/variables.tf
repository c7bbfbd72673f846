variable "project_id" {
  description = "The project."
  type        = string
}

variable "project_number" {
  description = "Its number, a part of the name of the bucket that Cloud Functions builds from."
  type        = string
}

variable "region" {
  description = "Where bundles and images lie."
  type        = string
}

variable "builder" {
  description = "IAM member of the account that builds."
  type        = string
}
