"""Shows something secret on a terminal so that nothing of it stays."""

import select
import sys
from collections.abc import Sequence

import click

OPEN = "\x1b[?1049h\x1b[2J\x1b[H"
CLOSE = "\x1b[2J\x1b[?1049l"
"""The alternate screen has no scrollback, and what stood before comes back. Source: xterm's control sequences."""

SHOWN_S = 120
"""Long enough to read sixteen characters out twice; then it goes, should the reader have been called away."""


def show_and_forget(lines: Sequence[str]) -> None:
    """Show lines until Enter, Ctrl-C, or for two minutes; standard input and output are a terminal."""
    click.echo(OPEN + "\n".join([*lines, "", "Enter clears this."]), nl=False, color=True)
    try:
        _wait_for_enter()
    except KeyboardInterrupt:
        pass  # it only ends the showing
    finally:
        click.echo(CLOSE, nl=False, color=True)


def _wait_for_enter() -> None:
    if sys.platform == "win32":  # select() takes no terminal there
        input()
        return
    ready, _, _ = select.select([sys.stdin], [], [], SHOWN_S)
    if ready:
        sys.stdin.readline()
