variable "project_id" {
  description = "The project."
  type        = string
}

variable "services" {
  description = "By entry point, the name of the function's service; accounts are called after it."
  type        = map(string)
}

variable "invoked_by_account" {
  description = "Entry points that a push subscription or a Scheduler job calls; each gets an account to be called by."
  type        = list(string)
}

variable "database" {
  description = "Firestore database that the store rights are bound to."
  type        = string
}

variable "store_writers" {
  description = "Entry points that create and update documents."
  type        = list(string)
}

variable "store_readers" {
  description = "Entry points that only read documents."
  type        = list(string)
}

variable "amapi_users" {
  description = "Entry points that call the Android Management API."
  type        = list(string)
}
