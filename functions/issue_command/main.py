"""Entry of ``issue_command``: sends the command of an action."""

import functions_framework
from flask import Request, Response

from shared.runtime import wiring
from shared.runtime.push import action_push

_step = wiring.issue_command()


@functions_framework.http
def issue_command(request: Request) -> Response:
    """Handle one push; 204 acknowledges, 500 has it delivered again."""
    return action_push(request, _step)
