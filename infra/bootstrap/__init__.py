"""The guided first set-up of an environment, safe to repeat at any point.

Each step looks first and changes only what is missing; ``__main__`` runs them in order. A step tells what it found
through ``telling`` and stops the run by ``NeedsYouError`` where a person has to act.
"""
