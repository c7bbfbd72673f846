"""The console's pages: server-rendered, read-only. Effects go from the browser's module to ``/v1``.

Deployed beside ``main.py``; nothing outside ``functions/console`` imports it.
"""
