"""Entry of ``issue_command``: sends the command of an action."""

import functions_framework
from cloudevents.http import CloudEvent

from shared.runtime import wiring
from shared.runtime.push import action_push

_step = wiring.issue_command()


@functions_framework.cloud_event
def issue_command(event: CloudEvent) -> None:
    """Handle one push; returning acknowledges, raising has it delivered again."""
    action_push(event, _step)
