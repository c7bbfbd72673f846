"""A known passcode appears nowhere but in the request to AMAPI, the mail and the answer of a reveal.

Everything else that leaves a function is searched, raw and in the encodings in which things leak: the store's
files, all pushed bodies, every log line at DEBUG with every library's logger awake, and all HTTP answers.
"""

import base64
import json
import logging
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import firestore

from local.seed import seed
from shared.adapters.firestore import FirestoreStore
from shared.domain.secret import Secret
from shared.services import accept_reset
from tests.functions.product import ENTERPRISE, FUNCTIONS, PROJECT, Product, running

CANARY = "ca9Ry#7Q"
"""Fits every policy of the fleet that takes a password of eight, and no identifier, hash or time by chance."""


def disguises(secret: str) -> set[bytes]:
    """Return the forms in which a text leaks: raw, hex, URL-encoded, JSON-escaped, and base64 at any alignment."""
    raw = secret.encode()
    forms = {raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode()}
    forms |= {urllib.parse.quote(secret, safe="").encode(), urllib.parse.quote_plus(secret).encode()}
    forms |= {json.dumps(secret)[1:-1].encode(), "".join(f"\\u{ord(c):04x}" for c in secret).encode()}
    for ahead in range(3):
        encoded = base64.b64encode(b"\0" * ahead + raw).rstrip(b"=")
        # The first and the last sextets also hold bits of the neighbours.
        forms.add(encoded[(ahead * 8 + 5) // 6 : (ahead * 8 + len(raw) * 8) // 6])
    return forms | {form.replace(b"+", b"-").replace(b"/", b"_") for form in forms}


def assert_clean(where: str, content: bytes) -> None:
    for form in disguises(CANARY):
        assert form not in content, f"the canary is in {where}"


class Overheard(logging.Handler):
    """Everything that any logger says, as a formatter would print it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[bytes] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = {key: repr(value) for key, value in record.__dict__.items()}
        self.lines.append(f"{record.getMessage()} {told} {record.exc_text} {record.exc_info!r}".encode())


@pytest.fixture
def overheard() -> Iterator[Overheard]:
    handler = Overheard()
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every passcode that is made is the canary."""
    monkeypatch.setattr(accept_reset, "generate", lambda _rule: Secret(CANARY))


def listen(product: Product, overheard: Overheard) -> None:
    """Hear every function: each sets up logging when it starts, so all are started first."""
    for function in FUNCTIONS:
        product.client(function)
    logging.getLogger().addHandler(overheard)


def devices(product: Product, count: int) -> list[str]:
    return [row["name"] for row in product.devices()][:count]


def bad_day(product: Product) -> list[str]:
    """Run resets through every way in which something tells too much, and return the actions' names."""
    names = devices(product, 6)
    product.sim("POST", "/notifications", {"mode": "duplicate"})
    for name in names:
        product.set_phone(name, echo="all", outcome="OK")
    actions = []
    for name, method, kind in (
        (names[0], "", ""),
        (names[1], "issueCommand", "http_400_echo"),
        (names[2], "issueCommand", "drop_after_accept"),
        (names[3], "issueCommand", "malformed"),
        (names[4], "issueCommand", "http_503_after_accept"),
        (names[5], "issueCommand", "http_429"),
    ):
        if method:
            product.fault(method, kind)
        actions.append(product.reset(name, notifyUser=True, reason="canary")["name"])
        product.pump()
    product.inbox.fault("http_500")
    product.inbox.fault("http_401")
    for _ in range(6):
        product.settle(lambda: not product.pump())
        product.time.advance(seconds=130)
        product.tick()
    product.settle(lambda: not product.pump())
    return actions


def look_around(product: Product, actions: list[str]) -> None:
    """Read everything that people and scripts can read."""
    for action in actions:
        product.get(f"/v1/{action}")
        product.get(f"/v1/{action}/events")
        product.call("console", "GET", f"/{action}")
    for path in (f"/v1/{ENTERPRISE}/actions", f"/v1/{ENTERPRISE}/devices", f"/{ENTERPRISE}/actions.csv"):
        product.call("console", "GET", path)
    product.call("console", "GET", f"/{product.stored(actions[0])['device_name']}")


def search(product: Product, overheard: Overheard) -> None:
    assert overheard.lines
    assert_clean("the logs", b"\n".join(overheard.lines))
    for pushed in product.pushed:
        if pushed.function != "handle_notification":  # AMAPI's own topic may carry it: kept for an hour at most
            body = json.loads(pushed.body)["message"].get("data", "")
            assert_clean("a message", pushed.body + base64.b64decode(body))
    for function, path, answer in product.answers:
        if not path.endswith(":reveal"):
            told = answer.get_data() + str(answer.headers).encode()
            assert_clean(f"an answer of {function} to {path}", told)
    for file in product.directory.iterdir():
        if not file.name.startswith("bus."):  # the journal holds AMAPI's notifications; ours were searched above
            assert_clean(file.name, file.read_bytes())


@pytest.mark.usefixtures("planted")
def test_the_passcode_is_nowhere_but_where_it_must_be(tmp_path: Path, overheard: Overheard) -> None:
    with running(tmp_path, LOG_LEVEL="DEBUG") as product:
        listen(product, overheard)
        actions = bad_day(product)
        look_around(product, actions)
        revealed = product.reveal(actions[0])

        assert revealed.json["passcode"] == CANARY, "the canary was alive"
        assert any(call["body"].get("newPassword") == CANARY for call in product.issue_calls())
        assert any(CANARY in "".join(letter.text.split()) for letter in product.inbox.letters())
        assert {product.action(action)["status"] for action in actions} >= {"DONE", "FAILED"}
        search(product, overheard)


def test_the_search_finds_what_it_looks_for() -> None:
    for content in (
        CANARY.encode(),
        base64.b64encode(b"x" + CANARY.encode() + b"yz"),
        base64.b64encode(b"xy" + CANARY.encode()),
        base64.urlsafe_b64encode(b"xyz" + CANARY.encode() + b"!"),
        CANARY.encode().hex().encode(),
        urllib.parse.quote(CANARY).encode(),
    ):
        with pytest.raises(AssertionError):
            assert_clean("here", b"before " + content + b" after")


@pytest.mark.emulator
@pytest.mark.usefixtures("planted")
def test_nor_is_it_in_firestore(
    tmp_path: Path, overheard: Overheard, firestore_emulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    overrides = {"STORE": "firestore", "FIRESTORE_EMULATOR_HOST": firestore_emulator, "LOG_LEVEL": "DEBUG"}
    with running(tmp_path, **overrides) as product:
        store = FirestoreStore(PROJECT, "(default)")
        seed(store)
        store.close()
        product.settle(lambda: product.tick("sync_devices")["complete"])
        listen(product, overheard)
        name = devices(product, 1)[0]
        action = product.reset(name, notifyUser=True)["name"]
        product.until_status(action, "DONE")
        product.settle(lambda: len(product.inbox.letters()) == 2)
        assert product.reveal(action).json["passcode"] == CANARY
        search(product, overheard)
        dump = [
            str(document.to_dict())
            for collection in firestore.Client(PROJECT).collections()
            for document in _below(collection)
        ]
        assert len(dump) > 10
        assert_clean("Firestore", "\n".join(dump).encode())


def _below(collection: firestore.CollectionReference) -> Iterator[firestore.DocumentSnapshot]:
    for reference in collection.list_documents():
        yield reference.get()
        for inner in reference.collections():
            yield from _below(inner)
