"""Telling the next function that there is work (service layer).

A message only makes things happen sooner: the same commit set ``wake_at``, and the timer publishes again. So a
failure to publish is logged and forgotten.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from shared.domain.action import Action
from shared.domain.errors import TransientError
from shared.domain.issuing import may_claim
from shared.domain.mailing import any_due
from shared.domain.messages import Message
from shared.services.ports import Bus

log = logging.getLogger(__name__)

REQUEST_TYPE = "RESET_REQUESTED"
EVENT_TYPE = "ACTION_ENDED"


@dataclass(frozen=True, slots=True)
class Announcer:
    """Publishes action names. A topic that is None is one this function has no right to publish to."""

    bus: Bus
    request_topic: str | None = None
    event_topic: str | None = None

    def request(self, action_name: str) -> None:
        """Wake ``issue_command``."""
        self._publish(self.request_topic, REQUEST_TYPE, action_name)

    def event(self, action_name: str) -> None:
        """Wake ``notify``."""
        self._publish(self.event_topic, EVENT_TYPE, action_name)

    def follow_up(
        self, action: Action, now: datetime, quiet_until: datetime | None = None, *, look_left_out: bool = False
    ) -> None:
        """Publish what this action needs next, as far as this function may.

        Args:
            action: as committed.
            now: UTC.
            quiet_until: before that AMAPI wants no call.
            look_left_out: AMAPI is too slow to be asked now, and the worker would ask it the same.
        """
        if any_due(action, now):
            self.event(action.name)
        if look_left_out:
            return
        if action.stop_wanted(now) or may_claim(action, now, quiet_until):
            self.request(action.name)

    def _publish(self, topic: str | None, kind: str, action_name: str) -> None:
        if topic is None:
            return
        try:
            self.bus.publish(topic, Message({"action": action_name}, {"type": kind}))
        except TransientError as error:
            log.warning(
                "publish failed, the timer repeats it", extra={"action": action_name, "reason": error.reason}
            )
