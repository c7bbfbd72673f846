# A root module of its own: another cloud, other credentials, other people. Its outputs are the variable `ses` of the
# other root module.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.69"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      app         = "passcode-reset"
      environment = var.environment
    }
  }
}
