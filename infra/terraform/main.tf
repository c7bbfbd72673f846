# Order: services and their agents → accounts, data, bundles → rights have spread → functions → what calls them.
# Every module takes the project from module.project, whose output waits until the services are on.

module "project" {
  source = "./modules/project"
  providers = {
    google      = google
    google-beta = google-beta
  }

  project_id           = var.project_id
  project_number       = var.project_number
  enforce_org_policies = var.enforce_org_policies
  writes_dns           = var.dns_zone != null
  budget               = var.budget
  budget_name          = "passcode-reset ${var.environment}"
  budget_channels      = module.watch.notification_channels
}

module "identity" {
  source = "./modules/identity"

  project_id         = module.project.project_id
  services           = local.services
  invoked_by_account = [for function, right in local.rights : function if right.invoker != "iap"]
  database           = var.firestore_database
  store_writers      = [for function, right in local.rights : function if right.store == "writer"]
  store_readers      = [for function, right in local.rights : function if right.store == "reader"]
  amapi_users        = [for function, right in local.rights : function if right.amapi]
}

module "store" {
  source = "./modules/store"

  project_id           = module.project.project_id
  location             = var.firestore_location
  region               = var.region
  database             = var.firestore_database
  facts                = local.facts.firestore
  backups              = var.backups
  encrypters           = { for function, right in local.rights : function => module.identity.runtime_members[function] if right.key == "encrypt" }
  decrypters           = { for function, right in local.rights : function => module.identity.runtime_members[function] if right.key == "decrypt" }
  sendgrid_key         = var.sendgrid_api_key
  sendgrid_key_version = var.sendgrid_api_key_version
  sendgrid_readers     = { for function, right in local.rights : function => module.identity.runtime_members[function] if right.sendgrid }
}

module "artifacts" {
  source = "./modules/artifacts"

  project_id     = module.project.project_id
  project_number = var.project_number
  region         = var.region
  builder        = module.identity.build_account.member
}

# A right is not seen everywhere at once: a first deployment without this pause fails at its secret or its build. Rights on
# the store name its database, so after a restore they are new ones.
resource "time_sleep" "rights_have_spread" {
  create_duration = "60s"
  triggers        = { accounts = sha256(jsonencode([module.identity.runtime_members, local.rights])), database = var.firestore_database }

  depends_on = [module.identity, module.store, module.artifacts]
}

module "function" {
  source   = "./modules/function"
  for_each = local.services

  project_id       = module.project.project_id
  region           = var.region
  name             = each.value
  entry_point      = each.key
  bundle           = { file = local.bundles[each.key].file, path = "${local.bundles_dir}/${local.bundles[each.key].file}" }
  bundle_bucket    = module.artifacts.bucket
  image_repository = module.artifacts.repository
  build_account    = module.identity.build_account.name
  runtime_account  = module.identity.runtime_emails[each.key]
  invoker          = local.rights[each.key].invoker == "iap" ? module.project.iap_agent : module.identity.invoker_members[each.key]
  also_called_by   = each.key == "console" ? { uptime_check = local.monitoring_agent } : {}
  settings         = local.functions[each.key]
  labels           = { function = each.value }
  depends_on       = [time_sleep.rights_have_spread, google_project_service_identity.monitoring]
}

module "bus" {
  source = "./modules/bus"

  project_id       = module.project.project_id
  region           = var.region
  scheduler_region = coalesce(var.scheduler_region, var.region)
  topics           = local.topics
  pubsub_agent     = module.project.pubsub_agent
  publishers = { for word in ["requests", "events"] : word => {
    for function, right in local.rights : function => module.identity.runtime_members[function] if contains(right.publishes, word)
  } }
  receivers = { for word, function in { requests = "issue_command", events = "notify", notifications = "handle_notification" } : word => {
    uri = module.function[function].uri, account = module.identity.invoker_emails[function]
  } }
  timers_paused = var.timers_paused
  timers = { for function in ["poll_status", "sync_devices"] : function => {
    uri = module.function[function].uri, account = module.identity.invoker_emails[function]
  } }
}
