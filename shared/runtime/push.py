"""Pub/Sub pushes: decode the message, call one service, acknowledge or not (runtime layer).

An answer of 204 acknowledges; raising answers 500 and Pub/Sub delivers again. Acknowledged is whatever the store
knows or nobody can do anything about; raised only what may work the next time, which is a store or a key service
that did not answer.

The request is read here and not by the framework's support for CloudEvents, which answers 4xx or 5xx, and so has it
delivered again and again, where a message has attributes and no data: AMAPI tries a topic with such a one.
"""

import base64
import binascii
import json
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Request, Response

from shared.domain.errors import PermanentError, RejectedError
from shared.domain.resource_names import is_action
from shared.runtime.web import method_not_allowed

log = logging.getLogger(__name__)


def message_of(raw: Request) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return a message's JSON object and attributes; {} for either where the push holds none.

    Understood are Pub/Sub's own wrapped push, ``{"message": {"data", "attributes", …}, "subscription"}``, and the
    CloudEvent that Eventarc makes of it, in binary mode (the same body) and structured (the body under ``data``).

    Source: https://cloud.google.com/pubsub/docs/push#receive_push
    """
    envelope = _json_object(raw.get_data(cache=False))
    message = _object(_object(envelope.get("data", envelope)).get("message"))
    try:
        data = base64.b64decode(message.get("data") or "", validate=True)
    except (TypeError, ValueError, binascii.Error):
        data = b""
    return _json_object(data), _object(message.get("attributes"))


def action_push(raw: Request, service: Callable[[str], object]) -> Response:
    """Hand the action that a message names to a service.

    Raises:
        TransientError: from the service (retry). All else is acknowledged here, with a line in the log.
    """
    if raw.method != "POST":
        return method_not_allowed(["POST"])
    body, _attributes = message_of(raw)
    name = body.get("action")
    if isinstance(name, str) and is_action(name):
        _run(lambda: service(name), {"action": name})
    else:
        log.warning("message names no action")
    return Response(status=HTTPStatus.NO_CONTENT)


def notification_push(raw: Request, service: Callable[[str, Mapping[str, Any]], object]) -> Response:
    """Hand one of AMAPI's notifications to a service; errors as in ``action_push``."""
    if raw.method != "POST":
        return method_not_allowed(["POST"])
    body, attributes = message_of(raw)
    kind = attributes.get("notificationType")
    _run(lambda: service(kind if isinstance(kind, str) else "", body), {})
    return Response(status=HTTPStatus.NO_CONTENT)


def _json_object(content: bytes) -> Mapping[str, Any]:
    try:
        return _object(json.loads(content))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _run(call: Callable[[], object], facts: Mapping[str, str]) -> None:
    try:
        call()
    except (RejectedError, PermanentError) as error:
        told = {**facts, "reason": error.reason, "alert": "MESSAGE_DROPPED"}
        log.error("acknowledged without effect", extra=told)  # noqa: TRY400  # the reason says it, a trace would not
