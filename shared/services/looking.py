"""Asking AMAPI what became of an action's commands (service layer)."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.action import Action, Attempt
from shared.domain.errors import TransientError
from shared.domain.looking import explains, with_answers, with_found
from shared.domain.operation import Operation
from shared.domain.resource_names import enterprise_of
from shared.domain.timing import LATE_LOOK_UNTIL
from shared.services.case import Case
from shared.services.patience import LeftOutError
from shared.services.ports import Operations, Store
from shared.services.quiet import keep_quiet
from shared.services.records import from_fields

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Look:
    """AMAPI's answers so far in one step; kept over the turns of a lost commit, since they stay facts.

    ``owned`` are operations that belong to other actions of the device. ``left_out`` says that a run of the timer
    had no patience left for what there was to ask, ``kept_quiet`` that AMAPI wants no call now.
    """

    amapi: Operations
    store: Store
    seen: dict[str, Operation | None] = field(default_factory=dict)
    listed: list[Operation] | None = None
    owned: frozenset[str] | None = None
    left_out: bool = False
    kept_quiet: bool = False

    def know(self, operations: Iterable[Operation]) -> None:
        """Add answers that the step already has."""
        self.seen |= {operation.name: operation for operation in operations}

    def apply(self, case: Case) -> tuple[Action, bool]:
        """Ask about every unexplained attempt and write the answers in.

        Returns:
            The action, and whether AMAPI answered about every attempt without a result.
        """
        action, now = case.action, case.now
        action = with_found(action, [o for o in self.seen.values() if o], frozenset())
        asked = [attempt for attempt in action.open_attempts if worth_asking(action, attempt, now)]
        if not asked:
            return with_answers(action, self.seen), not action.open_attempts
        if case.quiet_until and now < case.quiet_until:
            self.kept_quiet = True
            return with_answers(action, self.seen), False
        try:
            action = self._explain(action, case, asked)
            self._get(action)
        except LeftOutError:
            self.left_out = True
            return with_answers(action, self.seen), False
        except TransientError as error:
            log.warning("AMAPI did not answer", extra={"action": action.name, "reason": error.reason})
            keep_quiet(self.store, error, now, enterprise_of(action.name))
            return with_answers(action, self.seen), False
        return with_answers(action, self.seen), True

    def _explain(self, action: Action, case: Case, asked: Iterable[Attempt]) -> Action:
        if all(attempt.operation for attempt in asked):
            return action
        if self.listed is None:
            self.listed = self.amapi.list_operations(action.device_name)
            self.owned = self._owned(case, self.listed)
            log.info("looked", extra={"action": action.name, "operations": len(self.listed)})
        return with_found(action, self.listed, self.owned or frozenset())

    def _get(self, action: Action) -> None:
        for attempt in action.open_attempts:
            if attempt.operation and attempt.operation not in self.seen:
                self.seen[attempt.operation] = self.amapi.get_operation(attempt.operation)

    def _owned(self, case: Case, listed: Iterable[Operation]) -> frozenset[str]:
        """Return the operations that are not ours to take.

        Those that another action owns, and those that fit an attempt of one that comes first: the lock's holder,
        then the newest.
        """
        order = case.lock.claimants
        others = [name for name in order if name != case.action.name]
        found = self.store.get_many(others) if others else {}
        actions = [from_fields(Action, found[name].fields) for name in others if name in found]
        owned = {a.operation for action in actions for a in action.attempts if a.operation}
        first = set(order[: order.index(case.action.name)] if case.action.name in order else order)
        ahead = [action for action in actions if action.name in first]
        return frozenset(owned | {o.name for o in listed if any(explains(o, action) for action in ahead)})


def worth_asking(action: Action, attempt: Attempt, now: datetime) -> bool:
    """Tell whether AMAPI may still know something of an attempt: not while it is on its way.

    Nor for ever once the action has ended; before that the end itself waits for the answer, however late.
    """
    return not attempt.is_live(now) and (not action.ended or now < attempt.over_at + LATE_LOOK_UNTIL)
