"""Service layer: one use case a file, over the Protocols of ``ports``. No SDK, no HTTP, no environment."""
