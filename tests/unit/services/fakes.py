"""Small real implementations of the ports, with the faults that the protocol must survive."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.adapters.local_key import LocalKeyCipher
from shared.adapters.sqlite import SqliteStore
from shared.domain.device import Device
from shared.domain.errors import ConflictError, TransientError
from shared.domain.mail import Mail, MailFacts, MailKind
from shared.domain.messages import Message
from shared.domain.operation import Operation, Outcome
from shared.domain.secret import Secret
from shared.services.ports import Ciphertext, Create, Document, Write

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class FakeClock:
    """Time that moves only when told, and counts the pauses between turns."""

    def __init__(self) -> None:
        self.time = START
        self.slept: list[float] = []
        self.frozen_s = 0.0

    def now(self) -> datetime:
        return self.time

    def boot_s(self) -> float:
        """Each reading after ``frozen_s`` was set is that much later: the worker slept in between."""
        value = self.time.timestamp()
        self.time += timedelta(seconds=self.frozen_s)
        return value

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def forward(self, **amount: float) -> datetime:
        self.time += timedelta(**amount)
        return self.time


class MemoryStore:
    """The real embedded store in memory, counted, and with faults that a test orders one by one.

    ``faults`` are taken one a commit: ``"lost"`` lands and loses its answer, ``"moved"`` does not land, ``"down"``
    writes nothing, ``"none"`` commits as usual, and a callable runs before the commit, as a racer would.
    """

    def __init__(self) -> None:
        self.inner = SqliteStore(":memory:")
        self.faults: list[str | Callable[[], None]] = []
        self.reads = 0
        self.commits: list[list[Write]] = []
        self.down = False
        self.on_commit: list[Callable[[Sequence[Write]], None]] = []

    def get_many(self, names: Sequence[str]) -> dict[str, Document]:
        self._up()
        self.reads += 1
        return self.inner.get_many(names)

    def commit(self, writes: Sequence[Write]) -> None:
        self._up()
        fault = self.faults.pop(0) if self.faults else "none"
        if fault == "moved":
            raise ConflictError
        if fault == "down":
            raise TransientError("STORE_UNAVAILABLE", "down")
        if callable(fault):
            fault()
        self.inner.commit(writes)
        self.commits.append(list(writes))
        for watch in self.on_commit:
            watch(writes)
        if fault == "lost":
            raise ConflictError("the answer was lost")

    def _up(self) -> None:
        if self.down:
            raise TransientError("STORE_UNAVAILABLE", "down")

    def due_actions(self, now, limit):
        self._up()
        self.reads += 1
        return self.inner.due_actions(now, limit)

    def enterprises(self):
        return self.inner.enterprises()

    def actions(self, enterprise, where, page):
        return self.inner.actions(enterprise, where, page)

    def events(self, action, page):
        return self.inner.events(action, page)

    def devices(self, enterprise, query, page):
        return self.inner.devices(enterprise, query, page)

    def trips(self) -> tuple[int, int]:
        """Return reads and commits since the last call."""
        counted = self.reads, len(self.commits)
        self.reads, self.commits = 0, []
        return counted


class MemoryBus:
    """Keeps what was published, as (topic, action name)."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []
        self.down = False

    def publish(self, topic: str, message: Message) -> None:
        if self.down:
            raise TransientError("BUS_UNAVAILABLE", "down")
        self.published.append((topic, str(message.data["action"])))

    def take(self) -> list[tuple[str, str]]:
        taken, self.published = self.published, []
        return taken


class FakeManagement:
    """AMAPI with phones that do what a test says.

    ``faults[method]`` are raised one a call; ``takes_it`` tells whether a failing issueCommand takes effect.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.operations: dict[str, Operation] = {}
        self.devices: dict[str, Device] = {}
        self.passcodes: list[Secret] = []
        self.sent: list[dict[str, object]] = []
        self.cancelled: list[str] = []
        self.calls: list[str] = []
        self.faults: dict[str, list[Exception | None]] = {}
        self.takes_it = False
        self.forgets: set[str] = set()
        self.hides: set[str] = set()
        self.page_size = 100
        self.during: dict[str, Callable[[], None]] = {}

    def fail(self, method: str, *errors: Exception | None) -> None:
        self.faults[method] = [*self.faults.get(method, []), *errors]

    def _called(self, method: str) -> None:
        self.calls.append(method)
        meanwhile = self.during.pop(method, None)
        if meanwhile:
            meanwhile()
        error = self.faults[method].pop(0) if self.faults.get(method) else None
        if error:
            raise error

    def issue_reset(self, device_name, passcode, *, duration_s, lock_now, require_entry):
        name = f"{device_name}/operations/{len(self.operations) + 1}"
        taken = Operation(name, device_name, True, self.clock.now(), duration_s)
        try:
            self._called("issue")
        except Exception:
            if self.takes_it:
                self._take(taken, passcode)
            raise
        self._take(taken, passcode)
        self.sent.append({"duration_s": duration_s, "lock_now": lock_now, "require_entry": require_entry})
        return self.operations[name]

    def _take(self, operation: Operation, passcode: Secret) -> None:
        self.operations[operation.name] = operation
        self.passcodes.append(passcode)

    def get_operation(self, name):
        self._called("get")
        return None if name in self.forgets else self.operations.get(name)

    def list_operations(self, device_name):
        self._called("list")
        return [o for o in self.operations.values() if o.device_name == device_name and o.name not in self.hides]

    def cancel_operation(self, name):
        self._called("cancel")
        self.cancelled.append(name)

    def get_device(self, device_name):
        self._called("device")
        return self.devices.get(device_name)

    def list_devices(self, enterprise, page_token):
        self._called("devices")
        mine = [device for name, device in sorted(self.devices.items()) if name.startswith(f"{enterprise}/")]
        start = int(page_token or 0)
        end = start + self.page_size
        return mine[start:end], str(end) if end < len(mine) else ""

    def finish(self, outcome: Outcome = Outcome.OK, code: str = "", which: int = -1) -> str:
        """Let a phone end one command; the newest by default."""
        name = list(self.operations)[which]
        self.operations[name] = replace(self.operations[name], outcome=outcome, error_code=code)
        return name


class WatchedCipher:
    """The laptop's real cipher, which counts, and fails on order."""

    def __init__(self, path) -> None:
        self.inner = LocalKeyCipher(path)
        self.decrypted = 0
        self.faults: list[Exception] = []

    def encrypt(self, plaintext: Secret, aad: bytes) -> Ciphertext:
        self._fail()
        return self.inner.encrypt(plaintext, aad)

    def decrypt(self, ciphertext: Ciphertext, aad: bytes) -> Secret:
        self.decrypted += 1
        self._fail()
        return self.inner.decrypt(ciphertext, aad)

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)


class FakeRenderer:
    """Writes the facts down as they are; keeps them for the test."""

    def __init__(self) -> None:
        self.facts: list[MailFacts] = []

    def render(self, facts: MailFacts) -> Mail:
        self.facts.append(facts)
        text = facts.passcode or Secret(f"no passcode, {facts.kind}")
        return Mail(facts.to, facts.kind.value, text, text, facts.reference)

    @property
    def kinds(self) -> list[MailKind]:
        return [facts.kind for facts in self.facts]


class FakeProvider:
    """Keeps what it took; fails on order, one fault a call."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.box: list[Mail] = []
        self.asked = 0
        self.faults: list[Exception | None] = []
        self.takes_it = False
        self.during: Callable[[], None] | None = None

    def send(self, mail: Mail) -> None:
        self.asked += 1
        if self.during:
            meanwhile, self.during = self.during, None
            meanwhile()
        error = self.faults.pop(0) if self.faults else None
        if error is None or self.takes_it:
            self.box.append(mail)
        if error:
            raise error


def put(store: MemoryStore, name: str, fields: dict[str, object]) -> None:
    """Create a document, whatever faults are ordered."""
    with suppress(ConflictError):
        store.inner.commit([Create(name, fields)])
