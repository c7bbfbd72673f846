"""What the first pages of the lists cost in an enterprise of 100,000 devices and as many resets.

Documents are counted where they leave the database, on both stores, through the pages' own handlers. Firestore
charges for exactly these, and a person waits for them.
"""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache

import pytest
from google.cloud import firestore

from console_pages.list_addresses import PAGE_SIZE
from local import emulators
from shared.adapters.firestore import FirestoreStore
from shared.adapters.firestore import store as firestore_store
from shared.adapters.sqlite import SqliteStore
from shared.services.ports import Create
from tests.contract.counting_reads import count_documents, count_rows
from tests.functions.console.large_enterprise import Large, console_over, fleet, load
from tests.functions.product import ADMIN, ENTERPRISE

pytestmark = pytest.mark.no_cover  # counting lines takes longer than the 200,000 documents do

SIZE = 100_000
SMALL = 5_000
EMULATOR_SIZE = SIZE if os.environ.get("CI") == "true" else SMALL
"""Of devices and of resets. Writing 200,000 documents to the emulator takes over a minute, so only CI does."""

EMULATOR_HEAP_MB = 4_000
WRITERS = 3

BESIDE_THE_ROWS = 4
"""Membership (for the frame and again for the list), enterprise, and the row that tells of more."""

LOOKED_UP = 31
"""Devices that a word of the log's filter may stand for, and the one that tells of more."""

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


def batches(writes: Iterator[Create], size: int) -> Iterator[list[Create]]:
    batch: list[Create] = []
    for write in writes:
        batch.append(write)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


@pytest.fixture(scope="module")
def large_sqlite() -> Iterator[Callable[[], Large]]:
    """The embedded store in memory."""
    with when_first_asked(on_sqlite()) as large:
        yield large


@pytest.fixture(scope="module")
def large_emulator(emulators_there: None) -> Iterator[str]:
    """A Firestore emulator with room for that many documents: the one of all tests would only collect garbage."""
    with emulators.firestore_emulator(heap_mb=EMULATOR_HEAP_MB) as address:
        yield address


@pytest.fixture(scope="module")
def large_firestore(large_emulator: str) -> Iterator[Callable[[], Large]]:
    with when_first_asked(on_firestore(large_emulator, EMULATOR_SIZE)) as large:
        yield large


@pytest.fixture(scope="module")
def smaller_firestore(large_emulator: str) -> Iterator[Callable[[], Large]]:
    with when_first_asked(on_firestore(large_emulator, SMALL)) as large:
        yield large


@contextmanager
def when_first_asked(enterprise: AbstractContextManager[Large]) -> Iterator[Callable[[], Large]]:
    """Loads it within the first test's own time, which coverage does not measure; before, it would."""
    with ExitStack() as closing:
        yield cache(lambda: closing.enter_context(enterprise))


@contextmanager
def on_sqlite() -> Iterator[Large]:
    store = SqliteStore(":memory:")
    load(store, fleet(SIZE))
    yield Large(console_over(store), count_rows(store))
    store.close()


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
        yield Large(console_over(store), count_documents(client))


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
def test_a_page_of_a_large_enterprise_reads_what_it_shows(large_sqlite: Callable[[], Large], page):
    check(large_sqlite(), page)


@pytest.mark.emulator
@pytest.mark.timeout(1800)  # the first waits for the documents
@pytest.mark.parametrize("page", [page for page in PAGES if page not in OF_MANY_DEVICES])
def test_on_firestore_a_page_of_a_large_enterprise_reads_what_it_shows(large_firestore: Callable[[], Large], page):
    check(large_firestore(), page)


@pytest.mark.emulator
@pytest.mark.parametrize("page", OF_MANY_DEVICES)
def test_on_firestore_the_log_of_many_devices_reads_what_it_shows(smaller_firestore: Callable[[], Large], page):
    check(smaller_firestore(), page)
