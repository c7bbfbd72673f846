"""Cancelling a reset: the wish is recorded, the worker asks AMAPI (service layer)."""

import logging
from dataclasses import dataclass, replace

from shared.domain.action import Action
from shared.domain.resource_names import enterprise_of
from shared.domain.roles import Right
from shared.services.access import Caller, not_found, read_as
from shared.services.announcing import Announcer
from shared.services.case import Author, CaseBook

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CancelReset:
    """Records that a reset is no longer wanted; one that was never sent ends at once."""

    book: CaseBook
    announcer: Announcer

    def __call__(self, caller: Caller, action_name: str) -> Action:
        """Cancel; safe to repeat, and without effect on what has ended.

        Returns:
            The action as it now is. Only its status tells whether the phone had taken the passcode before.

        Raises:
            RejectedError: ``NOT_FOUND``, ``ROLE_REQUIRED`` (ack).
            TransientError: the store did not answer, or lost every turn (retry).
        """
        lost = "the action kept moving; the same request can be sent again"
        return self.book.until_landed(lambda: self._turn(caller, action_name), lost)

    def _turn(self, caller: Caller, action_name: str) -> Action:
        read_as(caller, self.book.store, enterprise_of(action_name), Right.RESET)
        case = self.book.open(action_name)
        if case is None:
            raise not_found()
        action = case.action
        if action.ended or action.cancel_time:
            return action
        wanted = replace(action, cancel_time=case.now)
        after = self.book.save(case, wanted, Author(caller.email, caller.address))
        log.info("cancel asked for", extra={"action": after.name, "device": after.device_name})
        if not after.ended:
            self.announcer.request(after.name)
        return after
