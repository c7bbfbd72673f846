"""The ports as one worker sees them: every call takes time, may go wrong, and is told to the auditor."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from shared.domain.device import Device
from shared.domain.errors import PermanentError, TransientError
from shared.domain.mail import Mail, MailFacts
from shared.domain.messages import Message
from shared.domain.operation import Operation
from shared.domain.secret import Secret
from shared.services.ports import Ciphertext, Document, Write
from tests.simulation.faults import When
from tests.simulation.profile import DAY_S, latency_s

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")

LATE_S = 300.0
"""A call may leave its process this long after its lease: the protocol's assumption A1."""

LEASE_S = 60.0


@dataclass
class Worker:
    """One run of one function: what it works on, how its clock goes, and when it last looked at the boot clock."""

    world: "World"
    duty: str
    subject: str
    skew_s: float
    began_s: float
    boot_reads: list[float] = field(default_factory=list)
    row_written: bool = False

    @property
    def job(self) -> tuple[str, str]:
        """What faults are counted under."""
        return (self.duty, self.subject)

    def now(self) -> datetime:
        """``Clock.now``."""
        return self.world.engine.time(self.skew_s)

    def boot_s(self) -> float:
        """``Clock.boot_s``: true seconds, also those asleep."""
        self.boot_reads.append(self.world.engine.now_s)
        return self.world.engine.now_s

    def sleep(self, seconds: float) -> None:
        """``Clock.sleep``."""
        self.world.engine.pause(seconds)

    def call(self, kind: str, effect: Callable[[], T], *, bounded: bool = False) -> T:
        """Make a call of a port; ``bounded`` ones obey assumption A1."""
        engine, faults = self.world.engine, self.world.faults
        engine.pause(self._pause_s(kind, bounded=bounded))
        fault = faults.draw(kind, engine.now_s, self.job)
        if fault:
            self.world.note(self, f"{kind}: {fault.name}")
        if fault and fault.takes_s:
            engine.pause(fault.takes_s)
        if fault and fault.when is When.BEFORE:
            raise fault.error()
        if fault and fault.when is When.LATER:
            engine.after(engine.rng.uniform(0.0, self._room_s()), lambda: self._alone(effect))
            raise fault.error()
        result = effect()
        if fault:
            raise fault.error()
        if bounded:
            engine.pause(latency_s(engine.rng))  # the answer's way back
        return result

    def _alone(self, effect: Callable[[], object]) -> None:
        self.world.note(self, "a call takes effect after its caller gave up")
        effect()

    def _pause_s(self, kind: str, *, bounded: bool) -> float:
        engine = self.world.engine
        if not self.world.faults.stalls(kind, engine.now_s, self.job):
            return latency_s(engine.rng)
        stall_s = engine.rng.choice([70.0, 200.0, 1500.0, DAY_S / 2])
        if bounded:
            stall_s = min(stall_s, self._room_s())
        self.world.note(self, f"freezes for {stall_s:.0f} s")
        return stall_s

    def _room_s(self) -> float:
        """Time until the last moment at which a call that was begun in its lease may leave."""
        if self.world.profile.late_calls and self.duty == "issue":
            return DAY_S / 2
        claimed_s = self.boot_reads[-2]
        return max(0.0, claimed_s + LEASE_S + LATE_S - self.world.engine.now_s)

    @property
    def late(self) -> bool:
        """True where a call leaves now that should not any more."""
        return self.world.engine.now_s > self.boot_reads[-2] + LEASE_S + LATE_S


@dataclass
class WorkerStore:
    """The store of a worker; queries that no step of the protocol makes are left out."""

    worker: Worker

    def get_many(self, names: Sequence[str]) -> dict[str, Document]:
        """``Store.get_many``."""
        return self.worker.call("get_many", lambda: self.worker.world.store.get_many(names))

    def due_actions(self, now: datetime, limit: int) -> list[Document]:
        """``Store.due_actions``."""
        return self.worker.call("due_actions", lambda: self.worker.world.store.due_actions(now, limit))

    def commit(self, writes: Sequence[Write]) -> None:
        """``Store.commit``."""
        self.worker.call("commit", lambda: self._commit(writes))

    def _commit(self, writes: Sequence[Write]) -> None:
        self.worker.world.store.commit(writes)
        self.worker.world.auditor.committed(self.worker, writes)


@dataclass
class WorkerBus:
    """The bus of a worker."""

    worker: Worker

    def publish(self, topic: str, message: Message) -> None:
        """``Bus.publish``."""
        self.worker.call("publish", lambda: self.worker.world.post(topic, str(message.data["action"])))


@dataclass
class WorkerAmapi:
    """AMAPI as a worker reaches it."""

    worker: Worker

    def issue_reset(
        self, device_name: str, passcode: Secret, *, duration_s: int, lock_now: bool, require_entry: bool
    ) -> Operation:
        """``DeviceManagement.issue_reset``."""
        worker = self.worker
        plain = passcode.reveal()

        def effect() -> Operation:
            worker.world.auditor.issued(worker.subject, device_name, plain, late=worker.late)
            command = worker.world.fleet.accept(device_name, plain, duration_s, worker.subject, stray=worker.late)
            worker.world.note(worker, f"AMAPI accepts {command.name}, {duration_s} s")
            return command.seen()

        return worker.call("issue", effect, bounded=True)

    def get_operation(self, name: str) -> Operation | None:
        """``DeviceManagement.get_operation``."""
        return self.worker.call("get_operation", lambda: self.worker.world.fleet.get(name))

    def list_operations(self, device_name: str) -> list[Operation]:
        """``DeviceManagement.list_operations``."""
        return self.worker.call("list_operations", lambda: self.worker.world.fleet.list(device_name))

    def cancel_operation(self, name: str) -> None:
        """``DeviceManagement.cancel_operation``."""
        self.worker.call("cancel_operation", lambda: self.worker.world.fleet.cancel(name))

    def get_device(self, device_name: str) -> Device | None:
        """``DeviceManagement.get_device``."""
        return self.worker.call("get_device", lambda: self.worker.world.fleet.device(device_name))

    def list_devices(self, enterprise: str, page_token: str) -> tuple[list[Device], str]:
        """``DeviceManagement.list_devices``: no step of the protocol makes it."""
        raise NotImplementedError


@dataclass
class WorkerCipher:
    """The key service: what was sealed opens only under the same associated data."""

    worker: Worker

    def encrypt(self, plaintext: Secret, aad: bytes) -> Ciphertext:
        """``Encryptor.encrypt``."""
        blob = json.dumps([aad.decode(), plaintext.reveal()]).encode()
        return self.worker.call("encrypt", lambda: Ciphertext(blob, "key/1"))

    def decrypt(self, ciphertext: Ciphertext, aad: bytes) -> Secret:
        """``Decryptor.decrypt``."""
        self.worker.world.auditor.decrypting(self.worker)
        return self.worker.call("decrypt", lambda: opened(ciphertext.blob, aad))


def opened(blob: bytes, aad: bytes) -> Secret:
    """Open what ``WorkerCipher`` sealed."""
    bound, plain = json.loads(blob)
    if bound.encode() != aad:
        raise PermanentError("CIPHERTEXT_REJECTED", "another action's")
    return Secret(plain)


class PlainRenderer:
    """Letters of one line."""

    def render(self, facts: MailFacts) -> Mail:
        """``MailRenderer.render``."""
        text = facts.passcode or Secret("no passcode")
        return Mail(facts.to, facts.kind.value, text, text, facts.reference)


@dataclass
class WorkerMail:
    """A mail provider as a worker reaches it."""

    worker: Worker
    name: str

    def send(self, mail: Mail) -> None:
        """``MailProvider.send``."""
        worker = self.worker
        if worker.world.mail_is_down(self.name):
            raise TransientError("MAIL_DOWN", "the provider is down")
        worker.call("send", lambda: worker.world.auditor.mailed(worker, mail), bounded=True)


def unread(_body: Mapping[str, Any]) -> None:
    """No device is in a notification here."""


def operation_name(body: Mapping[str, Any]) -> str | None:
    """Read the one fact of a notification."""
    return body.get("name")
