"""Every text that a device, a user or a person chose is hostile, and inert wherever it is shown."""

import csv
import io
import json
import logging
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from shared.domain.inert_text import inert
from tests.functions.product import ENTERPRISE, FUNCTIONS, Product

TAG = "<img src=x onerror=alert(1)><script>alert(1)</script>"
QUOTES = "\"'`</title></textarea>{{ 7*7 }}{% raw %}%(a)s{0}\\"
DIRECTIONS = "\N{RIGHT-TO-LEFT OVERRIDE}exe.txt\N{LEFT-TO-RIGHT ISOLATE}\N{ZERO WIDTH SPACE}"
LINES = "\r\nBcc: everybody@example.com\r\n\r\n<b>second part</b>\x00\x1b[31m\u2028"
LONG = "l" * 10_000


def hostile(lead: str) -> str:
    """Return a text with everything in it, told apart by its lead; it begins as a formula does."""
    return f'=HYPERLINK("http://evil.example";"{lead}"){TAG}{QUOTES}{DIRECTIONS}{LINES}{LONG}'


REASON_LIMIT = 500
LINE = hostile("reason").replace(LINES, "")
REASON = LINE[:REASON_LIMIT]
"""A reason is one line: what has line breaks is refused at the door."""

FOREIGN = frozenset({"img", "iframe", "object", "embed", "base", "math", "textarea", "applet"})
"""Elements that none of our pages has: found, they come out of a text."""

NO_ICON = "data:,"
"""Our own: it keeps browsers from asking for an icon."""

UNSEEN = frozenset(DIRECTIONS) - frozenset("exe.txt") | frozenset("\x00\x1b\u2028\r")


class Page(HTMLParser):
    """What a browser makes of a page: elements, attributes, words."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.data: list[str] = []
        self._inside = ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_endtag(self, _tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        (self.data if self._inside in {"script", "style"} else self.words).append(data)

    def texts(self) -> list[str]:
        """Return all that could be shown or acted on: words, attributes, data blocks.

        What a field holds for editing is left out: there a text must stay as it was typed.
        """
        written = [
            value
            for tag, attributes in self.tags
            for name, value in attributes.items()
            if (tag, name) not in {("input", "value"), ("option", "value")}
        ]
        return [*self.words, *self.data, *written]


def assert_inert(where: str, content: str, *, scripts: bool = True) -> None:
    page = Page(content)
    for tag, attributes in page.tags:
        assert tag not in FOREIGN, f"{where}: <{tag}>"
        assert not [name for name in attributes if name.startswith("on")], f"{where}: {tag} {attributes}"
        own = attributes.get("src", "").startswith("/assets/") or attributes.get("type") == "application/json"
        assert tag != "script" or (scripts and own), f"{where}: {attributes}"
        for link in (attributes.get("href", ""), attributes.get("src", ""), attributes.get("action", "")):
            assert link == NO_ICON or not link.lower().startswith(("javascript:", "data:")), f"{where}: {link}"
            assert "evil.example" not in link, f"{where}: {link}"
    for text in page.texts():
        assert not UNSEEN & set(text), f"{where}: {text[:200]!r}"
        assert "l" * (REASON_LIMIT + 1) not in text, f"{where} shows more than {REASON_LIMIT} characters"
    assert "49" not in [word.strip() for word in page.words], f"{where}: the template was taken for one"


@pytest.fixture
def logged() -> io.StringIO:
    return io.StringIO()


def overhear(product: Product, into: io.StringIO) -> None:
    """Write down what the functions log, as their own formatter words it."""
    for function in FUNCTIONS:  # each sets up logging anew when it starts
        product.client(function)
    theirs = next(each for each in logging.getLogger().handlers if each.formatter)
    handler = logging.StreamHandler(into)
    handler.setFormatter(theirs.formatter)
    logging.getLogger().addHandler(handler)


def enrol_hostile(product: Product, device: str) -> None:
    """Let the phone's own words and its enrolment token be hostile, and mirror them."""
    phone: Any = product.simulator.world.phones[device].device
    user = {"displayName": hostile("name"), "email": "victim@example.com", "locale": hostile("xx")}
    phone["enrollmentTokenData"] = json.dumps({"user": user})
    phone["hardwareInfo"] |= {
        "brand": hostile("brand"),
        "model": hostile("model"),
        "serialNumber": hostile("serial"),
    }
    phone["softwareInfo"] |= {"androidVersion": hostile("version")}
    phone["appliedPolicyName"] = f"{ENTERPRISE}/policies/{TAG}"
    product.sim("POST", "/notify", {"type": "STATUS_REPORT", "device": device})
    product.settle(lambda: "name" in product.get(f"/v1/{device}")["user"]["displayName"])


def page(product: Product, path: str) -> str:
    answer = product.call("console", "GET", path)
    assert answer.status_code == (400 if "from=" in path else 200), answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def pages_of(device: str, action: str) -> list[str]:
    hostile_query = "%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%E2%80%AE"
    return [
        f"/{ENTERPRISE}",
        f"/{ENTERPRISE}/devices",
        f"/{ENTERPRISE}/devices?query={hostile_query}",
        f"/{ENTERPRISE}/devices?query=hyperlink",
        f"/{ENTERPRISE}/actions",
        f"/{ENTERPRISE}/actions?actor={hostile_query}&device={hostile_query}&from={hostile_query}",
        f"/{device}",
        f"/{device}/log",
        f"/{device}/user",
        f"/{device}/reset?request=3f2b8f64-5717-4562-b3fc-2c963f66afa6",
        f"/{action}",
        f"/{action}?part=live",
    ]


def test_hostile_text_is_inert_in_pages_mail_csv_and_logs(product: Product, logged: io.StringIO) -> None:
    overhear(product, logged)
    device = product.devices()[0]["name"]
    enrol_hostile(product, device)
    refused = product.call(
        "reset_passcode", "POST", f"/v1/{device}:resetPasscode", json={"reason": hostile("")[:500]}
    )
    assert refused.status_code == 400
    action = product.reset(device, reason=REASON, notifyUser=True)["name"]
    running = [page(product, path) for path in pages_of(device, action)]
    product.until_status(action, "DONE")
    product.settle(lambda: len(product.inbox.letters()) == 2)
    revealed = product.call(
        "reveal_passcode",
        "POST",
        f"/v1/{action.replace('/actions/', '/passcodes/')}:reveal",
        json={"reason": REASON},
    )
    assert revealed.status_code == 200

    for path, before in zip(pages_of(device, action), running, strict=True):
        assert_inert(f"{path} while it runs", before)
        assert_inert(path, page(product, path))
    seen = page(product, f"/{action}")
    assert "&lt;img src=x onerror=alert(1)&gt;" in seen, "it is shown, not dropped"
    assert_mails_inert(product)
    assert_csv_inert(product)
    assert_logs_inert(logged.getvalue(), action)


def assert_mails_inert(product: Product) -> None:
    for letter in product.inbox.letters():
        assert letter.subject == inert(letter.subject, len(letter.subject)), "one line, nothing unseen"
        assert len(letter.subject) < 300
        assert not UNSEEN & set(letter.text.replace("\r\n", "\n"))
        assert "\nBcc:" not in letter.text
        assert_inert("the mail", letter.html, scripts=False)


def assert_csv_inert(product: Product) -> None:
    answer = product.call("console", "GET", f"/{ENTERPRISE}/actions.csv")
    content = answer.get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    assert len(rows) == 2
    assert len({len(row) for row in rows}) == 1
    assert REASON in {cell.removeprefix("'") for cell in rows[1]}
    for cell in rows[1]:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell[:80]
    assert any(cell.startswith("'=") for cell in rows[1])


def assert_logs_inert(text: str, action: str) -> None:
    assert action.rpartition("/")[2] in text, "something was logged of it"
    assert not UNSEEN & set(text)
    for line in text.splitlines():
        assert isinstance(json.loads(line), dict), "one entry a line, whatever it quotes"
    assert "alert(1)" not in text, "no text of a person or a phone is logged"


def test_every_part_of_the_hostile_text_is_there() -> None:
    """The test above is worth what its text is worth."""
    parts = (TAG, QUOTES, DIRECTIONS, LINES, LONG)
    places = [hostile("x").index(part) for part in parts]
    assert all(one < other for one, other in pairwise(places))
    assert all(part in REASON for part in (TAG, QUOTES, DIRECTIONS))
