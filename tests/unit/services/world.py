"""All services over one store in memory: one enterprise, its members, one phone."""

import itertools
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from shared.domain import resource_names as names
from shared.domain.action import Action, Status
from shared.domain.device import Device, DeviceRecord, DeviceUser
from shared.domain.history import Event
from shared.domain.lock import DeviceLock
from shared.domain.operation import Operation
from shared.domain.secret import Secret
from shared.services.accept_reset import AcceptReset, ResetWish
from shared.services.access import Caller
from shared.services.advance import Advance
from shared.services.announcing import Announcer
from shared.services.assign_user import AssignUser
from shared.services.cancel_reset import CancelReset
from shared.services.case import CaseBook
from shared.services.deliver_mail import DeliverMail
from shared.services.freshness import Freshness
from shared.services.handle_notification import HandleNotification
from shared.services.issue_command import IssueCommand
from shared.services.mirror import Mirror
from shared.services.passcodes import unseal
from shared.services.poll_status import PollStatus
from shared.services.ports import Create, Delete, Document, PageRequest, Update
from shared.services.read_console import ReadConsole
from shared.services.records import from_fields, to_fields
from shared.services.reveal_passcode import RevealPasscode
from shared.services.stored import StoredPasscode
from shared.services.sync_devices import SyncDevices
from tests.unit.services.fakes import (
    FakeClock,
    FakeManagement,
    FakeProvider,
    FakeRenderer,
    MemoryBus,
    MemoryStore,
    WatchedCipher,
)

ENTERPRISE = "enterprises/e"
DEVICE = "enterprises/e/devices/d"
ADMIN = Caller("admin@example.com", "192.0.2.1")
RESETTER, REVEALER, VIEWER = (Caller(f"{role}@example.com") for role in ("resetter", "revealer", "viewer"))
STRANGER = Caller("stranger@example.com")
REQUESTS, EVENTS = "requests", "events"


class World:
    """The product without its outside; every service is an attribute, every document can be read."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore()
        self.bus = MemoryBus()
        self.amapi = FakeManagement(self.clock)
        self.cipher = WatchedCipher(folder / "key")
        self.renderer = FakeRenderer()
        self.first, self.second = FakeProvider("first"), FakeProvider("second")
        self._ids = itertools.count(1)
        self.book = CaseBook(self.store, self.clock, random.Random(1))
        self.announcer = Announcer(self.bus, REQUESTS, EVENTS)
        self.advance = Advance(self.book, self.amapi, self.announcer)
        self.mirror = Mirror(self.book)
        self.accept = AcceptReset(self.book, self.cipher, self.announcer, self.new_id)
        self.cancel = CancelReset(self.book, self.announcer)
        self.issue = IssueCommand(
            self.book,
            self.amapi,
            self.cipher,
            self.advance,
            Announcer(self.bus, None, EVENTS),
            Freshness(self.amapi, self.mirror.put_one),
            self.new_id,
        )
        self.poll = PollStatus(self.book, self.advance)
        self.notification = HandleNotification(
            self.book,
            self.amapi,
            Advance(self.book, self.amapi, Announcer(self.bus, None, EVENTS)),
            self.mirror,
            lambda body: body.get("operation"),
            lambda body: body.get("device"),
        )
        self.mail = DeliverMail(
            self.book,
            self.cipher,
            self.renderer,
            [self.first, self.second],
            self.new_id,
            "https://console.example.com",
        )
        self.reveal = RevealPasscode(self.book, self.cipher, self.new_id)
        self.sync = SyncDevices(self.book, self.amapi, self.mirror)
        self.assign = AssignUser(self.book, self.new_id)
        self.console = ReadConsole(self.store, self.clock)
        self._furnish()

    def new_id(self) -> str:
        return f"id{next(self._ids):06d}"

    def _furnish(self) -> None:
        members = [
            Create(caller.member_name(ENTERPRISE), {"email": caller.email, "roles": [caller.email.split("@")[0]]})
            for caller in (ADMIN, RESETTER, REVEALER, VIEWER)
        ]
        self.store.commit([Create(ENTERPRISE, {"display_name": "Example"}), *members])
        self.amapi.devices[DEVICE] = phone(self.clock.now())
        self.mirror.put([self.amapi.devices[DEVICE]], self.clock.now())
        self.assign(ADMIN, DEVICE, DeviceUser("Jo Doe", "jo@example.com", "de"))
        self.store.trips()

    # -- steps -----------------------------------------------------------------------------------------------

    def accepted(self, request_id: str = "r1", caller: Caller = ADMIN, **wish: object) -> str:
        """Accept a reset; return its name."""
        return self.accept(caller, DEVICE, ResetWish(**wish), request_id).name

    def issued(self, **wish: object) -> str:
        """Accept and send; return the action's name."""
        name = self.accepted(**wish)
        self.issue(name)
        return name

    def done(self, request_id: str = "r1", **wish: object) -> str:
        """Accept, send, and let the phone acknowledge; mails are due."""
        name = self.accepted(request_id, **wish)
        self.issue(name)
        self.amapi.finish()
        self.clock.forward(minutes=2)
        self.advance(name)
        return name

    def tick(self, **amount: float):
        """Let time pass and the timer run."""
        self.clock.forward(**amount)
        return self.poll()

    # -- documents -------------------------------------------------------------------------------------------

    def document(self, name: str):
        return self.store.inner.get_many([name]).get(name)

    def action(self, name: str) -> Action:
        return from_fields(Action, self.document(name).fields)

    def lock(self) -> DeviceLock:
        return from_fields(DeviceLock, self.document(names.lock_name(DEVICE)).fields)

    def passcode(self, action_name: str) -> StoredPasscode:
        return from_fields(StoredPasscode, self.document(names.passcode_name(action_name)).fields)

    def record(self, name: str = DEVICE) -> DeviceRecord:
        return from_fields(DeviceRecord, self.document(name).fields)

    def events(self, action_name: str) -> list[Event]:
        page = self.store.inner.events(action_name, PageRequest(100))
        return [from_fields(Event, document.fields) for document in page.documents]

    def told(self, action_name: str) -> list[str]:
        """Return the types of an action's audit rows."""
        return [event.type.value for event in self.events(action_name)]

    def refusals(self) -> list[tuple[str, str]]:
        """Return (who, reason) of every refusal that was written to the enterprise's audit."""
        rows = [write for writes in self.store.commits for write in writes if "/audit/" in write.name]
        return [(row.fields["who"], row.fields["details"]["reason"]) for row in rows]

    def set(self, name: str, /, **fields: object) -> None:
        """Change a document from outside, as another process would."""
        document = self.document(name)
        if document is None:
            self.store.inner.commit([Create(name, fields)])
        else:
            self.store.inner.commit([Update(name, fields, document.version)])

    def set_action(self, name: str, /, **changes: object) -> None:
        """Change an action from outside, by its dataclass fields."""
        before = self.action(name)
        after = replace(before, revision=before.revision + 1, **changes)
        self.set(name, **to_fields(after))

    def reveal_sealed(self, action_name: str) -> Secret:
        """Return an action's passcode without any service."""
        document = self.document(names.passcode_name(action_name))
        return unseal(self.cipher, document, self.action(action_name))

    def issued_again(self, request_id: str) -> str:
        """Accept and send one more reset."""
        name = self.accepted(request_id)
        self.issue(name)
        return name

    def ended_unsent(self, action_name: str) -> str:
        """Have an action sent that may not be, and return the reason that it has ended with."""
        self.issue(action_name)
        action = self.action(action_name)
        assert (action.status, action.attempts, action.lock_held) == (Status.FAILED, (), False)
        assert "issue" not in self.amapi.calls
        assert self.lock().actions == ()
        assert (EVENTS, action_name) in self.bus.take()
        return action.status_reason.code

    def delete(self, document: Document) -> None:
        """Delete a document from outside, as the store's own clean-up would."""
        self.store.inner.commit([Delete(document.name, document.version)])

    def other_operation(self, name: str) -> Operation:
        """Return an operation of a command that resets nothing."""
        return Operation(name, DEVICE, create_time=self.clock.now(), duration_s=600)

    def operation_for(self, action_name: str, name: str) -> Operation:
        """Return AMAPI's operation of an action's newest attempt."""
        duration_s = self.action(action_name).attempts[-1].duration_s
        return Operation(name, DEVICE, True, self.clock.now(), duration_s)

    def quiet(self, **amount: float) -> None:
        """Let AMAPI want quiet for a while."""
        until = self.clock.now() + timedelta(**amount)
        known = self.document(names.QUIET_NAME)
        revision = known.fields["revision"] + 1 if known else 1
        self.set(names.QUIET_NAME, quiet_until=until, reason="RESOURCE_EXHAUSTED", revision=revision)


def phone(now, name: str = DEVICE, **changes: object) -> Device:
    """A company's Pixel that takes a reset."""
    plain = Device(
        name,
        state="ACTIVE",
        applied_state="ACTIVE",
        management_mode="DEVICE_OWNER",
        ownership="COMPANY_OWNED",
        api_level=34,
        model="Pixel 9",
        serial_number="R3CX1234",
        is_secure=True,
        last_status_report_time=now,
    )
    return replace(plain, **changes)
