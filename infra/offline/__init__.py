"""The real Terraform binary on our modules, with no cloud provider to download.

Layer: deployment tooling, never deployed. Nothing under `functions` or `shared` imports it.
"""
