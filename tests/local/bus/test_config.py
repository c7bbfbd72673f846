"""A configuration of the embedded bus is understood whole, or refused with the reason."""

import json
from typing import Any

import pytest

from local.bus.config import parse

TOPIC = "projects/p/topics/requests"
ENTRY = {"topic": TOPIC, "endpoint": "http://127.0.0.1:9000/issue"}


def _parse(*entries: dict[str, Any], **more: Any) -> Any:
    return parse(json.dumps({"subscriptions": entries, **more}))


def test_an_entry_needs_only_topic_and_endpoint() -> None:
    (subscription,) = _parse(ENTRY).subscriptions
    assert subscription.name == "projects/p/subscriptions/requests-push"
    assert subscription.push_url == f"http://127.0.0.1:9000/issue/{TOPIC}"
    assert (subscription.ack_deadline_s, subscription.min_backoff_s, subscription.max_backoff_s) == (600, 10, 600)
    assert (subscription.max_attempts, subscription.dead_letter, subscription.concurrency) == (100, None, 4)


def test_topics_are_those_of_all_entries() -> None:
    config = _parse({**ENTRY, "dead_letter": "projects/p/topics/dead"}, topics=["projects/p/topics/extra"])
    assert config.all_topics() == {TOPIC, "projects/p/topics/dead", "projects/p/topics/extra"}
    assert [each.topic for each in config.of(TOPIC)] == [TOPIC]
    assert config.of("projects/p/topics/dead") == []


def test_two_subscriptions_of_a_topic_have_names() -> None:
    assert len(_parse(ENTRY, {**ENTRY, "name": "projects/p/subscriptions/second"}).subscriptions) == 2
    with pytest.raises(ValueError, match="one name"):
        _parse(ENTRY, ENTRY)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"topic": "requests"}, "not a topic"),
        ({"topic": "projects/p/topics/a"}, "not a topic"),
        ({"topic": "projects/p/topics/requests/../x"}, "not a topic"),
        ({"name": "requests-push"}, "not a subscription"),
        ({"endpoint": "https://127.0.0.1:1"}, "loopback"),
        ({"endpoint": "http://example.com"}, "loopback"),
        ({"endpoint": "http://0.0.0.0:1"}, "loopback"),
        ({"endpoint": "http://127.0.0.1.example.com"}, "loopback"),
        ({"endpoint": "http://127.0.0.1:1/?a=b"}, "loopback"),
        ({"endpoint": "http://user@127.0.0.1:1/"}, "loopback"),
        ({"endpoint": ""}, "loopback"),
        ({"dead_letter": "dead"}, "dead_letter"),
        ({"dead_letter": TOPIC}, "dead_letter"),
        ({"ack_deadline_s": 0}, "above zero"),
        ({"retention_s": -1}, "above zero"),
        ({"min_backoff_s": 5, "max_backoff_s": 1}, "min_backoff_s"),
        ({"min_backoff_s": -1}, "min_backoff_s"),
        ({"max_attempts": 0}, "at least 1"),
        ({"concurrency": 0}, "at least 1"),
        ({"max_attempts": "5"}, "int"),
        ({"filter": "x"}, "unknown field"),
    ],
)
def test_a_wrong_entry_is_refused_with_the_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        _parse({**ENTRY, **change})


@pytest.mark.parametrize("text", ["", "[]", "{", '{"subscriptions": {}}', '{"topics": ["x"]}', '{"x": 1}'])
def test_a_wrong_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)
