# One table: what is watched by a metric. Each row becomes one policy with one condition over all functions or
# subscriptions at once, because conditions are billed one by one.
locals {
  web_services        = join("|", [for name in var.web : var.services[name]])
  background_services = join("|", [for name, service in var.services : service if !contains(var.web, name)])
  dead_letters        = join("|", var.dead_letter_subscriptions)
  pushes              = join("|", var.subscriptions)

  errors_5xx = "response_code_class=\"5xx\""

  conditions = {
    timer-silent = {
      title    = "The timer is silent"
      severity = "CRITICAL"
      runbook  = "the-timer-is-silent"
      summary  = "`poll_status` has not succeeded for 5 minutes, or `sync_devices` for 20. The timer drives everything that a lost message left behind."
      # The sum of no series is no series; `or vector(0)` turns silence into a number.
      query = <<-EOT
        (sum(increase(${local.requests},service_name="${var.services["poll_status"]}",response_code_class="2xx"}[5m])) or vector(0)) < 1
        or (sum(increase(${local.requests},service_name="${var.services["sync_devices"]}",response_code_class="2xx"}[20m])) or vector(0)) < 1
      EOT
    }
    errors = {
      title    = "A function fails"
      severity = "ERROR"
      runbook  = "errors-burst"
      summary  = "A function that people reach answered 5xx, or another one more than three times in 5 minutes. Pub/Sub repeats the latter."
      query    = <<-EOT
        sum by (service_name) (increase(${local.requests},service_name=~"${local.web_services}",${local.errors_5xx}}[5m])) > 0
        or sum by (service_name) (increase(${local.requests},service_name=~"${local.background_services}",${local.errors_5xx}}[5m])) > 3
      EOT
    }
    dead-letter = {
      title    = "A message was given up"
      severity = "ERROR"
      runbook  = "a-dead-letter"
      summary  = "A dead-letter subscription holds a message. No reset is lost by it, the timer goes on; but a function could not take it."
      query    = <<-EOT
        max by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource="pubsub_subscription",subscription_id=~"${local.dead_letters}"}) > 0
      EOT
    }
    backlog = {
      title    = "Messages wait"
      severity = "ERROR"
      runbook  = "a-reset-is-stuck"
      summary  = "The oldest message of a push subscription has waited for more than 5 minutes."
      query    = <<-EOT
        max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource="pubsub_subscription",subscription_id=~"${local.pushes}"}) > 300
      EOT
    }
    sign-in = {
      title    = "Sign-ins are refused in a burst"
      severity = "WARNING"
      runbook  = "sign-in-fails"
      summary  = "IAP or a function answered 401 more than 100 times in 5 minutes: a script with a wrong account, a changed audience, or somebody who tries."
      # The uptime check is answered 401 as well: each minute from six places, which makes the other 30.
      query = <<-EOT
        sum(increase(loadbalancing_googleapis_com:https_request_count{monitored_resource="https_lb_rule",url_map_name="${var.url_map_name}",response_code="401"}[5m])) > 130
      EOT
    }
    certificate = {
      title    = "The certificate is about to expire"
      severity = "ERROR"
      runbook  = "sign-in-fails"
      summary  = "Under 14 days are left. Google renews a month before the end, so renewal fails: look for the DNS authorisation's record."
      query    = <<-EOT
        min(monitoring_googleapis_com:uptime_check_time_until_ssl_cert_expires{monitored_resource="uptime_url",host="${var.domain}"}) < 14
      EOT
    }
    # What waits for somebody outside is tried again without an alert of its own. A single fault passes; three within half
    # an hour and no success do not. "PermanentError" is a phone that may not be reset.
    amapi-takes-nothing = {
      title    = "AMAPI takes no commands"
      severity = "ERROR"
      runbook  = "amapi-quota"
      summary  = "In the last half hour at least three calls of the Android Management API failed and none went through: resets wait. Quota, an outage, or the way there."
      query    = <<-EOT
        (sum(increase(logging_googleapis_com:user_passcode_reset_amapi_failures{monitored_resource="cloud_run_revision",kind!="PermanentError"}[30m])) > 2)
        unless (sum(increase(logging_googleapis_com:user_passcode_reset_amapi_call_seconds_count{monitored_resource="cloud_run_revision"}[30m])) > 0)
      EOT
    }
    mail-leaves-not = {
      title    = "No mail leaves"
      severity = "ERROR"
      runbook  = "sendgrid-is-down"
      summary  = "In the last half hour at least three tries to send a mail failed and no provider took one. Mails are given up six hours after their reset; the passcodes are on the phones' pages."
      query    = <<-EOT
        (sum(increase(logging_googleapis_com:user_passcode_reset_mail_failures{monitored_resource="cloud_run_revision"}[30m])) > 2)
        unless (sum(increase(logging_googleapis_com:user_passcode_reset_mail_call_seconds_count{monitored_resource="cloud_run_revision"}[30m])) > 0)
      EOT
    }
    backup = {
      title    = "No new backup for two days"
      severity = "WARNING"
      runbook  = "backups"
      # There is no metric of a backup's age. The bytes of all backups move when one is added and when one expires; they
      # are written with gaps of hours, and stand still where the database does: so two days, and no more than a hint.
      # `live-check` asks for the backups themselves.
      summary = "The bytes that the database's backups take have not moved for two days, or are gone. An idle database does that too: look at the list of backups."
      query   = <<-EOT
        changes(firestore_googleapis_com:storage_backups_storage_bytes{monitored_resource="firestore.googleapis.com/Database",database_id="${var.database}"}[48h]) == 0
        or absent_over_time(firestore_googleapis_com:storage_backups_storage_bytes{monitored_resource="firestore.googleapis.com/Database",database_id="${var.database}"}[48h])
      EOT
    }
  }
}
