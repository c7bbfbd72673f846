"""The action log as CSV: what a filter shows, safe to open, complete or saying that it is not."""

import csv
import gettext
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest

from console_pages.log_export import BOM, COLUMNS, inactive, lines
from shared.adapters.sqlite import SqliteStore
from shared.domain.action import Action, Delivery, DeliveryStatus, Recipient, Status
from shared.domain.device import DeviceUser
from shared.domain.errors import TransientError
from shared.services import read_log
from tests.functions.console.seeded_console import NOW, SeededConsole, action
from tests.functions.console.test_log_page import put_action
from tests.functions.product import ENTERPRISE, OTHER_ADMIN

EXPORT = f"/{ENTERPRISE}/actions.csv"
ENGLISH = gettext.NullTranslations()
QUERY = SqliteStore.actions
DOWN = TransientError("STORE_UNAVAILABLE", "down")


def table(text: str) -> list[dict[str, str]]:
    """Read a file as a spreadsheet does; fails where a row has other columns than the head."""
    assert text.startswith(BOM)
    rows = list(csv.reader(StringIO(text.removeprefix(BOM), newline=""), strict=True))
    assert rows[0] == list(COLUMNS)
    assert all(len(row) == len(COLUMNS) for row in rows)
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]


def exported(console: SeededConsole, query: str = "") -> list[dict[str, str]]:
    return table(console.get(f"{EXPORT}?{query}").get_data(as_text=True))


def test_a_row_says_all_that_is_known_but_the_passcode(console: SeededConsole):
    deliveries = (
        Delivery(Recipient.ADMIN, "a@example.com", status=DeliveryStatus.SENT),
        Delivery(Recipient.USER, "u@example.com", status=DeliveryStatus.FAILED),
    )
    put_action(console, "a1", status=Status.DONE, reason="INC-1", deliveries=deliveries)
    (row,) = exported(console)
    told = NOW - timedelta(minutes=5)
    assert row == {
        "requested": told.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": "DONE",
        "status_code": "",
        "user_name": "Carla Moretti",
        "user_email": "carla.moretti@example.com",
        "device": "Galaxy A55 · R5CY3079LQW",
        "device_id": "d1",
        "lock": "DEVICE",
        "requested_by": "admin@example.com",
        "reason": "INC-1",
        "mail_to_admin": "SENT",
        "mail_to_user": "FAILED",
        "valid_until": (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sent": (NOW - timedelta(minutes=4)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ended": (NOW - timedelta(minutes=3)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "took_s": "120",
        "reference": f"{ENTERPRISE}/actions/a1",
    }


def test_it_is_a_file_to_download_that_nobody_keeps(console: SeededConsole):
    answer = console.get(EXPORT)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="action-log-LC00demo-20')
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.data.endswith(b"\r\n")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["b", "a"]),
        ("status=RUNNING", ["a"]),
        ("status=DONE", ["b"]),
        ("device=nobody", []),
        ("to=2020-01-01", []),
    ],
)
def test_it_holds_what_the_filter_shows(console: SeededConsole, query, expected):
    put_action(console, "a")
    put_action(console, "b", status=Status.DONE, create_time=NOW)
    assert [row["reference"].rpartition("/")[2] for row in exported(console, query)] == expected


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}"])
def test_no_cell_becomes_a_formula(start):
    hostile = f"{start}HYPERLINK(1)"
    made = action(
        reason=hostile, user=DeviceUser(hostile, hostile), device_display_name=hostile, actor=hostile, scope=hostile
    )
    (row,) = table("".join(lines([made], ENGLISH)))
    hit = [column for column, cell in row.items() if cell == f"'{hostile}"]
    assert hit == ["user_name", "user_email", "device", "lock", "requested_by", "reason"]
    assert not [cell for cell in row.values() if cell.startswith(start)]


def test_what_is_no_formula_stays_as_it_is():
    assert [inactive(cell) for cell in ("", "INC-1", "a=b", " =1", "'x", "Zoë")] == [
        "", "INC-1", "a=b", " =1", "'x", "Zoë",
    ]  # fmt: skip


def test_lines_quotes_and_separators_stay_inside_their_cell():
    reason = 'first\r\nsecond,"third";\tfourth\x00 Zoë 🔑'
    (row,) = table("".join(lines([action(reason=reason)], ENGLISH)))
    assert row["reason"] == reason


def some(count: int) -> list[Action]:
    made = action()
    return [replace(made, name=f"{ENTERPRISE}/actions/{number}") for number in range(count)]


def test_it_comes_in_pieces():
    pieces = list(lines(iter(some(1000)), ENGLISH))
    assert len(pieces) > 4
    assert len(table("".join(pieces))) == 1000


def test_beyond_its_limit_the_last_row_says_that_it_stops():
    text = "".join(lines(some(6), ENGLISH, most=5))
    rows = list(csv.reader(StringIO(text)))
    assert len(rows) == 1 + 5 + 1
    assert rows[-1] == ["Export stops at 50,000 rows. Narrow the dates."]
    assert len(table("".join(lines(some(5), ENGLISH, most=5)))) == 5


def test_a_long_log_is_read_page_by_page_and_no_further_than_the_limit(console: SeededConsole, monkeypatch):
    for number in range(7):
        put_action(console, f"a{number}", create_time=NOW - timedelta(seconds=number))
    monkeypatch.setattr(read_log, "EXPORT_PAGE", 3)
    assert [row["reference"][-2:] for row in exported(console)] == [f"a{number}" for number in range(7)]
    store = SqliteStore(str(console.path))
    taken = list(read_log.ReadLog(store).export(caller(), ENTERPRISE, read_log.LogWish(), most=4))
    store.close()
    assert len(taken) == 5


def caller() -> read_log.Caller:
    return read_log.Caller("admin@example.com")


class Failing:
    """Fails queries as it is told: one entry each, None for a query that works."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *outcomes: TransientError | None) -> None:
        self.outcomes = list(outcomes)

        def answer(store: SqliteStore, *asked):
            outcome = self.outcomes.pop(0) if self.outcomes else None
            if outcome:
                raise outcome
            return QUERY(store, *asked)

        monkeypatch.setattr(SqliteStore, "actions", answer)


def test_a_store_that_stumbles_costs_no_row(console: SeededConsole, monkeypatch):
    for number in range(5):
        put_action(console, f"a{number}")
    monkeypatch.setattr(read_log, "EXPORT_PAGE", 2)
    Failing(monkeypatch, DOWN, DOWN, None, DOWN, None)
    assert len(exported(console)) == 5


def test_a_store_that_is_down_is_an_error_page_and_no_empty_file(console: SeededConsole, monkeypatch):
    Failing(monkeypatch, DOWN, DOWN, DOWN)
    answer = console.get(EXPORT)
    assert answer.status_code == 503
    assert "Content-Disposition" not in answer.headers


def test_a_file_that_broke_off_says_so_in_its_last_row_and_fails(console: SeededConsole, monkeypatch):
    for number in range(5):
        put_action(console, f"a{number}")
    monkeypatch.setattr(read_log, "EXPORT_PAGE", 2)
    Failing(monkeypatch, None, DOWN, DOWN, DOWN)
    with pytest.raises(TransientError):
        console.get(EXPORT).get_data()
    store = SqliteStore(str(console.path))
    Failing(monkeypatch, None, DOWN, DOWN, DOWN)
    pieces: list[str] = []
    broken = lines(read_log.ReadLog(store).export(caller(), ENTERPRISE, read_log.LogWish()), ENGLISH)
    with pytest.raises(TransientError):
        pieces.extend(broken)
    store.close()
    rows = list(csv.reader(StringIO("".join(pieces))))
    assert len(rows) == 1 + 2 + 1
    assert rows[-1] == ["The export broke off here: rows are missing. Export again."]


@pytest.mark.parametrize(
    ("who", "code"), [("viewer@example.com", 200), (OTHER_ADMIN, 404), ("stranger@x.example", 404)]
)
def test_it_is_for_members_alone(console: SeededConsole, who, code):
    assert console.get(EXPORT, caller=who).status_code == code


def test_a_filter_that_is_none_is_refused(console: SeededConsole):
    assert console.get(f"{EXPORT}?status=NONE").status_code == 400
