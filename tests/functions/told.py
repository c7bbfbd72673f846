"""What the functions print, line by line, as Cloud Logging would read it: each line under its own function.

In this one process all functions share one root logger, so the lines are formatted here, for the function that is
being called.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.runtime.logs import CloudFormatter
from tests.functions.product import FUNCTIONS, Product
from tests.functions.surroundings import PROJECT

Line = dict[str, Any]


class Told(logging.Handler):
    """Keeps every line from INFO on."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.function = ""
        self.lines: list[Line] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(CloudFormatter(self.function, PROJECT).format(record)))

    def of(self, action: str) -> list[Line]:
        """Return what the one filter of a reset finds."""
        return [line for line in self.lines if line.get("action") == action]


@contextmanager
def told(product: Product) -> Iterator[Told]:
    """Listen to all functions, which are started first: starting sets up logging anew."""
    for function in FUNCTIONS:
        product.client(function)
    handler, client = Told(), Product.client

    def named(self: Product, function: str) -> FlaskClient:
        handler.function = function
        return client(self, function)

    logging.getLogger().addHandler(handler)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Product, "client", named)
            yield handler
    finally:
        logging.getLogger().removeHandler(handler)
