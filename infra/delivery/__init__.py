"""Plans a deployment, and applies exactly what was planned: Terraform's saved plan with the very zips of it."""
