"""The console over a store that tests write themselves."""

from tests.functions.console.seeded_console import console

__all__ = ["console"]
