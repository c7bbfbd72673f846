output "topic_ids" {
  description = "Full names of the topics: requests, events, notifications."
  value       = { for word, topic in google_pubsub_topic.this : word => topic.id }
}

output "dead_topic_ids" {
  description = "Full names of the dead-letter topics: requests, events."
  value       = { for word, topic in google_pubsub_topic.dead : word => topic.id }
}

output "push_subscriptions" {
  description = "Names of the push subscriptions: requests, events, notifications."
  value = merge(
    { for word, subscription in google_pubsub_subscription.own : word => subscription.name },
    { notifications = google_pubsub_subscription.notifications.name },
  )
}

output "dead_subscriptions" {
  description = "Names of the subscriptions in which dead letters lie: requests, events."
  value       = { for word, subscription in google_pubsub_subscription.dead : word => subscription.name }
}

output "scheduler_jobs" {
  description = "Names of the Scheduler jobs, by entry point."
  value = {
    poll_status  = google_cloud_scheduler_job.poll_status.name
    sync_devices = google_cloud_scheduler_job.sync_devices.name
  }
}
