"""What AMAPI's answers about operations mean for an action's attempts (domain layer).

A match of an operation with an attempt is proof; the absence of one proves nothing.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from shared.domain.action import Action, Attempt, Reason
from shared.domain.issuing import with_operation
from shared.domain.operation import Operation, Outcome
from shared.domain.timing import MATCH_SLACK


def matches(operation: Operation, attempt: Attempt, device_name: str) -> bool:
    """Tell whether this operation is the answer that this attempt never got."""
    return (
        operation.device_name == device_name
        and operation.resets
        and operation.duration_s == attempt.duration_s
        and operation.create_time is not None
        and operation.create_time >= attempt.claim_time - MATCH_SLACK
    )


def explains(operation: Operation, action: Action) -> bool:
    """Tell whether this operation is the answer that some attempt of the action never got."""
    return any(
        not attempt.operation and matches(operation, attempt, action.device_name)
        for attempt in action.open_attempts
    )


def with_found(action: Action, operations: Iterable[Operation], owned: AbstractSet[str]) -> Action:
    """Give each attempt without an operation the listed one that matches it and that nobody owns.

    Args:
        action: whose attempts are explained.
        operations: AMAPI's list for the device.
        owned: names of operations that attempts of other actions of the device own.
    """
    taken = set(owned) | {attempt.operation for attempt in action.attempts if attempt.operation}
    for operation in operations:
        if operation.name in taken:
            continue
        found = next(
            (a for a in action.open_attempts if not a.operation and matches(operation, a, action.device_name)), None
        )
        if found:
            taken.add(operation.name)
            action = replace(action.with_attempt(with_operation(found, operation)), retry_at=None)
    return action


def with_answers(action: Action, answers: Mapping[str, Operation | None]) -> Action:
    """Write AMAPI's answers into the attempts.

    Args:
        action: whose attempts were asked about.
        answers: by operation name; None = 404, which is no news but remembered.
    """
    for attempt in action.open_attempts:
        if attempt.operation and attempt.operation in answers:
            action = action.with_attempt(_answered(attempt, answers[attempt.operation]))
    return action


def _answered(attempt: Attempt, operation: Operation | None) -> Attempt:
    if operation is None:
        return replace(attempt, gone=True)
    if operation.outcome is Outcome.ERROR:
        error = Reason(operation.error_code or "UNKNOWN", operation.error_message)
        return replace(attempt, result=Outcome.ERROR, error=error, gone=False)
    return replace(attempt, result=operation.outcome, gone=False)
