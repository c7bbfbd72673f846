"""A passcode that is known beforehand, and the search for it in everything that leaves a function."""

import base64
import html
import json
import logging
import urllib.parse

from tests.functions.product import FUNCTIONS, Product

CANARY = "ca9Ry&7Q"
"""Fits every policy of the fleet that takes a password of eight, and is no identifier, hash or time by chance."""


def disguises(secret: str) -> set[bytes]:
    """Return the forms in which a text leaks: raw, in groups, hex, escaped in any way, base64 at any alignment."""
    raw = secret.encode()
    half = len(secret) // 2
    forms = {raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode()}
    forms |= {urllib.parse.quote(secret, safe="").encode(), urllib.parse.quote_plus(secret).encode()}
    forms |= {json.dumps(secret)[1:-1].encode(), "".join(f"\\u{ord(c):04x}" for c in secret).encode()}
    forms |= {html.escape(secret).encode(), secret.replace("&", "\\u0026").encode()}
    forms |= {f"{secret[:half]}{gap}{secret[half:]}".encode() for gap in (" ", "\u00a0", "-")}
    for ahead in range(3):
        encoded = base64.b64encode(b"\0" * ahead + raw).rstrip(b"=")
        # The first and the last sextets also hold bits of the neighbours.
        forms.add(encoded[(ahead * 8 + 5) // 6 : (ahead * 8 + len(raw) * 8) // 6])
    return forms | {form.replace(b"+", b"-").replace(b"/", b"_") for form in forms}


def assert_clean(where: str, content: bytes) -> None:
    for form in disguises(CANARY):
        assert form not in content, f"the canary is in {where}"


class Overheard(logging.Handler):
    """Everything that any logger says: the line as it is printed, with every traceback, and all that it carries."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[bytes] = []

    def emit(self, record: logging.LogRecord) -> None:
        carried = {key: repr(value) for key, value in record.__dict__.items()}
        self.lines.append(f"{logging.Formatter().format(record)} {carried}".encode())


def listen(product: Product, overheard: Overheard) -> None:
    """Hear every function: each sets up logging when it starts, so all are started first."""
    for function in FUNCTIONS:
        product.client(function)
    logging.getLogger().addHandler(overheard)


def search(product: Product, overheard: Overheard, *, echoed: bool = False) -> None:
    """Search everything; ``echoed`` says that AMAPI itself put the passcode into its notifications.

    AMAPI's own topic may carry it: kept for an hour at most, and not searched then, nor the bus that holds it.
    """
    assert overheard.lines
    assert_clean("the logs", b"\n".join(overheard.lines))
    for pushed in product.pushed:
        if not echoed or pushed.function != "handle_notification":
            body = json.loads(pushed.body)["message"].get("data", "")
            assert_clean("a message", pushed.body + base64.b64decode(body))
    for function, path, answer in product.answers:
        if not path.endswith(":reveal"):
            told = answer.get_data() + str(answer.headers).encode()
            assert_clean(f"an answer of {function} to {path}", told)
    for file in product.directory.iterdir():
        if not echoed or not file.name.startswith("bus."):
            assert_clean(file.name, file.read_bytes())
