# What the load balancer routes, asks and lets in. Every provider is mocked: nothing is asked, nothing is made.

mock_provider "google" {
  override_during = plan

  mock_resource "google_certificate_manager_dns_authorization" {
    defaults = {
      dns_resource_record = [{ name = "_acme-challenge.passcodes.example.com.", type = "CNAME", data = "1.authorize.certificatemanager.goog." }]
    }
  }
}

variables {
  project_id     = "example-passcodes-prod"
  project_number = "123456789012"
  region         = "europe-west1"
  domain         = "passcodes.example.com"
  members        = ["group:it-support@example.com", "serviceAccount:scripts@example-passcodes-prod.iam.gserviceaccount.com"]
  services = {
    console         = "console"
    reset_passcode  = "reset-passcode"
    reveal_passcode = "reveal-passcode"
  }
}

run "three_backends_behind_iap" {
  command = plan

  module {
    source = "./modules/edge"
  }

  assert {
    condition     = toset(keys(google_compute_backend_service.web)) == toset(["console", "reset_passcode", "reveal_passcode"])
    error_message = "Three backends."
  }
  assert {
    condition     = alltrue([for backend in google_compute_backend_service.web : backend.iap[0].enabled])
    error_message = "No backend without IAP."
  }
  assert {
    condition     = alltrue([for backend in google_compute_backend_service.web : backend.load_balancing_scheme == "EXTERNAL_MANAGED"])
    error_message = "Route rules need the scheme EXTERNAL_MANAGED."
  }
  assert {
    condition     = alltrue([for backend in google_compute_backend_service.web : backend.log_config[0].enable])
    error_message = "Every request is logged."
  }
  assert {
    condition     = length(google_iap_web_backend_service_iam_member.member) == 6
    error_message = "Each of two members at each of three backends."
  }
}

# The other way round it would be a cycle: a function's environment holds its backend's number.
run "endpoint_groups_name_their_service" {
  command = plan

  module {
    source = "./modules/edge"
  }

  assert {
    condition     = tomap({ for name, group in google_compute_region_network_endpoint_group.web : name => group.cloud_run[0].service }) == var.services
    error_message = "Each group names the service of its function."
  }
  assert {
    condition     = alltrue([for group in google_compute_region_network_endpoint_group.web : group.network_endpoint_type == "SERVERLESS"])
    error_message = "Groups are serverless."
  }
}

run "first_matching_rule_first" {
  command = plan

  module {
    source = "./modules/edge"
  }

  assert {
    condition     = [for rule in google_compute_url_map.console.path_matcher[0].route_rules : rule.priority] == [10, 20, 30, 40, 50]
    error_message = "Five rules, in the order of their priorities."
  }
  assert {
    condition     = google_compute_url_map.console.path_matcher[0].route_rules[0].match_rules[0].path_template_match == "/v1/enterprises/*/passcodes/*"
    error_message = "Showing a passcode comes first, whatever the method."
  }
  assert {
    condition     = google_compute_url_map.console.path_matcher[0].route_rules[1].match_rules[0].header_matches[0].header_name == ":method" && google_compute_url_map.console.path_matcher[0].route_rules[1].match_rules[0].header_matches[0].exact_match == "GET"
    error_message = "Reads go elsewhere than writes."
  }
  assert {
    condition     = length(google_compute_url_map.console.test) == length(local.routes) && length(local.routes) <= 100
    error_message = "Google runs each row of the routing table; it takes up to 100."
  }
  assert {
    condition     = length(distinct([for row in local.routes : row[2]])) == 3
    error_message = "The table reaches all three functions."
  }
}

run "only_tls" {
  command = plan

  module {
    source = "./modules/edge"
  }

  assert {
    condition     = google_compute_ssl_policy.modern.profile == "MODERN" && google_compute_ssl_policy.modern.min_tls_version == "TLS_1_2"
    error_message = "TLS 1.2 or newer, modern ciphers."
  }
  assert {
    condition     = google_compute_url_map.to_https.default_url_redirect[0].https_redirect && google_compute_global_forwarding_rule.http.port_range == "80"
    error_message = "Port 80 leads to https."
  }
}

run "fresh_sign_in_where_something_is_changed_or_shown" {
  command = plan

  module {
    source = "./modules/edge"
  }

  assert {
    condition     = { for name, settings in google_iap_settings.web : name => length(settings.access_settings[0].reauth_settings) } == { reset_passcode = 1, reveal_passcode = 1 }
    error_message = "Step-up on reset and reveal, not on lists."
  }
  assert {
    condition     = alltrue([for settings in google_iap_settings.web : length(settings.access_settings[0].oauth_settings) == 0])
    error_message = "IAP does not give back an empty block: every plan would make it anew."
  }
  assert {
    condition     = google_iap_settings.web["reset_passcode"].access_settings[0].reauth_settings[0].max_age == "900s"
    error_message = "A quarter of an hour, unless said otherwise."
  }
}

run "step_up_can_be_switched_off" {
  command = plan

  module {
    source = "./modules/edge"
  }

  variables {
    reauthentication = null
  }

  assert {
    condition     = length(google_iap_settings.web) == 0
    error_message = "null asks for no fresh sign-in, and settings without content would be planned anew for ever."
  }
}

run "programmatic_clients_are_let_in_at_every_backend" {
  command = plan

  module {
    source = "./modules/edge"
  }

  variables {
    programmatic_clients = ["123456789012-abc.apps.googleusercontent.com"]
  }

  assert {
    condition     = { for name, settings in google_iap_settings.web : name => length(settings.access_settings[0].reauth_settings) } == { console = 0, reset_passcode = 1, reveal_passcode = 1 }
    error_message = "Clients are a setting of each backend; step-up stays where it was."
  }
  assert {
    condition     = alltrue([for settings in google_iap_settings.web : settings.access_settings[0].oauth_settings[0].programmatic_clients == tolist(["123456789012-abc.apps.googleusercontent.com"])])
    error_message = "A client that is not listed is turned away."
  }
}

run "without_a_zone_no_records" {
  command = plan

  module {
    source = "./modules/edge"
  }

  assert {
    condition     = length(google_dns_record_set.console) == 0 && length(output.dns_records) == 2
    error_message = "The records are given out instead."
  }
  assert {
    condition     = length(google_compute_security_policy.web) == 0
    error_message = "Cloud Armor is asked for."
  }
}

run "zone_armor_and_own_client" {
  command = plan

  module {
    source = "./modules/edge"
  }

  override_resource {
    target          = google_compute_security_policy.web
    values          = { id = "the-policy" }
    override_during = plan
  }

  variables {
    dns_zone            = { project_id = "example-dns", managed_zone = "example-com" }
    armor               = { requests_per_minute = 600 }
    oauth_client        = { client_id = "1-a.apps.googleusercontent.com", secret_version = 3 }
    oauth_client_secret = "not-kept"
  }

  assert {
    condition     = google_dns_record_set.console[0].name == "passcodes.example.com." && google_dns_record_set.authorization[0].type == "CNAME"
    error_message = "Both records."
  }
  assert {
    condition     = { for rule in google_compute_security_policy.web[0].rule : rule.priority => rule.action } == { "1000" = "throttle", "2147483647" = "allow" }
    error_message = "Cloud Armor throttles, and lets everything else to IAP; without the last rule Compute Engine refuses the policy."
  }
  assert {
    condition     = alltrue([for backend in google_compute_backend_service.web : backend.security_policy == "the-policy"])
    error_message = "A policy that stands before no backend does nothing."
  }
  assert {
    condition = alltrue([for rule in google_compute_security_policy.web[0].rule :
    rule.match[0].versioned_expr == "SRC_IPS_V1" && rule.match[0].config[0].src_ip_ranges == toset(["*"])])
    error_message = "Each rule is for all addresses."
  }
  assert {
    condition = alltrue([for rule in google_compute_security_policy.web[0].rule :
      rule.rate_limit_options[0].enforce_on_key == "IP" && rule.rate_limit_options[0].exceed_action == "deny(429)" && rule.rate_limit_options[0].conform_action == "allow" &&
    rule.rate_limit_options[0].rate_limit_threshold[0].count == 600 && rule.rate_limit_options[0].rate_limit_threshold[0].interval_sec == 60 if rule.action == "throttle"])
    error_message = "The rate is that of one address in one minute."
  }
  assert {
    condition     = alltrue([for backend in google_compute_backend_service.web : backend.iap[0].oauth2_client_id == "1-a.apps.googleusercontent.com" && backend.iap[0].oauth2_client_secret_wo_version == "3"])
    error_message = "Own client at each backend; a new secret is written by its version."
  }
}

run "the_public_is_no_member" {
  command = plan

  module {
    source = "./modules/edge"
  }

  variables {
    members = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.members]
}

run "a_backend_more_or_less_is_refused" {
  command = plan

  module {
    source = "./modules/edge"
  }

  variables {
    services = { console = "console" }
  }

  expect_failures = [var.services]
}
