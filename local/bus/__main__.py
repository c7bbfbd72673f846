"""``python -m local.bus``: the embedded bus as a process, until SIGTERM or SIGINT (laptop stack)."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from local.bus.broker import Broker
from local.bus.config import BusConfig, parse
from local.bus.journal import JournalInUseError

DEFAULT_PORT = 8085
"""The port of Google's Pub/Sub emulator, whose place it takes."""

DEFAULT_DATABASE = "var/bus.sqlite"

_ENDINGS = {signal.SIGTERM, signal.SIGINT}


def main() -> int:
    """Run the bus; returns the exit status: 0 after a signal, 1 where it could not start."""
    logging.basicConfig(level=logging.INFO, format="bus: %(message)s", stream=sys.stderr)
    # Blocked before any thread starts, so that the main thread alone gets them, and none is missed while starting.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    arguments = _arguments()
    try:
        broker = Broker(_config(arguments.config), arguments.database, arguments.port)
    except (ValueError, OSError, JournalInUseError) as problem:
        print(f"bus: {problem}", file=sys.stderr)
        return 1
    broker.start()
    print(f"bus: listening on {broker.base_url}", flush=True)
    signal.sigwait(_ENDINGS)
    broker.stop()
    return 0


def _arguments() -> argparse.Namespace:
    environment = os.environ
    parser = argparse.ArgumentParser(prog="python -m local.bus", description=__doc__)
    parser.add_argument("--config", default=environment.get("BUS_CONFIG", "{}"), help="JSON, or a file with it")
    parser.add_argument("--database", default=environment.get("BUS_DATABASE", DEFAULT_DATABASE))
    parser.add_argument("--port", type=int, default=environment.get("BUS_PORT", DEFAULT_PORT), help="0: a free one")
    return parser.parse_args()


def _config(text: str) -> BusConfig:
    return parse(text if text.lstrip().startswith("{") else Path(text).read_bytes())


if __name__ == "__main__":
    sys.exit(main())
