"""The canary on Google's Firestore and Pub/Sub emulators: every document and every message is read back."""

import base64
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud import firestore, pubsub_v1

from local.seed import seed
from shared.adapters.firestore import FirestoreStore
from tests.functions.canary import CANARY, Overheard, assert_clean, listen, search
from tests.functions.product import Product, running

TOPICS = {"passcode-reset-requests": "issue_command", "passcode-reset-events": "notify"}
PULL_S = 2.0
"""The emulator answers a pull at once where something waits, else only when the time is over."""

ACK_S = 60
"""A busy machine takes longer than the usual 10 s to hand a message on, and would be given it again meanwhile."""

WITHIN_S = 100.0
"""A message that went to a pull whose time was over comes again after ``ACK_S``."""


class Messages:
    """What the functions publish, pulled from the emulator and handed on as Pub/Sub pushes it."""

    def __init__(self, product: Product, project: str) -> None:
        self._product = product
        self._publisher, self._subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        self._subscriptions = {f"projects/{project}/subscriptions/{name}": name for name in TOPICS}
        self.seen: list[bytes] = []
        for subscription, name in self._subscriptions.items():
            topic = f"projects/{project}/topics/{name}"
            self._publisher.create_topic(name=topic)
            self._subscriber.create_subscription(
                request={"name": subscription, "topic": topic, "ack_deadline_seconds": ACK_S}
            )

    def close(self) -> None:
        self._publisher.transport.close()
        self._subscriber.close()

    def deliver(self) -> None:
        """Pull all topics until something has come; it is delivered and acknowledged."""
        before, deadline = len(self.seen), time.monotonic() + WITHIN_S
        while len(self.seen) == before:
            assert time.monotonic() < deadline, "nothing was published"
            self._pull_each()

    def _pull_each(self) -> None:
        for subscription, name in self._subscriptions.items():
            try:
                pulled = self._subscriber.pull(subscription=subscription, max_messages=10, timeout=PULL_S)
            except DeadlineExceeded:
                continue
            for received in pulled.received_messages:
                self._hand_on(TOPICS[name], received.message)
                self._subscriber.acknowledge(subscription=subscription, ack_ids=[received.ack_id])

    def _hand_on(self, function: str, message: pubsub_v1.types.PubsubMessage) -> None:
        self.seen.append(bytes(message.data) + str(dict(message.attributes)).encode())
        body = {"message": {"data": base64.b64encode(message.data).decode(), "messageId": message.message_id}}
        assert self._product.push(function, {**body, "subscription": "s"}).status_code == 204


def documents(client: firestore.Client) -> Iterator[firestore.DocumentSnapshot]:
    for collection in client.collections():
        yield from _below(collection)


def _below(collection: firestore.CollectionReference) -> Iterator[firestore.DocumentSnapshot]:
    for reference in collection.list_documents():
        yield reference.get()
        for inner in reference.collections():
            yield from _below(inner)


@pytest.mark.emulator
@pytest.mark.usefixtures("planted")
def test_the_passcode_is_in_no_document_and_in_no_message(
    tmp_path: Path,
    overheard: Overheard,
    firestore_emulator: str,
    pubsub_emulator: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    emulators = {"FIRESTORE_EMULATOR_HOST": firestore_emulator, "PUBSUB_EMULATOR_HOST": pubsub_emulator}
    for name, address in emulators.items():
        monkeypatch.setenv(name, address)  # the clients read it when they are built, at the first request
    project = f"canary-{uuid.uuid4().hex[:12]}"
    own = {"GOOGLE_CLOUD_PROJECT": project, "STORE": "firestore", "BUS_URL": "", "LOG_LEVEL": "DEBUG", **emulators}
    with running(tmp_path, **own) as product:
        seed(FirestoreStore(project, "(default)"))
        product.settle(lambda: product.tick("sync_devices")["complete"])
        listen(product, overheard)
        messages = Messages(product, project)
        device = product.devices()[0]["name"]
        product.set_phone(device, echo="all")
        action = product.reset(device, notifyUser=True)["name"]
        messages.deliver()
        product.until_status(action, "DONE")
        messages.deliver()
        assert len(product.inbox.letters()) == 2
        assert product.reveal(action).json["passcode"] == CANARY
        messages.close()
        assert [action.encode() in seen for seen in messages.seen] == [True, True]
        assert_clean("a message", b"\n".join(messages.seen))
        dump = [f"{each.id} {each.to_dict()}" for each in documents(firestore.Client(project))]
        assert any("ciphertext" in document for document in dump)
        assert_clean("Firestore", "\n".join(dump).encode())
        search(product, overheard, echoed=True)
