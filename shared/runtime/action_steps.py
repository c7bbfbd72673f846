"""A step for each action that a function comes upon (runtime layer)."""

from collections.abc import Iterable

from shared.domain.operation import Operation
from shared.runtime import trace_context
from shared.runtime.steps import Step, current, during
from shared.services.advance import Advance
from shared.services.case import MAX_TURNS


class AdvanceInStep(Advance):
    """Advances as ``Advance`` does, with all that is logged meanwhile under the action's name.

    For the timer and AMAPI's notifications, whose requests name no action. The trace stays theirs.
    """

    def __call__(self, action_name: str, *, turns: int = MAX_TURNS, seen: Iterable[Operation] = ()) -> bool:
        """Advance one action; arguments, result and errors are those of ``Advance``."""
        outer = current()
        trace = outer.trace if outer else trace_context.begun()
        with during(Step(trace, {"action": action_name})):
            return super().__call__(action_name, turns=turns, seen=seen)
