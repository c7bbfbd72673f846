"""Pub/Sub pushes: decode the message, call one service, acknowledge or not (runtime layer).

Returning acknowledges; raising answers 500 and Pub/Sub delivers again. Acknowledged is whatever the store knows or
nobody can do anything about; raised only what may work the next time, which is a store or a key service that did
not answer.
"""

import base64
import binascii
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from cloudevents.http import CloudEvent

from shared.domain.errors import PermanentError, RejectedError
from shared.domain.resource_names import is_action

log = logging.getLogger(__name__)


def message_of(event: CloudEvent) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return a message's JSON object and attributes; ({}, …) where the data is no JSON object."""
    data = event.data if isinstance(event.data, dict) else {}
    message = data.get("message")
    if not isinstance(message, dict):
        return {}, {}
    attributes = message.get("attributes")
    try:
        body = json.loads(base64.b64decode(message.get("data") or "", validate=True))
    except (ValueError, binascii.Error, TypeError):
        body = {}
    return (body if isinstance(body, dict) else {}), (attributes if isinstance(attributes, dict) else {})


def action_push(event: CloudEvent, service: Callable[[str], object]) -> None:
    """Hand the action that a message names to a service.

    Raises:
        TransientError: from the service (retry). All else is acknowledged here, with a line in the log.
    """
    body, _attributes = message_of(event)
    name = body.get("action")
    if not isinstance(name, str) or not is_action(name):
        log.warning("message names no action")
        return
    _run(lambda: service(name), {"action": name})


def notification_push(event: CloudEvent, service: Callable[[str, Mapping[str, Any]], object]) -> None:
    """Hand one of AMAPI's notifications to a service; errors as in ``action_push``."""
    body, attributes = message_of(event)
    kind = attributes.get("notificationType")
    _run(lambda: service(kind if isinstance(kind, str) else "", body), {})


def _run(call: Callable[[], object], facts: Mapping[str, str]) -> None:
    try:
        call()
    except (RejectedError, PermanentError) as error:
        told = {**facts, "reason": error.reason, "alert": "MESSAGE_DROPPED"}
        log.error("acknowledged without effect", extra=told)  # noqa: TRY400  # the reason says it, a trace would not
