"""Pushes the messages of one subscription until they are acknowledged (laptop stack)."""

import heapq
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from local.bus.config import Subscription
from local.bus.journal import Content, Delivery, Journal, StoredMessage
from local.bus.push import push

LONGEST_WAIT_S = 1.0
"""A waiting thread looks at the wall clock so often: a laptop that slept has messages due at once. New messages do
not wait for it."""

RETRY_AFTER_FAULT_S = 1.0
"""After a fault of the bus itself, such as a full disk."""

_log = logging.getLogger(__name__)

Bury = Callable[[Subscription, int, Content], None]
"""Ends a delivery: the subscription, the id of its message, and the content for the dead-letter topic."""


class Dispatcher:
    """A schedule in memory over the journal, and the threads that work it off."""

    def __init__(self, subscription: Subscription, journal: Journal, bury: Bury) -> None:
        """Take up what the journal still has; nothing is pushed before ``start``."""
        self.subscription = subscription
        self._journal = journal
        self._bury = bury
        self._due = journal.waiting(subscription.name)
        heapq.heapify(self._due)
        self._changed = threading.Condition()
        self._stopping = False
        self._in_flight = self._delivered = self._failed = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"push {subscription.name} {number}", daemon=True)
            for number in range(subscription.concurrency)
        ]

    def start(self) -> None:
        """Begin to push."""
        for thread in self._threads:
            thread.start()

    def stop(self, grace_s: float) -> None:
        """Start no further push and wait up to ``grace_s`` for those under way; the rest stays stored."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def add(self, delivery: Delivery) -> None:
        """Schedule a stored delivery."""
        with self._changed:
            heapq.heappush(self._due, delivery)
            self._changed.notify()

    def stats(self) -> dict[str, object]:
        """Return ``{"name", "topic", "pushUrl"}`` and counts.

        ``waiting`` (those ``inFlight`` included) and ``dead`` count messages in the journal; ``delivered`` and
        ``failedAttempts`` count since the start.
        """
        with self._changed:
            counts = {
                "waiting": len(self._due) + self._in_flight,
                "inFlight": self._in_flight,
                "delivered": self._delivered,
                "failedAttempts": self._failed,
            }
        names = {"topic": self.subscription.topic, "pushUrl": self.subscription.push_url}
        return {
            "name": self.subscription.name,
            **names,
            **counts,
            "dead": self._journal.dead(self.subscription.name),
        }

    def _work(self) -> None:
        while (delivery := self._take()) is not None:
            again: Delivery | None = replace(delivery, due_at=time.time() + RETRY_AFTER_FAULT_S)
            try:
                again = self._attempt(delivery)
            except Exception:  # noqa: BLE001  # a push thread must outlive any fault, or messages wait for ever
                if not self._stopping:  # else the journal was closed under a push that outlasted the grace
                    _log.exception("bus fault", extra={"subscription": self.subscription.name})
            self._put_back(again)

    def _take(self) -> Delivery | None:
        """Wait for the next due delivery; None when stopping."""
        with self._changed:
            while not self._stopping:
                wait_s = self._due[0].due_at - time.time() if self._due else LONGEST_WAIT_S
                if wait_s <= 0:
                    self._in_flight += 1
                    return heapq.heappop(self._due)
                self._changed.wait(min(wait_s, LONGEST_WAIT_S))
            return None

    def _put_back(self, again: Delivery | None) -> None:
        with self._changed:
            self._in_flight -= 1
            if again is None:
                return
            heapq.heappush(self._due, again)
            self._changed.notify()

    def _attempt(self, delivery: Delivery) -> Delivery | None:
        """Push once and write down what follows; returns the next attempt, None where there is none."""
        message = self._journal.load(delivery.message_id)
        if time.time() - message.published_at > self.subscription.retention_s:
            _log.warning("message too old, dropped", extra=self._names(message))
            self._journal.settle(self.subscription.name, message.id)
            return None
        problem = push(self.subscription, message)
        if not problem:
            self._journal.settle(self.subscription.name, message.id)
            self._count(delivered=1)
            return None
        self._count(failed=1)
        _log.info("not acknowledged: %s", problem, extra=self._names(message))
        return self._after_failure(delivery, message)

    def _after_failure(self, delivery: Delivery, message: StoredMessage) -> Delivery | None:
        attempts = delivery.attempts + 1
        if self.subscription.dead_letter and attempts >= self.subscription.max_attempts:
            _log.warning("given up after %d attempts", attempts, extra=self._names(message))
            self._bury(self.subscription, message.id, self._dead_letter(message, attempts))
            return None
        again = replace(delivery, attempts=attempts, due_at=time.time() + self.subscription.backoff_s(attempts))
        self._journal.postpone(self.subscription.name, again)
        return again

    def _dead_letter(self, message: StoredMessage, attempts: int) -> Content:
        """Return the content with Pub/Sub's own additional attributes.

        Source: https://cloud.google.com/pubsub/docs/handling-failures#track-delivery-attempts
        """
        project, _, subscription = self.subscription.name.removeprefix("projects/").partition("/subscriptions/")
        added = {
            "CloudPubSubDeadLetterSourceDeliveryCount": str(attempts),
            "CloudPubSubDeadLetterSourceSubscription": subscription,
            "CloudPubSubDeadLetterSourceSubscriptionProject": project,
            "CloudPubSubDeadLetterSourceTopicPublishTime": message.publish_time,
        }
        return Content(message.content.data, {**message.content.attributes, **added})

    def _count(self, *, delivered: int = 0, failed: int = 0) -> None:
        with self._changed:
            self._delivered += delivered
            self._failed += failed

    def _names(self, message: StoredMessage) -> dict[str, str]:
        return {"subscription": self.subscription.name, "messageId": str(message.id)}
