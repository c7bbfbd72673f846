output "topic_ids" {
  description = "Full names of the topics: requests, events, notifications."
  value       = { for word, topic in google_pubsub_topic.this : word => topic.id }
}

output "dead_subscriptions" {
  description = "Names of the subscriptions in which dead letters lie: requests, events."
  value       = { for word, subscription in google_pubsub_subscription.dead : word => subscription.name }
}
