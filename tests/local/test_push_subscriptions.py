"""Push subscriptions on Google's Pub/Sub emulator."""

import json

import pytest
from google.cloud import pubsub_v1

from local import push_subscriptions
from local.bus.config import parse

TOPIC = "projects/push-subscriptions-test/topics/requests"


@pytest.fixture
def config() -> str:
    row = {"topic": TOPIC, "endpoint": "http://127.0.0.1:20001", "min_backoff_s": 1.5, "max_backoff_s": 10.0}
    return json.dumps({"subscriptions": [row]})


def test_subscriptions_are_made_once_as_configured(pubsub_emulator, config, monkeypatch):
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_emulator)
    monkeypatch.setenv("BUS_CONFIG", config)
    assert push_subscriptions.main() == 0
    push_subscriptions.create(parse(config))
    with pubsub_v1.SubscriberClient() as subscriber:
        name = parse(config).subscriptions[0].name
        found = subscriber.get_subscription(subscription=name)
        assert found.push_config.push_endpoint == f"http://127.0.0.1:20001/{TOPIC}"
        assert found.ack_deadline_seconds == 600
        assert found.retry_policy.minimum_backoff.total_seconds() == 1.5


def test_the_real_pubsub_is_never_touched(config, monkeypatch, capsys):
    monkeypatch.delenv("PUBSUB_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("BUS_CONFIG", config)
    assert push_subscriptions.main() == 2
    assert "PUBSUB_EMULATOR_HOST is not set" in capsys.readouterr().err
