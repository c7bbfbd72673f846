locals {
  enterprise = "/v1/enterprises/LC0123"

  # Where each request of the product must arrive: [method, path, entry point]. Compute Engine runs these rows before
  # it takes a change of the map; a test of the repository holds them complete against the code's own routes.
  routes = [
    ["GET", "${local.enterprise}/devices", "console"],
    ["GET", "${local.enterprise}/devices/3f1a", "console"],
    ["GET", "${local.enterprise}/devices/3f1a:checkReset", "console"],
    ["GET", "${local.enterprise}/actions", "console"],
    ["GET", "${local.enterprise}/actions/01H0", "console"],
    ["GET", "${local.enterprise}/actions/01H0/events", "console"],
    ["POST", "${local.enterprise}/devices/3f1a:resetPasscode", "reset_passcode"],
    ["PATCH", "${local.enterprise}/devices/3f1a", "reset_passcode"],
    ["POST", "${local.enterprise}/actions/01H0:cancel", "reset_passcode"],
    ["POST", "${local.enterprise}/passcodes/01H0:reveal", "reveal_passcode"],
    ["GET", "${local.enterprise}/passcodes/01H0:reveal", "reveal_passcode"],
    ["GET", "/_session/reset", "reset_passcode"],
    ["GET", "/_session/reveal", "reveal_passcode"],
    ["GET", "/", "console"],
    # Not /healthz: Google's front end answers that path itself, with its own 404, and no service ever sees it.
    # Source: https://cloud.google.com/run/docs/known-issues#ah
    ["GET", "/health", "console"],
    ["GET", "/assets/console.js", "console"],
    ["GET", "/enterprises/LC0123", "console"],
    ["GET", "/enterprises/LC0123/devices", "console"],
    ["GET", "/enterprises/LC0123/devices/3f1a", "console"],
    ["GET", "/enterprises/LC0123/devices/3f1a/log", "console"],
    ["GET", "/enterprises/LC0123/devices/3f1a/user", "console"],
    ["GET", "/enterprises/LC0123/devices/3f1a/reset", "console"],
    ["GET", "/enterprises/LC0123/actions", "console"],
    ["GET", "/enterprises/LC0123/actions.csv", "console"],
    ["GET", "/enterprises/LC0123/actions/01H0", "console"],
  ]
}

# Route rules by path template: a path rule takes a wildcard only at its end, and one matcher never has both kinds.
# First rule wins. `local/gateway/routes.py` plays the same rows on a laptop.
resource "google_compute_url_map" "console" {
  project = var.project_id
  name    = "passcode-reset"

  # Another host name is led to the right one: cookies and the check of a request's origin belong to one origin.
  default_url_redirect {
    host_redirect          = var.domain
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }

  host_rule {
    hosts        = [var.domain]
    path_matcher = "product"
  }

  path_matcher {
    name            = "product"
    default_service = google_compute_backend_service.web["console"].id

    route_rules {
      priority = 10
      service  = google_compute_backend_service.web["reveal_passcode"].id

      match_rules {
        path_template_match = "/v1/enterprises/*/passcodes/*"
      }
    }

    # Reads go to the function that can only read, so that no list asks for a fresh sign-in.
    route_rules {
      priority = 20
      service  = google_compute_backend_service.web["console"].id

      match_rules {
        prefix_match = "/v1/"

        header_matches {
          header_name = ":method"
          exact_match = "GET"
        }
      }
    }

    route_rules {
      priority = 30
      service  = google_compute_backend_service.web["reset_passcode"].id

      match_rules {
        prefix_match = "/v1/"
      }
    }

    # Pages whose only use is that a browser can visit them: IAP's cookie may belong to one backend, and to a POST
    # without it IAP answers 401 instead of leading to the sign-in.
    route_rules {
      priority = 40
      service  = google_compute_backend_service.web["reset_passcode"].id

      match_rules {
        full_path_match = "/_session/reset"
      }
    }

    route_rules {
      priority = 50
      service  = google_compute_backend_service.web["reveal_passcode"].id

      match_rules {
        full_path_match = "/_session/reveal"
      }
    }
  }

  dynamic "test" {
    for_each = var.url_map_tests ? local.routes : []

    content {
      description = "${test.value[0]} to ${test.value[2]}"
      host        = var.domain
      path        = test.value[1]
      service     = google_compute_backend_service.web[test.value[2]].id

      headers {
        name  = ":method"
        value = test.value[0]
      }
    }
  }
}
