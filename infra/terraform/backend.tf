# The state lies in a versioned bucket of its own project. Bucket and prefix differ by environment, so they are given
# at `terraform init -backend-config=…`; README.md has the command.
terraform {
  backend "gcs" {}
}
