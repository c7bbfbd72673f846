"""Entry of ``reset_passcode``: accepts and cancels resets, assigns users. Holds no right on AMAPI."""

import functions_framework
from flask import Request
from werkzeug import Response

from shared.runtime import wiring

_answer = wiring.reset_passcode()


@functions_framework.http
def reset_passcode(request: Request) -> Response:
    """Answer one request."""
    return _answer(request)
