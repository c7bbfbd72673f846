locals {
  # Who used the key, read a secret or was let in. Not Firestore: it would log each read, a hundred for one reset, and
  # the service writes an audit of its own. A change of IAP's settings, such as how old a sign-in may be, is no admin
  # activity but data written to IAP: left out, who turned that off would stand nowhere.
  # Source: https://cloud.google.com/iap/docs/audit-log-howto (methods by permission type)
  audited = {
    "cloudkms.googleapis.com"      = ["DATA_READ"]
    "iap.googleapis.com"           = ["DATA_READ", "DATA_WRITE"]
    "secretmanager.googleapis.com" = ["DATA_READ"]
  }

  booleans = [
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "storage.publicAccessPrevention",
    "storage.uniformBucketLevelAccess",
  ]

  allowed_values = {
    "cloudfunctions.allowedIngressSettings" = ["ALLOW_INTERNAL_AND_GCLB", "ALLOW_INTERNAL_ONLY"]
    "run.allowedIngress"                    = ["internal", "internal-and-cloud-load-balancing"]
  }
}

resource "google_project_iam_audit_config" "this" {
  for_each = local.audited

  project = var.project_id
  service = each.key

  dynamic "audit_log_config" {
    for_each = each.value

    content {
      log_type = audit_log_config.value
    }
  }

  depends_on = [time_sleep.services_are_on]
}

resource "google_org_policy_policy" "booleans" {
  for_each = toset(var.enforce_org_policies ? local.booleans : [])

  name   = "projects/${var.project_id}/policies/${each.value}"
  parent = "projects/${var.project_id}"

  spec {
    rules {
      enforce = "TRUE"
    }
  }

  depends_on = [time_sleep.services_are_on]
}

resource "google_org_policy_policy" "allowed_values" {
  for_each = var.enforce_org_policies ? local.allowed_values : {}

  name   = "projects/${var.project_id}/policies/${each.key}"
  parent = "projects/${var.project_id}"

  spec {
    rules {
      values {
        allowed_values = each.value
      }
    }
  }

  depends_on = [time_sleep.services_are_on]
}

resource "google_billing_budget" "this" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = var.budget_name

  budget_filter {
    projects = ["projects/${var.project_number}"]
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.monthly_amount)
    }
  }

  threshold_rules {
    threshold_percent = 0.5
  }
  threshold_rules {
    threshold_percent = 1
  }
  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = slice(var.budget_channels, 0, min(5, length(var.budget_channels))) # five at most
    enable_project_level_recipients  = true
  }

  depends_on = [time_sleep.services_are_on]
}
