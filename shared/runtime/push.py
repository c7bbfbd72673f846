"""Pub/Sub pushes: decode the message, call one service, acknowledge or not (runtime layer).

An answer of 204 acknowledges, 500 has Pub/Sub deliver again. Acknowledged is whatever the store knows or nobody can
do anything about; asked for again only what may work the next time, which is a store or a key service that did not
answer. Errors are answered here and not by the framework, whose line in the log would not name the action.

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

from shared.domain.errors import PermanentError, RejectedError, TransientError
from shared.domain.resource_names import is_action
from shared.runtime import steps, trace_context
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
    """Hand the action that a message names to a service, as one step of that action."""
    if raw.method != "POST":
        return method_not_allowed(["POST"])
    body, attributes = message_of(raw)
    name = body.get("action")
    trace = trace_context.of_message(attributes, raw.headers)
    if isinstance(name, str) and is_action(name):
        with steps.during(steps.Step(trace, {"action": name})):
            return _answer(lambda: service(name))
    with steps.during(steps.Step(trace)):
        # An operator's own, misspelt, or a stranger's: in silence somebody would wait for what never happens.
        log.error("message names no action", extra={"reason": "NO_ACTION", "alert": "MESSAGE_DROPPED"})
    return Response(status=HTTPStatus.NO_CONTENT)


def notification_push(raw: Request, service: Callable[[str, Mapping[str, Any]], object]) -> Response:
    """Hand one of AMAPI's notifications to a service, as a step."""
    if raw.method != "POST":
        return method_not_allowed(["POST"])
    body, attributes = message_of(raw)
    kind = attributes.get("notificationType")
    with steps.during(steps.Step(trace_context.of_message(attributes, raw.headers))):
        return _answer(lambda: service(kind if isinstance(kind, str) else "", body))


def _json_object(content: bytes) -> Mapping[str, Any]:
    try:
        return _object(json.loads(content))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _answer(call: Callable[[], object]) -> Response:
    try:
        call()
    except (RejectedError, PermanentError) as error:
        told = {"reason": error.reason, "alert": "MESSAGE_DROPPED"}
        log.error("acknowledged without effect", extra=told)  # noqa: TRY400  # the reason says it, a trace would not
    except TransientError as error:
        log.warning("to be delivered again", extra={"reason": error.reason, "detail": error.message})
        return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
    except Exception:
        log.exception("unexpected error, to be delivered again")
        return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return Response(status=HTTPStatus.NO_CONTENT)
