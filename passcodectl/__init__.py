"""The command-line client of the HTTP API, for scripts and for the night.

It stands alone: it imports nothing of the functions or of the laptop stack, and speaks only what docs/openapi.yaml
says.
"""
