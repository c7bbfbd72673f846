"""Entry of ``sync_devices``: mirrors AMAPI's devices; the scheduler posts every five minutes."""

import functions_framework
from flask import Request
from werkzeug import Response

from shared.runtime import wiring

_answer = wiring.sync_devices()


@functions_framework.http
def sync_devices(request: Request) -> Response:
    """Answer one request."""
    return _answer(request)
