# Topics, subscriptions and timers.

mock_provider "google" {}

variables {
  project_id       = "example-passcodes-prod"
  region           = "europe-west1"
  scheduler_region = "europe-west3"
  topics           = { requests = "passcode-reset-requests", events = "passcode-reset-events", notifications = "amapi-notifications" }
  pubsub_agent     = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
  publishers = {
    requests = { reset_passcode = "serviceAccount:r@example.iam.gserviceaccount.com" }
    events   = { issue_command = "serviceAccount:i@example.iam.gserviceaccount.com", poll_status = "serviceAccount:p@example.iam.gserviceaccount.com" }
  }
  receivers = {
    requests      = { uri = "https://issue-command-abc.a.run.app", account = "issue@example.iam.gserviceaccount.com" }
    events        = { uri = "https://notify-abc.a.run.app", account = "notify@example.iam.gserviceaccount.com" }
    notifications = { uri = "https://handle-notification-abc.a.run.app", account = "handle@example.iam.gserviceaccount.com" }
  }
  timers = {
    poll_status  = { uri = "https://poll-status-abc.a.run.app", account = "poll@example.iam.gserviceaccount.com" }
    sync_devices = { uri = "https://sync-devices-abc.a.run.app", account = "sync@example.iam.gserviceaccount.com" }
  }
}

# The agent is made on request, so it comes without the role that would let it make tokens.
run "pubsub_may_make_the_token_of_each_push" {
  command = plan

  module {
    source = "./modules/bus"
  }

  assert {
    condition = { for word, grant in google_service_account_iam_member.agent : grant.service_account_id => grant.role } == {
      for name in ["issue", "notify", "handle"] : "projects/example-passcodes-prod/serviceAccounts/${name}@example.iam.gserviceaccount.com" => "roles/iam.serviceAccountTokenCreator"
    }
    error_message = "A push without a token is not let in; a right on more accounts is too much."
  }
  assert {
    condition     = alltrue([for grant in google_service_account_iam_member.agent : grant.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "Pub/Sub's agent makes the tokens."
  }
}

run "no_subscription_expires" {
  command = plan

  module {
    source = "./modules/bus"
  }

  assert {
    condition = alltrue([for subscription in concat(
      values(google_pubsub_subscription.own), values(google_pubsub_subscription.dead), [google_pubsub_subscription.notifications],
    ) : subscription.expiration_policy[0].ttl == ""])
    error_message = "A subscription would be deleted after 31 days without use."
  }
}

run "our_own_messages_are_put_aside_and_not_lost" {
  command = plan

  module {
    source = "./modules/bus"
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.own : subscription.dead_letter_policy[0].max_delivery_attempts == 100])
    error_message = "A push subscription has no dead letter."
  }
  assert {
    condition     = keys(google_pubsub_subscription.dead) == keys(google_pubsub_topic.dead)
    error_message = "A dead-letter topic without a subscription drops what is put aside."
  }
  assert {
    condition     = keys(google_pubsub_topic_iam_member.agent) == keys(google_pubsub_topic.dead) && keys(google_pubsub_subscription_iam_member.agent) == keys(google_pubsub_subscription.own)
    error_message = "Pub/Sub's agent needs both grants to put a message aside."
  }
  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.own : subscription.message_retention_duration == "604800s" && subscription.ack_deadline_seconds == 600])
    error_message = "Messages live for 7 days, a push may take 600 s."
  }
}

run "notifications_are_kept_short_and_never_aside" {
  command = plan

  module {
    source = "./modules/bus"
  }

  assert {
    condition     = google_pubsub_subscription.notifications.message_retention_duration == "600s"
    error_message = "AMAPI's notifications may hold a passcode in clear: ten minutes, not more."
  }
  assert {
    condition     = length(google_pubsub_subscription.notifications.dead_letter_policy) == 0
    error_message = "AMAPI's notifications may hold a passcode in clear: none is put aside."
  }
}

run "pushes_are_signed_for_their_receiver" {
  command = plan

  module {
    source = "./modules/bus"
  }

  assert {
    condition = alltrue([for subscription in concat(values(google_pubsub_subscription.own), [google_pubsub_subscription.notifications]) :
    subscription.push_config[0].oidc_token[0].audience == subscription.push_config[0].push_endpoint])
    error_message = "The audience is the receiver's address."
  }
  assert {
    condition     = length(distinct([for subscription in concat(values(google_pubsub_subscription.own), [google_pubsub_subscription.notifications]) : subscription.push_config[0].oidc_token[0].service_account_email])) == 3
    error_message = "Each receiver is called by an account of its own."
  }
}

run "publishers_are_those_of_the_table_and_amapi" {
  command = plan

  module {
    source = "./modules/bus"
  }

  assert {
    condition     = keys(google_pubsub_topic_iam_member.publisher) == ["events issue_command", "events poll_status", "requests reset_passcode"]
    error_message = "Somebody may publish who should not, or may not who should."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.amapi.topic == "amapi-notifications" && google_pubsub_topic_iam_member.amapi.member == "serviceAccount:android-cloud-policy@system.gserviceaccount.com"
    error_message = "Without this grant AMAPI's notifications stay away without a word."
  }
}

run "topics_are_not_deleted_by_mistake_and_stay_in_the_region" {
  command = plan

  module {
    source = "./modules/bus"
  }

  assert {
    condition = alltrue([for topic in concat(values(google_pubsub_topic.this), values(google_pubsub_topic.dead)) :
    topic.deletion_policy == "PREVENT" && topic.message_storage_policy[0].allowed_persistence_regions == toset(["europe-west1"])])
    error_message = "A topic can be deleted, or keeps messages elsewhere."
  }
}

run "timers_tick" {
  command = plan

  module {
    source = "./modules/bus"
  }

  assert {
    condition     = google_cloud_scheduler_job.poll_status.schedule == "* * * * *" && google_cloud_scheduler_job.poll_status.attempt_deadline == "55s" && google_cloud_scheduler_job.poll_status.retry_config[0].retry_count == 0
    error_message = "poll_status runs every minute, and the next minute is its retry."
  }
  assert {
    condition     = google_cloud_scheduler_job.sync_devices.schedule == "*/5 * * * *" && google_cloud_scheduler_job.sync_devices.attempt_deadline == "300s"
    error_message = "sync_devices runs every five minutes."
  }
  assert {
    condition     = alltrue([for job in [google_cloud_scheduler_job.poll_status, google_cloud_scheduler_job.sync_devices] : job.http_target[0].oidc_token[0].audience == job.http_target[0].uri && job.region == "europe-west3"])
    error_message = "A timer calls with a token for the function's address, from its own region."
  }
  assert {
    condition     = alltrue([for job in [google_cloud_scheduler_job.poll_status, google_cloud_scheduler_job.sync_devices] : job.paused == false])
    error_message = "A timer that a person paused runs again after a deployment."
  }
}

run "a_restore_lets_both_timers_stand_still" {
  command = plan

  module {
    source = "./modules/bus"
  }

  variables {
    timers_paused = true
  }

  assert {
    condition     = google_cloud_scheduler_job.poll_status.paused && google_cloud_scheduler_job.sync_devices.paused
    error_message = "Either timer would act on old facts."
  }
}
