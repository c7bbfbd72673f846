"""Starts and ends the whole product on one machine (laptop stack)."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from local import seed
from local.emulators import emulators_available, firestore_command, pubsub_command
from local.function_environment import FUNCTIONS
from local.ports import PortTakenError, free_ports, require_free
from local.processes import Child, ChildError, ChildSpec, stop_all
from local.stack_options import StackError, StackOptions
from local.stack_plan import Plan


class Stack:
    """A context manager: everything is ready inside it, and no process is left behind after it.

    Use it in the main thread, for the children are tied to the thread that started them.

    Attributes:
        plan: all addresses.
        children: name → running process, with the path of its log.
        problems: what was wrong with children that were ended, such as a crash.
    """

    def __init__(self, options: StackOptions | None = None) -> None:
        self.options = options or StackOptions()
        self.plan = Plan(self.options, free_ports())
        self.children: dict[str, Child] = {}
        self.problems: list[str] = []
        self._one_shot = {spec.name for spec in self.plan.seeding()}
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        """Start everything; returns when a full pass over the devices is done.

        Raises:
            StackError: a port is taken, a child did not start, or the devices could not be mirrored.
        """
        try:
            self._start(self._exits)
        except BaseException as problem:
            with uninterrupted():
                self._exits.close()
            if isinstance(problem, (PortTakenError, ChildError)):
                raise StackError(str(problem)) from problem
            if isinstance(problem, seed.SyncError):
                raise StackError(f"{problem}\n{self.tails('sync_devices')}") from problem
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process; a second Ctrl-C does not cut this short."""
        with uninterrupted():
            self._exits.close()

    def tails(self, *names: str) -> str:
        """Return the ends of the logs of some children."""
        return "\n".join(self.children[name].tail() for name in names if name in self.children)

    def dead(self) -> list[str]:
        """Return the names of children that should run and do not."""
        return [name for name, child in self.children.items() if name not in self._one_shot and not child.running()]

    def _start(self, exits: ExitStack) -> None:
        plan = self.plan
        require_free(plan.published_ports())
        self._require_sources()
        emulators = self._launch(exits, self._emulators())
        functions = self._launch(exits, plan.functions())
        # Registered later, so ended earlier: whoever calls others goes before those who are called.
        surroundings = self._launch(exits, plan.surroundings())
        for child in emulators:
            child.wait_ready()
        seeding = self._launch(exits, plan.seeding())
        for child in seeding:
            child.wait_done()
        for child in (*surroundings, *functions):
            child.wait_ready()
        seed.sync(plan.function_urls["sync_devices"])
        if self.options.ticker:
            self._launch(exits, [plan.ticker()])

    def _launch(self, exits: ExitStack, specs: Sequence[ChildSpec]) -> list[Child]:
        """Start children without waiting; whatever comes, they end with the stack."""
        children = [Child(spec, self.options.state_dir / "log") for spec in specs]
        exits.callback(self._stop, children)
        for child in children:
            self.children[child.spec.name] = child
            child.start()
        return children

    def _stop(self, children: Sequence[Child]) -> None:
        self.problems += stop_all(children)

    def _emulators(self) -> list[ChildSpec]:
        if not self.options.emulators:
            return []
        missing = emulators_available()
        if missing:
            raise StackError(f"{missing} Run without --emulators: the embedded store and bus need neither.")
        firestore_port, pubsub_port = self.plan.emulator_ports()
        return [
            ChildSpec(
                "firestore", firestore_command(firestore_port), health_url=f"http://127.0.0.1:{firestore_port}/"
            ),
            ChildSpec("pubsub", pubsub_command(pubsub_port), health_url=f"http://127.0.0.1:{pubsub_port}/"),
        ]

    def _require_sources(self) -> None:
        directory = self.options.functions_dir
        missing = [name for name in FUNCTIONS if not (directory / name / "main.py").is_file()]
        if missing:
            raise StackError(f"There is no main.py in {directory} for: {', '.join(missing)}.")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold off SIGINT and SIGTERM inside, for what must be finished; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ending = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in ending]
    try:
        yield
    finally:
        for number, handler in zip(ending, before, strict=True):
            signal.signal(number, handler)
