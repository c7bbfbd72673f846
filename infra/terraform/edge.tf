# Made by name alone, before any function: the functions' environment holds what this module gives out.
module "edge" {
  source = "./modules/edge"

  project_id          = module.project.project_id
  project_number      = module.project.project_number
  region              = var.region
  domain              = var.console_domain
  services            = local.web_services
  members             = var.console_members
  oauth_client        = var.iap_oauth_client
  oauth_client_secret = var.iap_oauth_client_secret
}
