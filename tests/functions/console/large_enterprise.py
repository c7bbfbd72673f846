"""An enterprise of any size, its console, and how many documents have left the database for a page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import itemgetter

import pytest
from flask.testing import FlaskClient

from console_pages.site import add_pages
from local.seed import documents
from shared.adapters.sqlite import SqliteStore, content, lists
from shared.domain.action import Action, DeviceFacts, Status
from shared.domain.device import Device, DeviceRecord, DeviceUser
from shared.runtime.routes import add_routes
from shared.runtime.web import Identity, api_app
from shared.services.ports import Create, Principal, Store
from shared.services.read_console import ReadConsole
from shared.services.records import to_fields
from tests.functions.product import ADMIN, ENTERPRISE

SHOWN = 7_000
"""So many from either end are enough for every page; one more that a page showed would fail to be read."""

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

PHONES_IN_THE_LOG, WANTED = 60, 50
"""How many devices the resets are of, and which of them is searched for."""

STATUSES = ["DONE"] * 15 + ["FAILED", "EXPIRED", "CANCELLED", "PENDING", "ISSUED"]


class Clock:
    def now(self) -> datetime:
        return NOON


class Verifier:
    def verify(self, token: str) -> Principal:
        return Principal(token, token)


@dataclass
class Large:
    """The console over a large store, and how many documents have left its database."""

    client: FlaskClient
    reads: Callable[[], int]

    def get(self, path: str) -> tuple[str, int]:
        """Return a page and what it read."""
        before = self.reads()
        answer = self.client.get(path, headers={"X-Goog-IAP-JWT-Assertion": ADMIN})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True), self.reads() - before


def console_over(store: Store) -> FlaskClient:
    app = api_app("console", "")
    identity = Identity(Verifier(), behind_iap=True)
    add_routes(app, identity, ())
    add_pages(app, identity, ReadConsole(store, Clock()))
    return app.test_client()


def fleet(size: int) -> Iterator[Create]:
    """Yield an enterprise with that many devices and resets. Search terms are few: they cost space, not reads.

    Only those that some page shows are whole; of the others there is what they are found by.
    """
    yield from (Create(name, fields) for name, fields in documents().items())
    device, action = to_fields(a_device()), to_fields(an_action())
    for number in range(size):
        name, seen = device_of(number), NOON - timedelta(seconds=number)
        search = ["pix", "wanted"] if name.endswith("wanted") else ["pix"]
        found_by = {"user_key": f"u{number:06}", "model_key": "pixel 9", "last_seen": seen, "search": search}
        shown = {**device, "device": {**device["device"], "name": name}} if is_shown(number, size) else {}
        yield Create(name, shown | found_by)
        asked = NOON - timedelta(seconds=30 * number)
        action_name = f"{ENTERPRISE}/actions/a{number:06}"
        found_by = {
            "device_name": device_of(number % PHONES_IN_THE_LOG),
            "create_time": asked,
            "status": STATUSES[number // 7 % len(STATUSES)],
            "actor": ADMIN if number % 3 else "ben@example.com",
        }
        shown = {**action, "name": action_name} if is_shown(number, size) else {}
        yield Create(action_name, shown | found_by)


def is_shown(number: int, size: int) -> bool:
    return number < SHOWN or number >= size - SHOWN


def device_of(number: int) -> str:
    return f"{ENTERPRISE}/devices/{'wanted' if number == WANTED else f'd{number:06}'}"


def a_device() -> DeviceRecord:
    device = Device(device_of(0), model="Pixel 9", api_level=36, management_mode="DEVICE_OWNER")
    user = DeviceUser("Somebody", "somebody@example.com")
    return DeviceRecord(device, NOON, enrolled_user=user, model_key="pixel 9")


def an_action() -> Action:
    return Action(
        f"{ENTERPRISE}/actions/a",
        device_of(0),
        "DEVICE",
        ADMIN,
        "r",
        NOON,
        NOON + timedelta(days=1),
        86_400,
        device_facts=DeviceFacts("Pixel 9"),
        user=DeviceUser("Somebody", "somebody@example.com"),
        status=Status.DONE,
    )


def load(store: SqliteStore, writes: Iterator[Create]) -> None:
    """Write documents and their entries as a commit does, without asking whether they are there."""
    with pytest.MonkeyPatch.context() as patch, store._database.transaction() as connection:
        patch.setattr(lists, "list_id", cache(lists.list_id))  # few lists, each named a thousand times
        entries: set[lists.Entry] = set()
        for write in writes:
            row = (write.name, 1, content.encode(write.fields))
            connection.execute("INSERT INTO documents (name, version, content) VALUES (?, ?, ?)", row)
            entries |= lists.moves(write.name, None, write.fields)[1]
        connection.executemany(
            "INSERT INTO entries (list, key, shown) VALUES (?, ?, ?)", sorted(entries, key=itemgetter(0))
        )
