locals {
  standing_tiles = [
    { title = "Requests by function and class", unit = "1/s", queries = ["sum by (service_name, response_code_class) (rate(${local.requests}}[5m]))"] },
    { title = "Latency by function, 95 %", unit = "ms", queries = ["histogram_quantile(0.95, sum by (le, service_name) (rate(run_googleapis_com:request_latencies_bucket{monitored_resource=\"cloud_run_revision\"}[5m])))"] },
    { title = "Oldest message by subscription", unit = "s", queries = ["max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource=\"pubsub_subscription\"})"] },
    { title = "Dead letters", unit = "1", queries = ["max by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.dead_letters}\"})"] },
    { title = "Alerts of the code", unit = "1", queries = ["sum by (alert, function) (increase(logging_googleapis_com:user_${google_logging_metric.alerts.name}{monitored_resource=\"cloud_run_revision\"}[5m]))"] },
    { title = "Instances by function", unit = "1", queries = ["sum by (service_name) (max_over_time(run_googleapis_com:container_instance_count{monitored_resource=\"cloud_run_revision\"}[5m]))"] },
  ]

  # A tile for each metric of the code: how often, or the median and the 95th percentile.
  metric_tiles = [
    for metric in var.metrics : {
      title   = metric.description
      unit    = metric.unit
      queries = metric.value == null ? [local.count_query[metric.name]] : [for share in [0.5, 0.95] : replace(local.quantile_query[metric.name], "SHARE", share)]
    }
  ]

  prometheus_name = { for metric in var.metrics : metric.name => "logging_googleapis_com:user_${replace(metric.name, "/[^A-Za-z0-9_]/", "_")}" }
  count_query     = { for metric in var.metrics : metric.name => "sum by (${join(", ", sort(keys(metric.labels)))}) (increase(${local.prometheus_name[metric.name]}{monitored_resource=\"cloud_run_revision\"}[5m]))" }
  quantile_query  = { for metric in var.metrics : metric.name => "histogram_quantile(SHARE, sum by (le) (rate(${local.prometheus_name[metric.name]}_bucket{monitored_resource=\"cloud_run_revision\"}[1h])))" }

  tiles = concat(local.standing_tiles, local.metric_tiles)
}

resource "google_monitoring_dashboard" "product" {
  project = var.project_id

  # Defaults of the server are written out and zeros left out, as the server does, so that no plan shows a difference.
  dashboard_json = jsonencode({
    displayName = "Passcode reset"
    labels      = { for key in keys(var.labels) : key => "" }
    mosaicLayout = {
      columns = 48
      tiles = [
        for index, tile in local.tiles : merge(
          {
            width  = 24
            height = 16
            widget = {
              title = tile.title
              xyChart = {
                chartOptions = { mode = "COLOR" }
                dataSets = [
                  for query in tile.queries : {
                    plotType   = "LINE"
                    targetAxis = "Y1"
                    timeSeriesQuery = {
                      prometheusQuery = query
                      unitOverride    = tile.unit
                    }
                  }
                ]
                yAxis = { scale = "LINEAR" }
              }
            }
          },
          index % 2 == 0 ? {} : { xPos = 24 },
          index < 2 ? {} : { yPos = 16 * floor(index / 2) },
        )
      ]
    }
  })
}
