# expiration_policy { ttl = "" } means never. By default a subscription is deleted after 31 days without use, which is
# the ordinary life of a dead letter's, and of a push that fails.
#
# The audience is the service's address without a path; unset it would be the whole push address.

resource "google_pubsub_subscription" "own" {
  for_each = local.own

  project                    = var.project_id
  name                       = "${each.value}-push"
  topic                      = google_pubsub_topic.this[each.key].id
  ack_deadline_seconds       = 600 # the longest there is; also how long a push may take
  message_retention_duration = "604800s"

  push_config {
    push_endpoint = var.receivers[each.key].uri

    oidc_token {
      service_account_email = var.receivers[each.key].account
      audience              = var.receivers[each.key].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = ""
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead[each.key].id
    max_delivery_attempts = 100 # the most there is: about 16 hours of a function that answers nothing but errors
  }
}

# Pull: a person looks at what is here. The timer has long done the work itself.
resource "google_pubsub_subscription" "dead" {
  for_each = local.own

  project                    = var.project_id
  name                       = "${each.value}-dead-pull"
  topic                      = google_pubsub_topic.dead[each.key].id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }
}

# The stated exception. AMAPI's notification of a command may hold the new passcode in clear, so it is kept for the
# shortest time there is and never put aside. A lost one costs nothing but time: it is a hint, and the timer looks.
resource "google_pubsub_subscription" "notifications" {
  project                    = var.project_id
  name                       = "${var.topics.notifications}-push"
  topic                      = google_pubsub_topic.this["notifications"].id
  ack_deadline_seconds       = 600
  message_retention_duration = "600s"

  push_config {
    push_endpoint = var.receivers["notifications"].uri

    oidc_token {
      service_account_email = var.receivers["notifications"].account
      audience              = var.receivers["notifications"].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = ""
  }
}

# Without both grants of Pub/Sub's agent no message is ever put aside, and nothing says so.
resource "google_pubsub_topic_iam_member" "agent" {
  for_each = local.own

  project = var.project_id
  topic   = google_pubsub_topic.dead[each.key].name
  role    = "roles/pubsub.publisher"
  member  = var.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "agent" {
  for_each = local.own

  project      = var.project_id
  subscription = google_pubsub_subscription.own[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent
}

# Each push bears a token of its own account, which Pub/Sub's agent makes. An agent that is made on request, as ours is,
# gets no role by itself, and without this no push would ever be let in. On these accounts alone: the agent's role on
# the project would let it be every account.
# Source: https://cloud.google.com/iam/docs/create-service-agents
resource "google_service_account_iam_member" "agent" {
  for_each = var.receivers

  service_account_id = "projects/${var.project_id}/serviceAccounts/${each.value.account}"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = var.pubsub_agent
}
