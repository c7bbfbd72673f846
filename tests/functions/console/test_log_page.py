"""The action log: newest first, filtered as the address says, each row with how it stands."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from console_pages.list_addresses import PAGE_SIZE
from shared.adapters.sqlite import SqliteStore
from shared.domain.action import Delivery, DeliveryStatus, Reason, Recipient, Status
from shared.domain.device import DeviceUser
from tests.functions.console.seeded_console import HOSTILE, NOW, SeededConsole, action
from tests.functions.console.test_devices_page import link, put, rows
from tests.functions.product import ADMIN, ENTERPRISE

LOG = f"/{ENTERPRISE}/actions"


def shown(page: str) -> list[str]:
    """Return the ids of the actions listed."""
    return [re.search(r'href="[^"]*/actions/([^"]+)"', row)[1] for row in rows(page)]


def found(console: SeededConsole, query: str) -> list[str]:
    page = console.page(f"{LOG}?{query}")
    return sorted(shown(page))


def put_action(console: SeededConsole, action_id: str, **changes) -> None:
    made = action(action_id, **changes)
    console.put(made.name, made)


def words_of(row: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", row)).split())


def test_resets_come_newest_first_with_who_and_what(console: SeededConsole):
    put_action(console, "old", create_time=NOW - timedelta(days=1), status=Status.DONE, reason="INC-1")
    put_action(console, "new", create_time=NOW, actor="ben@example.com")
    page = console.page(LOG)
    assert shown(page) == ["new", "old"]
    for text in ("Waiting to be sent", "ben@", "Carla Moretti", "Galaxy A55", "Until", "\N{EN DASH}"):
        assert text in words_of(rows(page)[0])
    assert "INC-1" in rows(page)[1]
    assert "2 resets on this page, newest first" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": Status.ISSUED}, "Sent, waiting for device Until"),
        ({"status": Status.ISSUED, "cancel_time": NOW}, "Sent, waiting for device Cancelling…"),
        ({"status": Status.FAILED}, "Failed Device refused: rules changed"),
        ({"status": Status.FAILED, "status_reason": Reason("NEW_WORD", "x")}, "Failed NEW_WORD"),
        ({"status": Status.FAILED, "status_reason": None}, "Failed Carla"),
        ({"status": Status.EXPIRED, "status_reason": Reason("NOT_ONLINE_IN_TIME")}, "Expired Not online within"),
        ({"status": Status.EXPIRED, "status_reason": Reason("NO_ANSWER")}, "Expired No answer within"),
        ({"status": Status.EXPIRED, "status_reason": Reason("NOT_SENT_IN_TIME")}, "Expired Not sent within"),
        ({"status": Status.CANCELLED}, "Cancelled Before the device picked it up"),
        ({"status": Status.UNKNOWN}, "Outcome unknown Operator must check"),
        ({"status": Status.DONE}, "Done Carla"),
    ],
)
def test_each_status_comes_with_one_line_of_why_or_until_when(console: SeededConsole, changes, words):
    put_action(console, "a", **changes)
    (row,) = rows(console.page(LOG))
    assert words in words_of(row)


@pytest.mark.parametrize(("recipient", "who"), [(Recipient.ADMIN, "admin"), (Recipient.USER, "user")])
def test_a_letter_that_failed_is_no_failed_reset(console: SeededConsole, recipient, who):
    failed = Delivery(recipient, "x@example.com", status=DeliveryStatus.FAILED, reason="REJECTED")
    put_action(console, "a", status=Status.DONE, deliveries=(failed,))
    (row,) = rows(console.page(LOG))
    assert f"Done Mail to {who} not delivered" in words_of(row)


@pytest.mark.parametrize(
    ("took", "words"),
    [({"seconds": 4}, "4 s"), ({"minutes": 3}, "3 min"), ({"hours": 2, "minutes": 10}, "2 h 10 min")],
)
def test_it_says_how_long_it_took(console: SeededConsole, took, words):
    put_action(console, "a", status=Status.DONE, create_time=NOW - timedelta(**took), complete_time=NOW)
    put_action(console, "b", status=Status.UNKNOWN, create_time=NOW - timedelta(**took), complete_time=NOW)
    by_id = dict(zip(shown(page := console.page(LOG)), rows(page), strict=True))
    assert words_of(by_id["a"]).endswith(words)
    assert words_of(by_id["b"]).endswith("\N{EN DASH}")


def test_foreign_text_stays_text(console: SeededConsole):
    put_action(console, "a", reason=HOSTILE, user=DeviceUser(HOSTILE), actor=f"x@{HOSTILE}")
    page = console.page(f"{LOG}?actor=%3Cscript%3Ealert(1)&device=%22%3E%3Cscript%3Ealert(1)")
    assert "<script>alert" not in page
    assert "<script>alert" not in console.page(LOG)


@pytest.fixture
def mixed(console: SeededConsole) -> SeededConsole:
    """Resets of two phones, three people, all statuses and some days."""
    put(console, "d1", user=DeviceUser("Carla Moretti", "carla@example.com"))
    put(console, "d2", user=DeviceUser("Bram Berg"))
    phones = [f"{ENTERPRISE}/devices/{each}" for each in ("d1", "d2")]
    for number, status in enumerate(Status):
        put_action(
            console,
            status.lower(),
            status=status,
            actor=[ADMIN, "Ben@Example.com", "eva@example.com"][number % 3],
            device_name=phones[number % 2],
            create_time=datetime(2026, 11, 10 + number, 23, 30, tzinfo=UTC),
        )
    return console


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["cancelled", "done", "expired", "failed", "issued", "pending", "unknown"]),
        ("status=RUNNING", ["issued", "pending"]),
        ("status=ISSUED", ["issued"]),
        ("status=UNKNOWN", ["unknown"]),
        ("actor=admin@example.com", ["failed", "pending", "unknown"]),
        ("actor=Ben@Example.com", ["expired", "issued"]),
        ("actor=ADMIN@example.com", ["failed", "pending", "unknown"]),
        ("actor=nobody@example.com", []),
        (
            "device=carla",
            ["done", "expired", "pending", "unknown"],
        ),
        ("device=d2", ["cancelled", "failed", "issued"]),
        (f"device={ENTERPRISE}/devices/d2", ["cancelled", "failed", "issued"]),
        ("device=nobody", []),
        ("device=%2A%2A", []),
        ("device=%CC%81", []),
        ("status=RUNNING&device=carla&actor=admin@example.com", ["pending"]),
        ("from=2026-11-14", ["cancelled", "expired", "unknown"]),
        ("to=2026-11-11", ["issued", "pending"]),
        ("from=2026-11-12&to=2026-11-12", ["done"]),
        ("from=2026-11-13&to=2026-11-13&zone=Europe/Helsinki", ["done"]),
        ("from=2026-11-12&to=2026-11-12&zone=No/Where", ["done"]),
        ("from=2026-11-12&to=2026-11-12&zone=../../etc/passwd", ["done"]),
        ("from=2026-11-12&to=2026-11-12&zone=Europe", ["done"]),
    ],
)
def test_filters_narrow_the_log(mixed: SeededConsole, query, expected):
    assert found(mixed, query) == expected


def test_filters_in_force_stand_above_the_table_and_can_be_taken_back(mixed: SeededConsole):
    page = mixed.page(f"{LOG}?status=RUNNING&device=carla&from=2026-11-01&zone=Europe/Helsinki")
    words = words_of(page.partition('class="chips"')[2].partition("</div>")[0])
    assert "Status: Running Remove filter Status: Running" in words
    assert "Device or user: carla" in words
    assert "From: 2026-11-01" in words
    assert "(UTC)" not in words
    chips = [unescape(href) for href in re.findall(r'class="chip">.*?href="([^"]*)"', page, re.DOTALL)]
    assert chips == [
        f"{LOG}?device=carla&from=2026-11-01&zone=Europe%2FHelsinki",
        f"{LOG}?status=RUNNING&from=2026-11-01&zone=Europe%2FHelsinki",
        f"{LOG}?status=RUNNING&device=carla",
    ]
    assert link(page, "Clear all") == LOG
    assert "Filters (3)" in page
    assert "(UTC)" in mixed.page(f"{LOG}?from=2026-11-01")


def test_the_export_has_the_same_filters(mixed: SeededConsole):
    page = mixed.page(f"{LOG}?status=RUNNING&from=2026-11-01&zone=Europe/Helsinki")
    export = unescape(re.search(r'href="([^"]*actions\.csv[^"]*)"', page)[1])
    assert export == f"{LOG}.csv?status=RUNNING&from=2026-11-01&zone=Europe%2FHelsinki"


def test_nothing_that_fits_says_so(mixed: SeededConsole):
    words = mixed.words(f"{LOG}?status=FAILED&device=carla")
    assert "Nothing matches these filters Widen the dates or remove a filter. Clear all filters" in words


def test_an_empty_log_says_what_it_will_be(console: SeededConsole):
    assert "No resets yet Every reset will be listed here" in console.words(LOG)


@pytest.mark.parametrize(
    "query",
    ["status=GONE", "from=tomorrow", "to=2026-13-01", "to=9999-12-31", "from=0001-01-01&zone=Asia/Tokyo"],
)
def test_a_filter_that_is_none_is_refused_and_not_ignored(console: SeededConsole, query):
    answer = console.get(f"{LOG}?{query}")
    assert answer.status_code == 400
    assert "This address does not work" in answer.get_data(as_text=True)


@pytest.mark.parametrize("status", ["", "RUNNING"])
def test_pages_follow_each_other_without_gap_or_repeat(console: SeededConsole, status):
    put(console, "d1", user=DeviceUser("Carla"))
    for number in range(2 * PAGE_SIZE + 1):
        made = [Status.PENDING, Status.ISSUED][number % 2]
        put_action(console, f"a{number:02}", status=made, create_time=NOW - timedelta(seconds=number // 3))
    first = console.page(f"{LOG}?status={status}&device=carla")
    second = console.page(link(first, "Next page"))
    third = console.page(link(second, "Next page"))
    ids = shown(first) + shown(second) + shown(third)
    assert len(ids) == len(set(ids)) == 2 * PAGE_SIZE + 1
    assert "End of list" in third
    assert shown(console.page(link(third, "First page"))) == shown(first)


def test_more_devices_than_can_be_asked_for_at_once_are_told(console: SeededConsole):
    for number in range(16):
        put(console, f"d{number:02}", user=DeviceUser(f"Carla {number:02}"))
        put_action(console, f"a{number:02}", device_name=f"{ENTERPRISE}/devices/d{number:02}")
    page = console.page(f"{LOG}?device=carla&status=RUNNING")
    assert "More devices than 15 start with this text" in page
    assert len(shown(page)) == 15
    assert "More devices than" not in console.page(f"{LOG}?device=carla")


def test_a_device_that_left_management_is_found_by_its_id(console: SeededConsole):
    put(console, "d1", gone_time=NOW)
    put_action(console, "a")
    assert found(console, "device=d1") == ["a"]


def test_no_passcode_document_is_read_for_the_log(console: SeededConsole, monkeypatch):
    put_action(console, "a", status=Status.DONE)
    asked: list[str] = []
    read = SqliteStore.get_many
    monkeypatch.setattr(SqliteStore, "get_many", lambda self, names: asked.extend(names) or read(self, names))
    console.page(LOG)
    assert asked
    assert not [name for name in asked if "/passcodes/" in name]
