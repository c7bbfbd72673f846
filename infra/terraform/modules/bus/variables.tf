variable "project_id" {
  description = "The project."
  type        = string
}

variable "region" {
  description = "Where messages are kept."
  type        = string
}

variable "scheduler_region" {
  description = "Region of the Scheduler jobs."
  type        = string
}

variable "topics" {
  description = "Names of the three topics: requests, events, notifications."
  type = object({
    requests      = string
    events        = string
    notifications = string
  })
}

variable "pubsub_agent" {
  description = "IAM member of Pub/Sub's agent, which moves dead letters."
  type        = string
}

variable "publishers" {
  description = "By topic (requests, events), the IAM members that publish to it, by a word for each."
  type        = map(map(string))
}

variable "receivers" {
  description = "By topic, the address that its messages are pushed to and the account that they are pushed as."
  type        = map(object({ uri = string, account = string }))
}

variable "timers" {
  description = "poll_status and sync_devices: the address to call and the account to call it as."
  type        = map(object({ uri = string, account = string }))
}

variable "timers_paused" {
  description = "Whether the timers stand still."
  type        = bool
  default     = false
}
