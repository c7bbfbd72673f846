"""What an accepted request costs: the true entry point, beside the read and the commit that it cannot avoid."""

import itertools
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from bench.ratio import Ratio, in_turns
from local.seed import ENTERPRISE
from shared.adapters.sqlite import SqliteStore
from shared.services.ports import Create
from tests.functions.product import ADMIN, Product, running
from tests.functions.surroundings import add_to, fleet

ROUNDS, A_ROUND = 15, 8
PHONES = 160
"""More than the rounds take: each takes one reset, and a few would refuse it."""

AT_MOST = 9.0
"""Token, role, eligibility, passcode, encryption, the framework and publishing over HTTP, against a read and
a commit of a millisecond. Firestore takes several times that for the commit, and the rest stays."""


def ratios() -> Iterator[Ratio]:
    """Measure on the embedded store and bus."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), LOG_LEVEL="WARNING") as product:
        add_to(product.simulator, fleet(ENTERPRISE, PHONES))
        product.time.advance(days=1, hours=1)  # when the next full pass is due
        while not product.tick("sync_devices")["complete"]:
            pass
        devices = eligible(product)
        yield in_turns(
            f"accept {A_ROUND} resets",
            lambda: [product.reset(next(devices)) for _ in range(A_ROUND)],
            "read and commit the same documents",
            commits_alike(product, next(devices)),
            at_most=AT_MOST,
            rounds=ROUNDS,
        )


def eligible(product: Product) -> Iterator[str]:
    """Return the names of all devices that would take a reset."""
    names, page = [], "?pageSize=100"
    while page:
        answer = product.get(f"/v1/{ENTERPRISE}/devices{page}")
        names += [row["name"] for row in answer["devices"]]
        token = answer.get("nextPageToken")
        page = f"?pageSize=100&pageToken={token}" if token else ""
    return iter([name for name in names if product.get(f"/v1/{name}:checkReset")["eligible"]])


def commits_alike(product: Product, device: str) -> Callable[[], None]:
    """Return what reads what a reset reads, and commits documents like those that one really made."""
    before = names_in(product)
    product.reset(device)
    made = {name: product.stored(name) for name in names_in(product) - before}
    read = [ENTERPRISE, f"{ENTERPRISE}/members/{ADMIN}", device]
    store, numbers = SqliteStore(str(product.store_path)), itertools.count()

    def commit() -> None:
        for number in itertools.islice(numbers, A_ROUND):
            store.get_many(read)
            store.commit([Create(f"{name}-{number}", fields) for name, fields in made.items()])

    return commit


def names_in(product: Product) -> set[str]:
    """Return the names of all stored documents."""
    with closing(sqlite3.connect(product.store_path)) as database:
        return {name for (name,) in database.execute("SELECT name FROM documents")}
