"""``python -m local.gateway``: serves until SIGTERM or Ctrl-C (laptop stack)."""

import os
import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from local.gateway.app import Gateway
from local.gateway.config import from_environ
from local.gateway.keys import load_signer


class _Handler(WSGIRequestHandler):
    """Speaks HTTP/1.1, and stays quiet: each function logs its own requests."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing; paths and query strings belong into no second log."""


def main() -> int:
    """Serve on 127.0.0.1 and return the exit status."""
    try:
        config = from_environ(os.environ)
    except ValueError as fault:
        sys.stderr.write(f"gateway: {fault}\n")
        return 2
    app = Gateway(config, load_signer(config.key_file))
    server = make_server("127.0.0.1", config.port, app, threaded=True, request_handler=_Handler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
