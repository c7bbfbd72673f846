"""AMAPI's notifications: what is published, and the ways in which publishing goes wrong.

Source: https://developers.google.com/android/management/notifications: attribute ``notificationType``, data = the
resource as JSON; delivery is at least once and in no order.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

from local.simulator.timers import Timers
from shared.domain.messages import Message

Json = dict[str, Any]
Publish = Callable[[Message], None]

MODES = ("normal", "off", "duplicate", "early", "late")
"""``early``: a reachable phone runs a command and tells so before its HTTP answer; ``late``: after a delay."""
TYPES = ("ENROLLMENT", "STATUS_REPORT", "COMMAND", "USAGE_LOGS", "ENTERPRISE_UPGRADE", "test")
_LOG = logging.getLogger(__name__)


class Notifier:
    """Publishes in a thread of its own, so that a slow bus delays neither phones nor answers."""

    def __init__(self, publish: Publish | None) -> None:
        self._publish = publish
        self._lock = threading.Lock()
        self._mode = "normal"
        self._delay_s = 0.0
        self._timers = Timers("simulator-notifications")

    @property
    def mode(self) -> str:
        """One of ``MODES``."""
        with self._lock:
            return self._mode

    def set_mode(self, mode: str, delay_s: float) -> None:
        """Choose how notifications go wrong; the delay counts in ``late`` alone."""
        with self._lock:
            self._mode, self._delay_s = mode, delay_s

    def send(self, notification_type: str, body: Json) -> None:
        """Publish soon, as the mode says."""
        with self._lock:
            mode, delay_s = self._mode, self._delay_s
        if self._publish is None or mode == "off":
            return
        for _ in range(2 if mode == "duplicate" else 1):
            self._timers.after(delay_s if mode == "late" else 0.0, lambda: self.send_now(notification_type, body))

    def send_now(self, notification_type: str, body: Json) -> None:
        """Publish here and now; a bus that refuses loses the notification, as an outage of Pub/Sub would."""
        if self._publish is None:
            return
        try:
            self._publish(Message(data=body, attributes={"notificationType": notification_type}))
        except Exception as error:  # noqa: BLE001  # a bus may fail in any way, the phones go on
            # The kind alone: an error's text may quote the body, and the body may hold a passcode.
            _LOG.warning("notification %s was lost: %s", notification_type, type(error).__name__)

    def stop(self) -> None:
        """Drop what is not published yet."""
        self._timers.stop()
