# Labels of a metric are fixed once it is made: a new label needs a new name.
resource "google_logging_metric" "fact" {
  for_each = { for metric in var.metrics : metric.name => metric }

  project          = var.project_id
  name             = each.key
  description      = each.value.description
  filter           = each.value.filter
  value_extractor  = each.value.value
  label_extractors = each.value.labels

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = each.value.unit

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  dynamic "bucket_options" {
    for_each = each.value.buckets == null ? [] : [each.value.buckets]

    content {
      explicit_buckets {
        bounds = bucket_options.value
      }
    }
  }
}

resource "google_logging_metric" "alerts" {
  project     = var.project_id
  name        = "passcode_reset_alerts"
  description = "Log lines that carry an alert, by code and function"
  filter      = "resource.type=\"cloud_run_revision\" AND jsonPayload.alert:*"

  label_extractors = {
    alert    = "EXTRACT(jsonPayload.alert)"
    function = "EXTRACT(jsonPayload.function)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key        = "alert"
      value_type = "STRING"
    }

    labels {
      key        = "function"
      value_type = "STRING"
    }
  }
}
