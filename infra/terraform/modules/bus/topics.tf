locals {
  # Messages that name an action. They may lie for a week and be put aside: nothing in them is secret.
  own = { requests = var.topics.requests, events = var.topics.events }

  # Makes {"requests issue_command" = {topic, member}} of {requests = {issue_command = member}}.
  publishers = merge([for topic, members in var.publishers : {
    for function, member in members : "${topic} ${function}" => { topic = local.own[topic], member = member }
  }]...)
}

resource "google_pubsub_topic" "this" {
  #checkov:skip=CKV_GCP_83:Ours only name an action; AMAPI's, which may hold a passcode, live for ten minutes. Encrypted by keys of Google's
  for_each = var.topics

  project         = var.project_id
  name            = each.value
  deletion_policy = "PREVENT"

  # Where a message is kept. Not enforced on its way: AMAPI publishes from wherever it runs.
  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_topic" "dead" {
  #checkov:skip=CKV_GCP_83:As its source topic: nothing in a message is secret
  for_each = local.own

  project         = var.project_id
  name            = "${each.value}-dead"
  deletion_policy = "PREVENT"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.publishers

  project = var.project_id
  topic   = each.value.topic
  role    = "roles/pubsub.publisher"
  member  = each.value.member

  depends_on = [google_pubsub_topic.this]
}

# AMAPI's own account, the same for every customer. Without this grant notifications stay away without a word.
# Source: https://developers.google.com/android/management/notifications
resource "google_pubsub_topic_iam_member" "amapi" {
  project = var.project_id
  topic   = google_pubsub_topic.this["notifications"].name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:android-cloud-policy@system.gserviceaccount.com"
}
