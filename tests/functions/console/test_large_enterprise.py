"""What the first pages of the lists cost in an enterprise of 100,000 devices and as many resets.

Documents are counted where they leave the database, on both stores, through the pages' own handlers. Firestore
charges for exactly these, and a person waits for them.
"""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from console_pages.list_addresses import PAGE_SIZE
from console_pages.site import add_pages
from local import emulators
from local.seed import documents
from shared.adapters.firestore import FirestoreStore
from shared.adapters.firestore import store as firestore_store
from shared.adapters.sqlite import SqliteStore, content, lists
from shared.domain.action import Action, DeviceFacts, Status
from shared.domain.device import Device, DeviceRecord, DeviceUser
from shared.runtime.routes import add_routes
from shared.runtime.web import Identity, api_app
from shared.services.ports import Create, Principal, Store
from shared.services.read_console import ReadConsole
from shared.services.records import to_fields
from tests.functions.product import ADMIN, ENTERPRISE

SIZE = 100_000
SMALL = 5_000
EMULATOR_SIZE = SIZE if os.environ.get("CI") == "true" else SMALL
"""Of devices and of resets. Writing 200,000 documents to the emulator takes over a minute, so only CI does."""

SHOWN = 7_000
"""So many from either end are enough for every page; one more that a page showed would fail to be read."""

EMULATOR_HEAP_MB = 4_000
WRITERS = 3

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BESIDE_THE_ROWS = 4
"""Membership (for the frame and again for the list), enterprise, and the row that tells of more."""

LOOKED_UP = 31
"""Devices that a word of the log's filter may stand for, and the one that tells of more."""

PHONES_IN_THE_LOG, WANTED = 60, 50
"""How many devices the resets are of, and which of them is searched for."""

STATUSES = ["DONE"] * 15 + ["FAILED", "EXPIRED", "CANCELLED", "PENDING", "ISSUED"]
DEVICES, LOG = f"/{ENTERPRISE}/devices", f"/{ENTERPRISE}/actions"

PAGES = {
    "devices": (DEVICES, 0),
    "devices from Z": (f"{DEVICES}?sort=-user", 0),
    "devices by model": (f"{DEVICES}?sort=model", 0),
    "devices last seen": (f"{DEVICES}?sort=-seen", 0),
    "search that fits all": (f"{DEVICES}?query=pix", 0),
    "search that fits one": (f"{DEVICES}?query=wanted", 0),
    "search that fits none": (f"{DEVICES}?query=nobody", 0),
    "log": (LOG, 0),
    "log of what runs": (f"{LOG}?status=RUNNING", 0),
    "log of a status": (f"{LOG}?status=FAILED", 0),
    "log of a person": (f"{LOG}?actor={ADMIN}", 0),
    "log of days": (f"{LOG}?from=2026-11-22&to=2026-11-22", 0),
    "log of what runs, of a person, of days": (f"{LOG}?status=RUNNING&actor={ADMIN}&to=2026-11-22", 0),
    "log of one device": (f"{LOG}?device=wanted", LOOKED_UP),
    "log of devices": (f"{LOG}?device=pix", LOOKED_UP),
    "log of devices that run": (f"{LOG}?device=pix&status=RUNNING", LOOKED_UP),
}
"""Each page with what it may read beside its rows and ``BESIDE_THE_ROWS``."""

OF_MANY_DEVICES = ("log of devices", "log of devices that run")
"""The emulator looks at every document for each of the devices: 100 s a page with 100,000, where they held once."""


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


def batches(writes: Iterator[Create], size: int) -> Iterator[list[Create]]:
    batch: list[Create] = []
    for write in writes:
        batch.append(write)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


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


@pytest.fixture(scope="module")
def large_sqlite() -> Iterator[Large]:
    """The embedded store in memory."""
    store = SqliteStore(":memory:")
    load(store, fleet(SIZE))
    counted = 0

    def rows(sql: str, values: Any = ()) -> Any:
        nonlocal counted
        found = read(sql, values)
        counted += len(found)
        return found

    read, store._database.rows = store._database.rows, rows
    yield Large(console_over(store), lambda: counted)
    store.close()


class CountingApi:
    """Google's generated client, counting the documents in its answers."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self.documents = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def run_query(self, **asked: Any) -> Iterator[Any]:
        for answer in self._api.run_query(**asked):
            self.documents += "document" in answer
            yield answer

    def batch_get_documents(self, **asked: Any) -> Iterator[Any]:
        for answer in self._api.batch_get_documents(**asked):
            self.documents += "found" in answer
            yield answer


@pytest.fixture(scope="module")
def large_firestore(emulators_there: None) -> Iterator[Large]:
    """Firestore's emulator, one of its own with room for that many documents."""
    with (
        emulators.firestore_emulator(heap_mb=EMULATOR_HEAP_MB) as address,
        on_firestore(address, EMULATOR_SIZE) as large,
    ):
        yield large


@pytest.fixture(scope="module")
def smaller_firestore(firestore_emulator: str) -> Iterator[Large]:
    with on_firestore(firestore_emulator, SMALL) as large:
        yield large


@contextmanager
def on_firestore(address: str, size: int) -> Iterator[Large]:
    with ExitStack() as closing:
        patch = closing.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("FIRESTORE_EMULATOR_HOST", address)
        patch.setattr(firestore_store, "READ_TIMEOUT_S", 100.0)  # without indexes it looks at every document
        patch.setattr(firestore_store, "COMMIT_TIMEOUT_S", 100.0)
        client = firestore.Client(project=f"t-{uuid.uuid4().hex[:20]}", database="passcodes")
        store = FirestoreStore("ignored", "ignored", client)
        closing.callback(store.close)
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(store.commit, batches(fleet(size), 500)))
        api = client._firestore_api_internal = CountingApi(client._firestore_api)
        yield Large(console_over(store), lambda: api.documents)


def rows_of(page: str) -> int:
    return page.partition("<tbody>")[2].count("<tr>")


def check(large: Large, page: str) -> None:
    path, beside = PAGES[page]
    text, reads = large.get(path)
    rows = rows_of(text)
    assert rows == {"search that fits one": 1, "search that fits none": 0}.get(page, PAGE_SIZE)
    assert rows < reads <= rows + BESIDE_THE_ROWS + beside
    following = re.search(r'rel="next" href="([^"]+)"', text)
    assert bool(following) is (rows == PAGE_SIZE)
    if following:
        text, reads = large.get(following[1].replace("&amp;", "&"))
        assert rows_of(text) == PAGE_SIZE
        assert reads <= PAGE_SIZE + BESIDE_THE_ROWS + beside


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_large_enterprise_reads_what_it_shows(large_sqlite: Large, page):
    check(large_sqlite, page)


@pytest.mark.emulator
@pytest.mark.timeout(900)  # the first waits for the documents
@pytest.mark.parametrize("page", [page for page in PAGES if page not in OF_MANY_DEVICES])
def test_on_firestore_a_page_of_a_large_enterprise_reads_what_it_shows(large_firestore: Large, page):
    check(large_firestore, page)


@pytest.mark.emulator
@pytest.mark.parametrize("page", OF_MANY_DEVICES)
def test_on_firestore_the_log_of_many_devices_reads_what_it_shows(smaller_firestore: Large, page):
    check(smaller_firestore, page)
