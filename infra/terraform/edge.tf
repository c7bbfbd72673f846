# What people reach: one address, one certificate, IAP, three backends. The modules of functions and of the edge know
# each other by names alone (local.services): see modules/edge/variables.tf.
module "edge" {
  source = "./modules/edge"

  project_id           = module.project.project_id
  project_number       = var.project_number
  region               = var.region
  domain               = var.console_domain
  dns_zone             = var.dns_zone
  services             = local.web_services
  members              = var.console_members
  oauth_client         = var.iap_oauth_client
  oauth_client_secret  = var.iap_oauth_client_secret
  programmatic_clients = var.iap_programmatic_clients
  reauthentication     = var.iap_reauthentication
  armor                = var.armor
  url_map_tests        = var.url_map_tests
}
