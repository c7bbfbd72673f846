"""Exit codes: what scripts go by. They never change their meaning."""

from enum import IntEnum


class Exit(IntEnum):
    """How a call of the program ended."""

    DONE = 0
    ENDED_OTHERWISE = 1
    USAGE = 2
    REFUSED = 3
    NO_ACCESS = 4
    NOT_FOUND = 5
    UNAVAILABLE = 6
    STILL_RUNNING = 7
    UNKNOWN = 8
    INTERNAL = 70
    STOPPED = 130
    PIPE_CLOSED = 141


EXPLAINED: dict[Exit, str] = {
    Exit.DONE: "done",
    Exit.ENDED_OTHERWISE: "the reset ended FAILED, EXPIRED or CANCELLED (cancel: not CANCELLED)",
    Exit.USAGE: "the command line is wrong; nothing was sent",
    Exit.REFUSED: "the API refused, with a reason",
    Exit.NO_ACCESS: "not signed in, or without the right",
    Exit.NOT_FOUND: "no such device or reset, or more than one device fits",
    Exit.UNAVAILABLE: "the API cannot be reached, or is unavailable",
    Exit.STILL_RUNNING: "waited long enough; the reset goes on",
    Exit.UNKNOWN: "the reset ended UNKNOWN: it may or may not have run",
    Exit.INTERNAL: "a fault of this program",
    Exit.STOPPED: "stopped by you; a reset that was sent goes on",
    Exit.PIPE_CLOSED: "whoever read the output stopped reading",
}
"""One line each, for ``--help`` and the documentation.

70 is EX_SOFTWARE of BSD's sysexits; 130 and 141 are what a shell reports for SIGINT and SIGPIPE (128 + number).
"""
