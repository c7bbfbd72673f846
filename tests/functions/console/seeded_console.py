"""The console by its true entry point, over a store whose documents a test writes itself."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from local.function_environment import audience_of, environment_of
from local.gateway.keys import Signer
from local.seed import ENTERPRISE, seed
from shared.adapters.sqlite import SqliteStore
from shared.domain import resource_names as names
from shared.domain.action import Action, Attempt, Delivery, DeviceFacts, Reason, Recipient, Status
from shared.domain.device import Device, DeviceRecord, DeviceUser, OpenAction
from shared.domain.history import Event, EventType, event_id
from shared.domain.lock import DeviceLock
from shared.services.ports import Create, Update
from shared.services.records import to_fields
from shared.services.request_keys import request_document
from shared.services.stored import StoredPasscode, StoredRequest
from shared.services.token_issuers import IAP_ISSUER
from tests.functions.product import ADMIN, CONSOLE_URL, PROJECT, CertsServer, entry, kept_logging

NOW = datetime.now(UTC).replace(microsecond=0)
DEVICE = f"{ENTERPRISE}/devices/d1"
WORK_DEVICE = f"{ENTERPRISE}/devices/d2"
HOSTILE = "<script>alert(1)</script>\"'\N{RIGHT-TO-LEFT OVERRIDE}\nend"


class SeededConsole:
    """The console's client, and the pen that writes what it shows."""

    def __init__(self, client: FlaskClient, signer: Signer, path: Path) -> None:
        self.client, self.signer, self.path = client, signer, path

    def put(self, name: str, value: object) -> None:
        """Write a document, whether it is there or not."""
        store = SqliteStore(str(self.path))
        fields: Mapping[str, Any] = value if isinstance(value, Mapping) else to_fields(value)
        known = store.get_many([name]).get(name)
        store.commit([Update(name, fields, known.version) if known else Create(name, fields)])
        store.close()

    def get(self, path: str, *, caller: str = ADMIN, **headers: str) -> TestResponse:
        assertion = self.signer.assertion(caller, audience_of("console"))
        return self.client.get(path, headers={"X-Goog-IAP-JWT-Assertion": assertion, **headers})

    def page(self, path: str, *, caller: str = ADMIN) -> str:
        """Return a page; fails where it is refused."""
        answer = self.get(path, caller=caller)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def words(self, path: str, *, caller: str = ADMIN) -> str:
        """Return what a reader reads: no tags, no templates, no data."""
        return text_of(self.page(path, caller=caller))

    def device(self, **changes: Any) -> DeviceRecord:
        """Write a device and return it; ``facts`` are those of AMAPI."""
        made = record(**changes)
        self.put(made.device.name, made)
        return made

    def action(self, **changes: Any) -> Action:
        """Write an action with its audit row and return it."""
        made = action(**changes)
        self.put(made.name, made)
        row = Event(EventType.REQUESTED, made.create_time, made.actor, made.status.value, "192.0.2.14")
        self.put(names.event_name(made.name, event_id(1)), row)
        return made

    def passcode(self, of: Action, **changes: Any) -> None:
        """Write the stored passcode of an action."""
        kept = StoredPasscode(of.device_name, NOW + timedelta(days=60), b"sealed", "key")
        self.put(names.passcode_name(of.name), replace(kept, **changes))

    def lock(self, *actions: Action, **changes: Any) -> None:
        """Write the device's lock; it remembers these actions, newest last."""
        made = DeviceLock(actions=tuple(each.name for each in actions))
        self.put(names.lock_name(actions[0].device_name), replace(made, **changes))

    def used(self, request_id: str, by: Action, caller: str = ADMIN) -> None:
        """Write down that a request id has led to an action."""
        stored = StoredRequest(by.name, "body", NOW + timedelta(days=30))
        self.put(request_document(ENTERPRISE, caller, request_id), stored)


def text_of(page: str) -> str:
    """Return the words of a page as read: without tags, templates and data blocks, with plain apostrophes."""
    seen = re.sub(r"<(template|script|head)\b.*?</\1>", " ", page, flags=re.DOTALL)
    plain = re.sub(r"<(?:wbr|/?bdi|/?b|time[^>]*|/time|/?span[^>]*)>", "", seen)
    return " ".join(re.sub(r"<[^>]+>", " ", plain).split()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def record(name: str = DEVICE, *, facts: Mapping[str, Any] | None = None, **changes: Any) -> DeviceRecord:
    device = Device(
        name,
        state="ACTIVE",
        applied_state="ACTIVE",
        management_mode="DEVICE_OWNER" if name == DEVICE else "PROFILE_OWNER",
        ownership="COMPANY_OWNED" if name == DEVICE else "PERSONALLY_OWNED",
        api_level=35,
        android_version="15",
        brand="samsung",
        model="Galaxy A55",
        serial_number="R5CY3079LQW",
        is_secure=True,
        last_status_report_time=NOW - timedelta(minutes=2),
    )
    made = DeviceRecord(
        replace(device, **(facts or {})),
        NOW,
        enrolled_user=DeviceUser("Carla Moretti", "carla.moretti@example.com", "it"),
        last_seen=NOW - timedelta(minutes=2),
    )
    return replace(made, **changes)


def attempt() -> Attempt:
    return Attempt(
        "t1", NOW - timedelta(minutes=5), NOW - timedelta(minutes=4), 86_000, NOW + timedelta(days=1), "op"
    )


def action(action_id: str = "a1", *, status: Status = Status.PENDING, **changes: Any) -> Action:
    sent = status is not Status.PENDING
    made = Action(
        name=f"{ENTERPRISE}/actions/{action_id}",
        device_name=DEVICE,
        scope="DEVICE",
        actor=ADMIN,
        request_id="r1",
        create_time=NOW - timedelta(minutes=5),
        expire_time=NOW + timedelta(days=1),
        retention_s=30 * 86_400,
        device_display_name="Galaxy A55 · R5CY3079LQW",
        device_facts=DeviceFacts("Galaxy A55", "R5CY3079LQW"),
        user=DeviceUser("Carla Moretti", "carla.moretti@example.com"),
        status=status,
        issue_time=NOW - timedelta(minutes=4) if sent else None,
        complete_time=NOW - timedelta(minutes=3) if sent and status is not Status.ISSUED else None,
        attempts=(attempt(),) if sent else (),
        deliveries=(Delivery(Recipient.ADMIN, ADMIN),),
        status_reason=Reason("INVALID_VALUE") if status is Status.FAILED else None,
        lock_held=status in {Status.PENDING, Status.ISSUED},
    )
    return replace(made, **changes)


def open_action(of: Action) -> OpenAction:
    return OpenAction(of.name, of.status.value)


@contextmanager
def seeded(directory: Path) -> Iterator[SeededConsole]:
    """Start the console over a store with the demo's members and no device."""
    with kept_logging():
        signer, certs = Signer(ec.generate_private_key(ec.SECP256R1())), CertsServer()
        certs.sets["/jwks"] = signer.jwks()
        path = directory / "store.sqlite"
        store = SqliteStore(str(path))
        seed(store)
        store.close()
        facts = {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "STORE": f"sqlite:{path}",
            "CONSOLE_URL": CONSOLE_URL,
            "IDENTITY_ISSUERS": IAP_ISSUER,
            "IDENTITY_CERTS_URL": f"{certs.url}/jwks",
        }
        try:
            yield SeededConsole(entry("console", environment_of("console", facts)), signer, path)
        finally:
            certs.close()


@pytest.fixture
def console(tmp_path: Path) -> Iterator[SeededConsole]:
    """A console of one's own."""
    with seeded(tmp_path) as started:
        yield started
