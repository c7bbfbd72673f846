"""Entry of ``notify``: mails the passcode, or that there is none."""

import functions_framework
from flask import Request, Response

from shared.runtime import wiring
from shared.runtime.push import action_push

_step = wiring.notify()


@functions_framework.http
def notify(request: Request) -> Response:
    """Handle one push; 204 acknowledges, 500 has it delivered again."""
    return action_push(request, _step)
