"""The step under way: what all its log lines have in common (runtime layer).

A step is a request, a message, or the timer's work on one action. Its trace, its subject and its time so far stand
on every line that is written meanwhile, by whichever layer, so no service has to hand them about. Each thread has
its own; a thread that serves the next request starts from nothing.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TypeVar

from shared.domain.messages import Message
from shared.runtime import trace_context
from shared.runtime.trace_context import TraceContext
from shared.services.ports import Bus


@dataclass(frozen=True, slots=True)
class Step:
    """What is known of the step under way; ``began_s`` is of the monotonic clock."""

    trace: TraceContext
    facts: Mapping[str, str] = field(default_factory=dict)
    began_s: float = field(default_factory=time.monotonic)

    @property
    def duration_s(self) -> float:
        """Seconds since it began, to the millisecond."""
        return round(time.monotonic() - self.began_s, 3)


_current: ContextVar[Step | None] = ContextVar("step", default=None)


def current() -> Step | None:
    """Return the step of this thread, None between two."""
    return _current.get()


@contextmanager
def during(step: Step) -> Iterator[None]:
    """Let a step be under way; the one before it is back afterwards."""
    token = _current.set(step)
    try:
        yield
    finally:
        _current.reset(token)


def know(**facts: str) -> None:
    """Add what has been found out about the step under way; without one, nothing happens."""
    step = _current.get()
    if step:
        _current.set(replace(step, facts={**step.facts, **facts}))


T = TypeVar("T")


def in_step(chunks: Iterable[T]) -> Iterable[T]:
    """Return what is left of an answer so that the lines of its making belong to the step under way now."""
    step = current()
    return _InStep(chunks, step) if step else chunks


class _InStep(Iterator[T]):
    def __init__(self, chunks: Iterable[T], step: Step) -> None:
        self._chunks = chunks
        self._rest = iter(chunks)
        self._step = step

    def __next__(self) -> T:
        with during(self._step):
            return next(self._rest)

    def close(self) -> None:
        """Let go of what the pieces come from; the server calls it in every case."""
        close = getattr(self._chunks, "close", None)
        if close:
            with during(self._step):
                close()


class TracedBus:
    """Gives each message the trace of the step that publishes it."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def publish(self, topic: str, message: Message) -> None:
        """Publish as ``Bus.publish``, with one attribute more; data and the other attributes stay as they are."""
        step = current()
        if step:
            attributes = {**message.attributes, trace_context.ATTRIBUTE: step.trace.traceparent}
            message = replace(message, attributes=attributes)
        self._bus.publish(topic, message)
