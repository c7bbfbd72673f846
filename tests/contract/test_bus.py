"""One suite for both buses: Pub/Sub over its emulator, and the embedded one."""

import base64
import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import functions_framework
import grpc
import pytest
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from local.bus.broker import Broker
from local.bus.config import BusConfig, Subscription, push_url
from local.ports import free_ports
from shared.adapters.local_bus import LocalBus
from shared.adapters.pubsub import PubSubBus
from shared.domain.errors import TransientError
from shared.domain.messages import Message
from shared.runtime.steps import Step, TracedBus, during
from shared.runtime.trace_context import ATTRIBUTE, begun, of_message
from shared.services.ports import Bus
from tests.contract.push_receiver import DROP, PushReceiver, wait_until

ACTION = {"action": "enterprises/e/actions/a"}


class LocalWorld:
    """The embedded bus, with short waits between deliveries."""

    def __init__(self) -> None:
        self.broker: Broker | None = None

    def open(self, topic: str, *endpoints: str) -> Bus:
        subscriptions = tuple(
            Subscription(
                topic=topic,
                endpoint=endpoint,
                name=f"projects/p/subscriptions/sub-{number}",
                min_backoff_s=0.05,
                max_backoff_s=0.2,
            )
            for number, endpoint in enumerate(endpoints)
        )
        self.broker = Broker(BusConfig(subscriptions=subscriptions, topics=(topic,)))
        self.broker.start()
        return LocalBus(self.broker.base_url)

    def wait_for_a_failure(self) -> None:
        assert self.broker
        stats: Callable[[], Any] = self.broker.stats
        wait_until(lambda: stats()["subscriptions"][0]["failedAttempts"] > 0)

    def close(self) -> None:
        if self.broker:
            self.broker.stop()


class PubSubWorld:
    """Google's emulator; topics and subscriptions are this test's own."""

    def __init__(self, emulator: str) -> None:
        self._channel = grpc.insecure_channel(emulator)
        self._publisher = PublisherClient(transport=PublisherGrpcTransport(channel=self._channel))
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=self._channel))
        self._subscriptions: list[str] = []

    def open(self, topic: str, *endpoints: str) -> Bus:
        self._publisher.create_topic(name=topic)
        for number, endpoint in enumerate(endpoints):
            name = f"{topic.replace('/topics/', '/subscriptions/')}-sub-{number}"
            request = {
                "name": name,
                "topic": topic,
                "push_config": {"push_endpoint": push_url(endpoint, topic)},
                "ack_deadline_seconds": 10,
                "retry_policy": {"minimum_backoff": {"seconds": 1}, "maximum_backoff": {"seconds": 1}},
            }
            self._subscriber.create_subscription(request=request)
            self._subscriptions.append(name)
        return PubSubBus()

    def wait_for_a_failure(self) -> None:
        time.sleep(0.5)  # the emulator tells of no failure; it pushes every 0.1 s

    def close(self) -> None:
        for name in self._subscriptions:
            self._subscriber.delete_subscription(subscription=name)
        self._channel.close()


World = LocalWorld | PubSubWorld


@pytest.fixture(params=["local", pytest.param("pubsub", marks=pytest.mark.emulator)])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world: World
    if request.param == "local":
        world = LocalWorld()
    else:
        emulator = request.getfixturevalue("pubsub_emulator")
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", emulator)
        world = PubSubWorld(emulator)
    yield world
    world.close()


@pytest.fixture
def topic() -> str:
    return f"projects/p-{uuid.uuid4().hex[:12]}/topics/passcode-reset-requests"


@pytest.fixture
def receiver() -> Iterator[PushReceiver]:
    receiver = PushReceiver()
    yield receiver
    receiver.close()


def _data(received: Any) -> Any:
    return json.loads(base64.b64decode(received.envelope["message"]["data"]))


def test_a_published_message_is_pushed_in_the_exact_envelope(
    world: World, topic: str, receiver: PushReceiver
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    world.open(topic, receiver.endpoint).publish(topic, Message(ACTION, {"type": "reset"}))
    (received,) = receiver.wait_for(1)
    envelope, message = received.envelope, received.envelope["message"]
    assert received.path == f"/fn/{topic}"
    assert received.headers["Content-Type"] == "application/json"
    assert "Authorization" not in received.headers
    assert set(envelope) == {"subscription", "message"}
    assert set(message) == {"data", "attributes", "messageId", "message_id", "publishTime", "publish_time"}
    assert envelope["subscription"].startswith("projects/")
    assert message["messageId"] == message["message_id"] != ""
    assert message["publishTime"] == message["publish_time"]
    assert before <= datetime.fromisoformat(message["publishTime"]) <= datetime.now(UTC) + timedelta(seconds=1)
    assert message["attributes"] == {"type": "reset"}
    assert _data(received) == ACTION


def test_unicode_and_an_empty_set_of_attributes_are_preserved(
    world: World, topic: str, receiver: PushReceiver
) -> None:
    bus = world.open(topic, receiver.endpoint)
    data = {"name": "Jürgen ☃ 🔒 \u2028", "nested": {"list": [1, None, True, "\x00\n"]}}
    bus.publish(topic, Message(data, {"schlüssel": "wért 🔑", "empty": ""}))
    bus.publish(topic, Message({}))
    first, second = sorted(receiver.wait_for(2), key=lambda each: int(each.envelope["message"]["messageId"]))
    assert _data(first) == data
    assert first.envelope["message"]["attributes"] == {"schlüssel": "wért 🔑", "empty": ""}
    assert _data(second) == {}
    assert second.envelope["message"]["attributes"] == {}


def test_a_message_carries_the_trace_of_the_step_that_published_it(
    world: World, topic: str, receiver: PushReceiver
) -> None:
    trace = begun()
    with during(Step(trace)):
        TracedBus(world.open(topic, receiver.endpoint)).publish(topic, Message(ACTION, {"type": "reset"}))
    (received,) = receiver.wait_for(1)
    attributes = received.envelope["message"]["attributes"]
    assert attributes == {"type": "reset", ATTRIBUTE: trace.traceparent}
    assert of_message(attributes, {}).trace_id == trace.trace_id
    assert _data(received) == ACTION


def test_functions_framework_takes_the_push_for_an_event_of_the_topic(
    world: World, topic: str, receiver: PushReceiver, tmp_path: Path
) -> None:
    world.open(topic, receiver.endpoint).publish(topic, Message(ACTION, {"type": "reset"}))
    (received,) = receiver.wait_for(1)
    source = tmp_path / "main.py"
    source.write_text(
        "import json, pathlib\n"
        "def handle(event):\n"
        "    seen = [event['source'], event['type'], event.data['message']['attributes']]\n"
        "    pathlib.Path(__file__).with_name('seen').write_text(json.dumps(seen))\n"
    )
    client = functions_framework.create_app("handle", str(source), "cloudevent").test_client()
    path, content_type = received.path.removeprefix("/fn"), received.headers["Content-Type"]
    assert client.post(path, data=received.body, content_type=content_type).status_code == 200
    assert json.loads((tmp_path / "seen").read_text()) == [
        f"//pubsub.googleapis.com/{topic}",
        "google.cloud.pubsub.topic.v1.messagePublished",
        {"type": "reset"},
    ]


@pytest.mark.parametrize("status", [500, 503, 429, 400, 401, 404, 202, 302, DROP])
def test_whatever_does_not_acknowledge_brings_the_message_again(
    world: World, topic: str, receiver: PushReceiver, status: int
) -> None:
    receiver.answers = [status]
    world.open(topic, receiver.endpoint).publish(topic, Message(ACTION, {"type": "reset"}))
    first, second = receiver.wait_for(2)
    assert first.envelope == second.envelope


@pytest.mark.parametrize("status", [200, 201, 204])
def test_what_acknowledges_ends_the_delivery(world: World, topic: str, receiver: PushReceiver, status: int) -> None:
    bus = world.open(topic, receiver.endpoint)
    receiver.answers = [status]
    bus.publish(topic, Message({"number": 1}))
    receiver.wait_for(1)
    receiver.answers = [500]
    bus.publish(topic, Message({"number": 2}))
    assert [_data(each)["number"] for each in receiver.wait_for(3)] == [1, 2, 2]


def test_a_message_waits_for_an_endpoint_that_is_not_there_yet(world: World, topic: str) -> None:
    port = next(free_ports())
    world.open(topic, f"http://127.0.0.1:{port}/fn").publish(topic, Message(ACTION))
    world.wait_for_a_failure()
    receiver = PushReceiver(port)
    try:
        assert _data(receiver.wait_for(1)[0]) == ACTION
    finally:
        receiver.close()


def test_each_subscription_gets_the_message_and_retries_alone(
    world: World, topic: str, receiver: PushReceiver
) -> None:
    other = PushReceiver()
    try:
        receiver.answers = [500]
        world.open(topic, receiver.endpoint, other.endpoint).publish(topic, Message(ACTION))
        requests = [*receiver.wait_for(2), *other.wait_for(1)]
        assert len({each.envelope["message"]["messageId"] for each in requests}) == 1
        assert len({each.envelope["subscription"] for each in requests}) == 2
        assert len(other.received) == 1
    finally:
        other.close()


def test_all_of_many_messages_arrive(world: World, topic: str, receiver: PushReceiver) -> None:
    bus = world.open(topic, receiver.endpoint)
    for number in range(50):
        bus.publish(topic, Message({"number": number}))
    assert {_data(each)["number"] for each in receiver.wait_for(50)} == set(range(50))


def test_a_missing_topic_is_to_be_retried(world: World, topic: str) -> None:
    bus = world.open(topic)
    bus.publish(topic, Message(ACTION))
    with pytest.raises(TransientError) as caught:
        bus.publish(f"{topic}-of-nobody", Message(ACTION))
    assert caught.value.reason == "PUBLISH_FAILED"
    assert caught.value.metadata["topic"] == f"{topic}-of-nobody"


@pytest.mark.parametrize("kind", ["local", "pubsub"])
def test_an_unreachable_bus_is_to_be_retried(kind: str, topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")
    bus: Bus = LocalBus("http://127.0.0.1:1") if kind == "local" else PubSubBus(timeout_s=0.3)
    with pytest.raises(TransientError) as caught:
        bus.publish(topic, Message(ACTION))
    assert caught.value.reason == "PUBLISH_FAILED"


def test_a_bus_that_answers_nonsense_is_to_be_retried(topic: str, receiver: PushReceiver) -> None:
    for status in (204, 302, 404, 500, DROP):
        receiver.answers = [status, status]
        with pytest.raises(TransientError):
            LocalBus(receiver.endpoint).publish(topic, Message(ACTION))


def test_a_connection_that_the_bus_dropped_does_not_lose_the_publish(topic: str) -> None:
    world = LocalWorld()
    bus = world.open(topic)
    try:
        assert world.broker
        bus.publish(topic, Message(ACTION))
        port = int(world.broker.base_url.rpartition(":")[2])
        world.broker.stop()
        world.broker = Broker(BusConfig(topics=(topic,)), port=port)
        world.broker.start()
        bus.publish(topic, Message(ACTION))
    finally:
        world.close()


def test_pubsub_in_the_cloud_is_google(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBSUB_EMULATOR_HOST", raising=False)
    seen = itertools.count()
    monkeypatch.setattr("shared.adapters.pubsub.PublisherClient", lambda: next(seen))
    PubSubBus()
    assert next(seen) == 1
