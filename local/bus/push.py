"""One push request, in the very form that Pub/Sub sends (laptop stack)."""

import base64
import http.client
import json
from urllib.parse import urlsplit

from local.bus.config import Subscription
from local.bus.journal import StoredMessage

ACKNOWLEDGING = frozenset({102, 200, 201, 204})
"""Every other status, 202 among them, asks for another delivery.

Source: https://cloud.google.com/pubsub/docs/push#receive_push
"""


def envelope(subscription: Subscription, message: StoredMessage) -> bytes:
    """Return the wrapped body: JSON ``{"subscription", "message": {…}}`` in UTF-8.

    The message holds ``data`` (base64), ``attributes``, and id and time under both of their spellings; data and
    attributes are there even when empty, as observed of Google's emulator 0.8.20.
    """
    fields = {
        "attributes": dict(message.content.attributes),
        "data": base64.b64encode(message.content.data).decode("ascii"),
        "messageId": str(message.id),
        "message_id": str(message.id),
        "publishTime": message.publish_time,
        "publish_time": message.publish_time,
    }
    return json.dumps({"message": fields, "subscription": subscription.name}, ensure_ascii=False).encode()


def push(subscription: Subscription, message: StoredMessage) -> str:
    """Post a message; returns "" where it was acknowledged, else what came instead.

    A connection of its own for each request: reusing one that the receiver just closed would cost a whole backoff,
    a new one on loopback costs less than a millisecond.
    """
    url = urlsplit(subscription.push_url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=subscription.ack_deadline_s)
    headers = {"Content-Type": "application/json", "Connection": "close"}
    try:
        connection.request("POST", url.path, envelope(subscription, message), headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as problem:
        return type(problem).__name__
    finally:
        connection.close()
    return "" if status in ACKNOWLEDGING else f"status {status}"
