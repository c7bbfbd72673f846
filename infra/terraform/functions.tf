# How each function runs: one row each. Concurrency is also the number of gunicorn's threads (THREADS): with fewer
# threads requests would queue unseen inside an instance, and more than one needs a whole CPU.
#
# Timeouts. web: reads, commit, key, publish and certificates that each answer at the last moment sum to about a minute.
# Whoever then gets 504 sends the same request again: its id finds a reset that was accepted. push: a call may be begun
# until 60 s after its claim (CALL_LEASE) and takes up to 45 s, which leaves 15 s to write the answer down; far below
# the 600 s after which Pub/Sub would deliver a second time. poll_status: a run stops by itself after 40 s, and
# Scheduler waits 55 s. sync_devices: 100 pages of AMAPI, or what it reads in 200 s, within the five minutes until the
# next run.
#
# Caps. Timers: one run at a time. issue_command: 2 calls at once brake the flood before AMAPI's quota does. Beyond a
# cap Cloud Run answers 429, and Pub/Sub delivers again later.
locals {
  everywhere = {
    GOOGLE_CLOUD_PROJECT = var.project_id
    STORE                = "firestore"
    FIRESTORE_DATABASE   = var.firestore_database
    LOG_LEVEL            = var.log_level
  }

  key = { KMS_KEY = module.store.kms_key_id }

  # A page's address, and the one audience that IAP signs for this backend.
  identity = { for function, audience in module.edge.audiences : function => {
    CONSOLE_URL       = local.console_url
    IDENTITY_AUDIENCE = audience
  } }

  mail = merge(
    { EMAIL_FROM = var.email_from, CONSOLE_URL = local.console_url },
    var.ses == null ? {} : { SES_REGION = var.ses.region, SES_ROLE_ARN = var.ses.role_arn, SES_AUDIENCE = var.ses.audience },
  )

  web = {
    kind          = "web", memory = "512Mi", cpu = "1", concurrency = 8, timeout_s = 60,
    min_instances = var.min_instances, ingress = "ALLOW_INTERNAL_AND_GCLB", secret_environment = {}
  }
  push = {
    kind          = "push", memory = "512Mi", cpu = "1", concurrency = 4, timeout_s = 120,
    min_instances = 0, ingress = "ALLOW_INTERNAL_ONLY", secret_environment = {}
  }
  timer = {
    kind          = "timer", memory = "512Mi", cpu = "1", concurrency = 1, timeout_s = 50, max_instances = 1,
    min_instances = 0, ingress = "ALLOW_INTERNAL_ONLY", secret_environment = {}
  }

  functions = {
    reset_passcode = merge(local.web, {
      max_instances = 5
      environment   = merge(local.everywhere, local.key, local.identity["reset_passcode"], { REQUEST_TOPIC = local.topics.requests })
    })
    reveal_passcode = merge(local.web, {
      max_instances = 5
      environment   = merge(local.everywhere, local.key, local.identity["reveal_passcode"])
    })
    console = merge(local.web, {
      max_instances = 10
      environment   = merge(local.everywhere, local.identity["console"])
    })
    issue_command = merge(local.push, {
      concurrency   = 2
      max_instances = 1
      environment   = merge(local.everywhere, local.key, { EVENT_TOPIC = local.topics.events })
    })
    handle_notification = merge(local.push, {
      max_instances = 10
      environment   = merge(local.everywhere, { EVENT_TOPIC = local.topics.events })
    })
    notify = merge(local.push, {
      max_instances      = 5
      environment        = merge(local.everywhere, local.key, local.mail)
      secret_environment = module.store.sendgrid_secret == null ? {} : { SENDGRID_API_KEY = module.store.sendgrid_secret }
    })
    poll_status = merge(local.timer, {
      environment = merge(local.everywhere, { REQUEST_TOPIC = local.topics.requests, EVENT_TOPIC = local.topics.events })
    })
    sync_devices = merge(local.timer, {
      memory      = "1Gi" # the digests of a fleet of 100,000 are in memory twice, as read and as written
      timeout_s   = 300
      environment = local.everywhere
    })
  }
}
