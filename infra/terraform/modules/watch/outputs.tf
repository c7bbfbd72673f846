output "notification_channels" {
  description = "Full names of the channels that alerts are sent to."
  value       = local.channels
}
