"""Entry of ``reveal_passcode``: shows a passcode to who may see it, after the audit row."""

import functions_framework
from flask import Request
from werkzeug import Response

from shared.runtime import wiring

_answer = wiring.reveal_passcode()


@functions_framework.http
def reveal_passcode(request: Request) -> Response:
    """Answer one request."""
    return _answer(request)
