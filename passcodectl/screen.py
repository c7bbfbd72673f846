"""Shows something secret on a terminal so that nothing of it stays."""

import select
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

import click

if sys.platform != "win32":
    import termios

OPEN = "\x1b[?1049h\x1b[2J\x1b[H"
"""The alternate screen has no scrollback, and what stood before comes back. Source: xterm's control sequences."""

ROWS = 200
"""More than any terminal has that the page stands on; a row below the last one is the last one."""

CLOSE = "".join(f"\x1b[{row}H\x1b[2K" for row in range(ROWS, 0, -1)) + "\x1b[?1049l"
"""Erases row by row: where there is no alternate screen (tmux can switch it off), erasing the whole screen at once
would move the secret into the scrollback. Source: tmux's manual, ``alternate-screen`` and ``scroll-on-clear``."""

SHOWN_S = 120
"""Long enough to read sixteen characters out twice; then it goes, should the reader have been called away."""


def show_and_forget(lines: Sequence[str]) -> None:
    """Show lines until Enter, Ctrl-C or a signal to end, or for two minutes; input and output are a terminal."""
    with _signals_end_the_showing() as let_none_in:
        _forget_typed()
        try:
            click.echo(OPEN + "\n".join([*lines, "", "Enter clears this."]), nl=False, color=True)
            _wait_for_enter()
        except KeyboardInterrupt:
            pass  # it only ends the showing
        finally:
            let_none_in()  # Ctrl-C, hit again, would leave what is not yet erased
            click.echo(CLOSE, nl=False, color=True)


@contextmanager
def _signals_end_the_showing() -> Iterator[Callable[[], None]]:
    r"""Whatever would end or halt the program here, Ctrl-Z and Ctrl-\ too, would leave the secret on the screen."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP", "SIGQUIT")  # Windows has only the first two
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = [(number, signal.signal(number, _end)) for number in numbers]
    try:
        yield lambda: _handle((number, signal.SIG_IGN) for number in numbers)
    finally:
        _handle(before)


def _handle(handlers: Iterable[tuple[signal.Signals, Any]]) -> None:
    for number, handler in handlers:
        signal.signal(number, handler)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _forget_typed() -> None:
    """Drop what was typed before: Enter, hit while the answer was awaited, would take the secret away unseen."""
    if sys.platform != "win32":
        with suppress(termios.error):
            termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _wait_for_enter() -> None:
    if sys.platform == "win32":  # select() takes no terminal there
        input()
        return
    ready, _, _ = select.select([sys.stdin], [], [], SHOWN_S)
    if ready:
        sys.stdin.readline()
