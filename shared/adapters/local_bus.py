"""Publishing to the embedded bus of a laptop (adapter of ``Bus``).

It speaks the REST form of Pub/Sub's publish. Source: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish
"""

import base64
import json

import urllib3
from urllib3.exceptions import HTTPError

from shared.domain.errors import TransientError
from shared.domain.messages import Message

CONNECT_TIMEOUT_S = 1.0
"""Loopback answers at once or not at all."""

READ_TIMEOUT_S = 5.0
"""The bus answers after one local write; a busy laptop may be slow."""

CONNECTIONS = 16
"""Kept open: twice the threads of a function."""


class LocalBus:
    """Publishes by ``POST {base}/v1/{topic}:publish``, ``base`` such as ``http://127.0.0.1:8085``."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        # One repeat, for a kept connection that the bus closed meanwhile; a duplicate does no harm.
        retries = urllib3.Retry(total=1, redirect=0, status=0, allowed_methods=None, backoff_factor=0)
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=retries, timeout=timeout)

    def publish(self, topic: str, message: Message) -> None:
        """Publish to ``projects/{p}/topics/{t}``; returns when the bus has stored it.

        The data travels as a JSON object in UTF-8. Safe to repeat: receivers bear duplicates.

        Raises:
            TransientError: ``PUBLISH_FAILED``: no answer, or refused (retry).
        """
        data = json.dumps(message.data, allow_nan=False).encode()
        wire = {"data": base64.b64encode(data).decode("ascii"), "attributes": dict(message.attributes)}
        try:
            answer = self._pool.request("POST", f"{self._base_url}/v1/{topic}:publish", json={"messages": [wire]})
        except HTTPError as problem:
            raise _failed(topic, type(problem).__name__) from problem
        if answer.status != 200:  # noqa: PLR2004  # the one status that means stored
            raise _failed(topic, str(answer.status))


def _failed(topic: str, status: str) -> TransientError:
    return TransientError(
        "PUBLISH_FAILED", "The message bus did not take the message.", {"topic": topic, "status": status}
    )
