"""Our own checks of Terraform's plan against the code, for what no general scanner knows.

Layer: deployment tooling, never deployed. Nothing under `functions` or `shared` imports it.
"""
