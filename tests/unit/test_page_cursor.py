"""Cursors that were forged with a right checksum still hold nothing but a place in a list."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.errors import RejectedError
from shared.services import page_cursor
from shared.services.page_cursor import Position

QUERY = ("actions", "enterprises/LC0")


def forged(body: Any) -> str:
    raw = json.dumps(body).encode()
    return base64.urlsafe_b64encode(page_cursor._check(QUERY, raw) + raw).rstrip(b"=").decode()


@pytest.mark.parametrize("key", [None, "", "Zoë 🔑", datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)])
def test_a_position_comes_back_as_it_was(key: page_cursor.SortKey) -> None:
    position = Position(key, "01J9-x_y")
    assert page_cursor.decode(QUERY, page_cursor.encode(QUERY, position)) == position


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "text",
        [1, 2, 3],
        ["key", None],
        ["key", 7],
        ["key", ""],
        ["key", "a/../b"],
        ["key", "x" * 129],
        [7, "id"],
        [["a"], "id"],
        [[1, 2], "id"],
        [[10**30], "id"],
        [{}, "id"],
    ],
)
def test_a_forged_body_is_refused(body: Any) -> None:
    with pytest.raises(RejectedError) as caught:
        page_cursor.decode(QUERY, forged(body))
    assert caught.value.reason == "INVALID_PAGE_TOKEN"
