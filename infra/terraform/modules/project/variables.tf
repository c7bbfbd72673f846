variable "project_id" {
  description = "The project."
  type        = string
}

variable "project_number" {
  description = "Its number."
  type        = string
}

variable "enforce_org_policies" {
  description = "Set organisation policies on the project."
  type        = bool
}

variable "writes_dns" {
  description = "Whether records are written to a zone of Cloud DNS."
  type        = bool
}

variable "budget" {
  description = "Billing account, whole monthly amount and currency of the budget; null for none."
  type = object({
    billing_account = string
    monthly_amount  = number
    currency        = string
  })
}

variable "budget_name" {
  description = "How the budget is called."
  type        = string
}

variable "budget_channels" {
  description = "Notification channels that the budget tells."
  type        = list(string)
}
