"""``python -m local.inbox``: serves on ``INBOX_PORT`` until SIGTERM or Ctrl-C (laptop stack)."""

import os
import signal
import sys
import threading
from types import FrameType

from local.inbox.server import running
from local.stack_options import INBOX_PORT


def main() -> int:
    """Serve and return the exit status: 0 when told to stop, 2 where INBOX_PORT is no number.

    Raises:
        SystemExit: the port is taken; werkzeug has said so.
    """
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    try:
        with running(int(os.environ.get("INBOX_PORT") or INBOX_PORT)) as inbox:
            print(f"inbox on {inbox.url}", flush=True)
            stop.wait()
    except ValueError as fault:
        sys.stderr.write(f"inbox: INBOX_PORT: {fault}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
