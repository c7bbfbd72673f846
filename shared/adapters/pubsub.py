"""Publishing to Google Pub/Sub (adapter of ``Bus``)."""

import json
import os

import grpc
from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError, ServiceUnavailable
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.pubsub_v1 import PublisherClient, PubsubMessage
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from shared.domain.errors import TransientError
from shared.domain.messages import Message

PUBLISH_TIMEOUT_S = 5.0
"""With repeats. A person waits behind a publish, and one that fails is only late: the timer publishes again."""


class PubSubBus:
    """Publishes one message a call, at once.

    The generated client is used directly, because the batching one above it waits 10 ms for company and may answer
    before the message is stored. ``PUBSUB_EMULATOR_HOST`` (``host:port``) is honoured as by Google's own clients.
    """

    def __init__(self, *, timeout_s: float = PUBLISH_TIMEOUT_S) -> None:
        self._client = _client(os.environ.get("PUBSUB_EMULATOR_HOST", ""))
        self._timeout_s = timeout_s
        self._retry = Retry(
            if_exception_type(ServiceUnavailable), initial=0.1, maximum=1.0, multiplier=2.0, timeout=timeout_s
        )

    def publish(self, topic: str, message: Message) -> None:
        """Publish to ``projects/{p}/topics/{t}``; returns when Pub/Sub has it.

        The data travels as a JSON object in UTF-8. Safe to repeat: receivers bear duplicates.

        Raises:
            TransientError: ``PUBLISH_FAILED``: no answer, or refused: a missing topic or right is repaired by a
                person, and the timer publishes again (retry).
        """
        data = json.dumps(message.data, allow_nan=False).encode()
        wire = PubsubMessage(data=data, attributes=dict(message.attributes))
        try:
            self._client.publish(topic=topic, messages=[wire], retry=self._retry, timeout=self._timeout_s)
        except (GoogleAPIError, GoogleAuthError) as problem:
            raise _failed(topic, problem) from problem


def _client(emulator: str) -> PublisherClient:
    if not emulator:
        return PublisherClient()
    return PublisherClient(transport=PublisherGrpcTransport(channel=grpc.insecure_channel(emulator)))


def _failed(topic: str, problem: Exception) -> TransientError:
    status = problem.grpc_status_code if isinstance(problem, GoogleAPICallError) else None
    word = status.name if status else type(problem).__name__
    return TransientError(
        "PUBLISH_FAILED", "The message bus did not take the message.", {"topic": topic, "status": word}
    )
