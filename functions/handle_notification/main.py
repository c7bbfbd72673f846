"""Entry of ``handle_notification``: takes AMAPI's notifications as hints."""

import functions_framework
from cloudevents.http import CloudEvent

from shared.runtime import wiring
from shared.runtime.push import notification_push

_step = wiring.handle_notification()


@functions_framework.cloud_event
def handle_notification(event: CloudEvent) -> None:
    """Handle one push; returning acknowledges, raising has it delivered again."""
    notification_push(event, _step)
