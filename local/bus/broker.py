"""The bus as a whole: journal, dispatchers and HTTP server in one process (laptop stack)."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from local.bus.config import BusConfig, Subscription
from local.bus.dispatcher import Dispatcher
from local.bus.journal import Content, Journal
from local.bus.server import BusServer

STOP_GRACE_S = 5.0
"""For pushes under way when the bus ends; one that takes longer is pushed again after the next start."""

STOP_POLL_S = 0.1
"""How soon the server sees that it shall end; requests do not wait for it."""

_log = logging.getLogger(__name__)


class Broker:
    """Takes messages at ``base_url`` and pushes them, from ``start`` to ``stop``."""

    def __init__(self, config: BusConfig, database: str | Path = ":memory:", port: int = 0) -> None:
        """Open the journal and bind the port (0 = a free one) on 127.0.0.1; nothing is served or pushed yet.

        Raises:
            JournalInUseError: another bus has the database.
            OSError: the port is taken.
        """
        self._config = config
        self._journal = Journal(database)
        if forgotten := self._journal.retain([each.name for each in config.subscriptions]):
            _log.warning("dropped %d messages of subscriptions that are no more", forgotten)
        self._dispatchers = {
            each.name: Dispatcher(each, self._journal, self._bury) for each in config.subscriptions
        }
        try:
            self._server = BusServer(self, port)
        except OSError:
            self._journal.close()
            raise
        self._serving = threading.Thread(
            target=self._server.serve_forever, args=(STOP_POLL_S,), name="bus server", daemon=True
        )

    @property
    def base_url(self) -> str:
        """Where the bus listens, such as ``http://127.0.0.1:8085``."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve, and push what an earlier run left."""
        for dispatcher in self._dispatchers.values():
            dispatcher.start()
        self._serving.start()

    def stop(self, grace_s: float = STOP_GRACE_S) -> None:
        """Take no more messages, let pushes under way end, and close the journal."""
        self._server.shutdown()
        self._server.server_close()
        self._serving.join()
        for dispatcher in self._dispatchers.values():
            dispatcher.stop(grace_s)
        self._journal.close()

    def publish(self, topic: str, contents: Sequence[Content]) -> list[str] | None:
        """Store messages for each subscription of a topic and return their ids; None where no such topic exists."""
        if topic not in self._config.all_topics():
            return None
        names = [each.name for each in self._config.of(topic)]
        deliveries = self._journal.append(contents, names)
        for name in names:
            for delivery in deliveries:
                self._dispatchers[name].add(delivery)
        return [str(delivery.message_id) for delivery in deliveries]

    def stats(self) -> dict[str, object]:
        """Return ``{"subscriptions": […]}``, each as ``Dispatcher.stats`` has it; no content of any message."""
        return {"subscriptions": [dispatcher.stats() for dispatcher in self._dispatchers.values()]}

    def _bury(self, subscription: Subscription, message_id: int, content: Content) -> None:
        heirs = [each.name for each in self._config.of(subscription.dead_letter or "")]
        for delivery in self._journal.bury(subscription.name, message_id, content, heirs):
            for name in heirs:
                self._dispatchers[name].add(delivery)
