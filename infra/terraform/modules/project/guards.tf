locals {
  # Who used the key, read a secret or was let in. Not Firestore: it would log each read, a hundred for one reset, and
  # the service writes an audit of its own.
  audited_services = ["cloudkms.googleapis.com", "iap.googleapis.com", "secretmanager.googleapis.com"]

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
  for_each = toset(local.audited_services)

  project = var.project_id
  service = each.value

  audit_log_config {
    log_type = "DATA_READ"
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
