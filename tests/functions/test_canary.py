"""A known passcode appears nowhere but in the request to AMAPI, the mail and the answer of a reveal.

Everything else that leaves a function is searched, raw and in the encodings in which things leak: the store's
files, the bus's journal, all pushed bodies, every log line at DEBUG, all output and all HTTP answers.
"""

import base64
import urllib.parse
from pathlib import Path

import pytest

from tests.functions.canary import CANARY, Overheard, assert_clean, listen, search
from tests.functions.product import ENTERPRISE, Product, running


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


@pytest.mark.usefixtures("planted")
def test_the_passcode_is_nowhere_but_where_it_must_be(
    tmp_path: Path, overheard: Overheard, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, LOG_LEVEL="DEBUG") as product:
        listen(product, overheard)
        actions = bad_day(product)
        look_around(product, actions)
        revealed = product.reveal(actions[0])

        assert revealed.json["passcode"] == CANARY, "the canary was alive"
        assert any(call["body"].get("newPassword") == CANARY for call in product.issue_calls())
        assert any(CANARY in "".join(letter.text.split()) for letter in product.inbox.letters())
        assert {product.action(action)["status"] for action in actions} >= {"DONE", "FAILED"}
        search(product, overheard, echoed=True)
        printed = capfd.readouterr()
        assert '"severity"' in printed.out
        assert_clean("standard output", (printed.out + printed.err).encode())


@pytest.mark.usefixtures("planted")
def test_nor_is_it_in_any_message_or_journal_of_ours(tmp_path: Path, overheard: Overheard) -> None:
    with running(tmp_path, LOG_LEVEL="DEBUG") as product:
        listen(product, overheard)
        name = devices(product, 1)[0]
        product.set_phone(name, echo="answers")  # AMAPI tells it in answers, not in notifications
        action = product.reset(name, notifyUser=True)["name"]
        product.until_status(action, "DONE")
        product.settle(lambda: len(product.inbox.letters()) == 2)
        assert product.phone(name)["passcode"] == CANARY
        assert {each.function for each in product.pushed} == {"issue_command", "handle_notification", "notify"}
        assert {file.name for file in tmp_path.iterdir()} >= {"bus.sqlite", "bus.sqlite-wal", "store.sqlite-wal"}
        search(product, overheard)


def test_the_search_finds_what_it_looks_for() -> None:
    for content in (
        CANARY.encode(),
        base64.b64encode(b"x" + CANARY.encode() + b"yz"),
        base64.b64encode(b"xy" + CANARY.encode()),
        base64.urlsafe_b64encode(b"xyz" + CANARY.encode() + b"!"),
        CANARY.encode().hex().encode(),
        urllib.parse.quote(CANARY).encode(),
        b"ca9R y&7Q",
        b"ca9Ry&amp;7Q",
        b"ca9Ry\\u00267Q",
    ):
        with pytest.raises(AssertionError):
            assert_clean("here", b"before " + content + b" after")
