locals {
  facts = jsondecode(file("${path.module}/facts.json"))

  # A relative folder is meant from here, wherever Terraform was started.
  bundles_dir = startswith(var.bundles_dir, "/") ? var.bundles_dir : "${path.module}/${var.bundles_dir}"
  bundles     = jsondecode(file("${local.bundles_dir}/manifest.json"))

  labels = merge({ app = "passcode-reset", environment = var.environment, managed-by = "terraform" }, var.labels)

  # Function = Cloud Run service = network endpoint group. The load balancer names services by these words and not by
  # reference: a function's environment holds its backend's id, so a reference back would be a cycle.
  services     = { for function in keys(local.rights) : function => replace(function, "_", "-") }
  web_services = { for function, service in local.services : function => service if local.rights[function].invoker == "iap" }

  console_url = "https://${var.console_domain}"

  # Names for the same reason: subscriptions need functions, and functions name the topics that they publish to.
  topics = {
    requests      = "passcode-reset-requests"
    events        = "passcode-reset-events"
    notifications = "amapi-notifications"
  }
}
