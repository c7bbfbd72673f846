"""Creates the push subscriptions on Google's Pub/Sub emulator (laptop stack).

``python -m local.push_subscriptions`` reads ``BUS_CONFIG``, the same JSON that the embedded bus is given, so that
both buses push the same topics to the same functions.
"""

import os
import sys
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import AlreadyExists
from google.cloud import pubsub_v1

from local.bus.config import BusConfig, Subscription, parse

CALL_TIMEOUT_S = 30.0
"""A fresh emulator takes a second for its first call."""


def create(config: BusConfig) -> None:
    """Create topics and subscriptions; safe to repeat, for existing ones are left as they are."""
    with pubsub_v1.PublisherClient() as publisher, pubsub_v1.SubscriberClient() as subscriber:
        for topic in sorted(config.all_topics()):
            _unless_there(publisher.create_topic, name=topic)
        for subscription in config.subscriptions:
            _unless_there(subscriber.create_subscription, request=_request(subscription))


def _request(subscription: Subscription) -> dict[str, Any]:
    return {
        "name": subscription.name,
        "topic": subscription.topic,
        "push_config": {"push_endpoint": subscription.push_url},
        "ack_deadline_seconds": int(subscription.ack_deadline_s),
        "retry_policy": {
            "minimum_backoff": timedelta(seconds=subscription.min_backoff_s),
            "maximum_backoff": timedelta(seconds=subscription.max_backoff_s),
        },
    }


def _unless_there(call: Any, **arguments: Any) -> None:
    try:
        call(timeout=CALL_TIMEOUT_S, **arguments)
    except AlreadyExists:
        return


def main() -> int:
    """Create them on the emulator and return the exit status; refuses to touch the real Pub/Sub."""
    if not os.environ.get("PUBSUB_EMULATOR_HOST"):
        print("push_subscriptions: PUBSUB_EMULATOR_HOST is not set", file=sys.stderr)
        return 2
    create(parse(os.environ["BUS_CONFIG"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
