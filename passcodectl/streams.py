"""Makes standard input, output and error fit to be used, however the program was started."""

import io
import os
import sys


def ready() -> None:
    """Open what was closed (``>&-``), and let no character stop the program.

    A closed stream is None in Python, and the next file or connection would take its number. A character that the
    encoding lacks (a name, in Latin-1) is written as its escape, as Python does on standard error anyway.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, _nothing(number))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def let_go() -> None:
    """Drop what cannot be written: Python tries once more at its end, and would then end as 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _nothing(number: int) -> io.TextIOWrapper:
    """Return a stream of this number that is empty, and forgets what is written."""
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return os.fdopen(number, "w" if number else "r", encoding="utf-8")
