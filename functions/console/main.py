"""Entry of ``console``: pages and read routes. Reads only."""

import functions_framework
from flask import Request
from werkzeug import Response

from console_pages.site import add_pages
from shared.runtime import wiring

_answer = wiring.console(add_pages)


@functions_framework.http
def console(request: Request) -> Response:
    """Answer one request."""
    return _answer(request)
