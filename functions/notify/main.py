"""Entry of ``notify``: mails the passcode, or that there is none."""

import functions_framework
from cloudevents.http import CloudEvent

from shared.runtime import wiring
from shared.runtime.push import action_push

_step = wiring.notify()


@functions_framework.cloud_event
def notify(event: CloudEvent) -> None:
    """Handle one push; returning acknowledges, raising has it delivered again."""
    action_push(event, _step)
