"""Runs a program in its own place that ends when the process which started it does (laptop stack, Linux).

``python -I -S local/tied_process.py PARENT_PID PROGRAM [ARGUMENT …]``. The kernel sends SIGTERM on the parent's
death, whatever it died of, and remembers that across exec. Imports little, for it runs before every child.

Source: Linux prctl(2), PR_SET_PDEATHSIG.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tied(command: list[str] | tuple[str, ...]) -> list[str]:
    """Return the command that runs ``command`` and ends when the calling thread does, however it ends; on Linux."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main(arguments: list[str]) -> None:
    """Become the program; exits with 1 where the parent died before it could be tied to it."""
    parent, *command = arguments
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  # no shell is wanted: these are program and arguments


if __name__ == "__main__":
    main(sys.argv[1:])
