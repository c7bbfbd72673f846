"""Entry of ``handle_notification``: takes AMAPI's notifications as hints."""

import functions_framework
from flask import Request, Response

from shared.runtime import wiring
from shared.runtime.push import notification_push

_step = wiring.handle_notification()


@functions_framework.http
def handle_notification(request: Request) -> Response:
    """Handle one push; 204 acknowledges, 500 has it delivered again."""
    return notification_push(request, _step)
