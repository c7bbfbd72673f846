"""Entry of ``python -m tests.simulation``; see ``tests.simulation.run``."""

import sys

from tests.simulation.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
