"""Deployment tooling: bundles, Terraform without the network, checks, first set-up. Nothing here is deployed."""
