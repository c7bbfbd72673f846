"""Adapter layer: the only importers of an SDK. Each adapter implements a Protocol of ``services.ports``."""
