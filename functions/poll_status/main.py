"""Entry of ``poll_status``: the timer; the scheduler posts each minute."""

import functions_framework
from flask import Request
from werkzeug import Response

from shared.runtime import wiring

_answer = wiring.poll_status()


@functions_framework.http
def poll_status(request: Request) -> Response:
    """Answer one request."""
    return _answer(request)
