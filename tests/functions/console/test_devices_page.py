"""The page of all devices: found, sorted, paged, and why a reset is not possible."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from console_pages.list_addresses import PAGE_SIZE
from shared.domain.action import Status
from shared.domain.device import DeviceRecord, DeviceUser, OpenAction
from shared.services.mirror import listed
from tests.functions.console.seeded_console import HOSTILE, NOW, SeededConsole, record
from tests.functions.product import ENTERPRISE

DEVICES = f"/{ENTERPRISE}/devices"
NO_RIGHT = "Your role can\N{RIGHT SINGLE QUOTATION MARK}t reset passcodes."
ACTION = f"{ENTERPRISE}/actions/a1"


def put(console: SeededConsole, device_id: str, *, user: DeviceUser | None = None, **changes: Any) -> DeviceRecord:
    """Write a device as the mirror does, with its place in the lists."""
    facts = {"serial_number": f"SN{device_id}", **changes.pop("facts", {})}
    made = replace(record(f"{ENTERPRISE}/devices/{device_id}", facts=facts, **changes), enrolled_user=user)
    made = listed(made)
    console.put(made.device.name, made)
    return made


def rows(page: str) -> list[str]:
    """Return the rows of the table's body."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r"<tr>.*?</tr>", body, re.DOTALL)


def listed_ids(page: str) -> list[str]:
    return [re.search(r'class="row-link" href="[^"]*/devices/([^"]+)"', row)[1] for row in rows(page)]


def link(page: str, words: str) -> str:
    """Return where the link with these words leads."""
    found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>{words}', page)
    assert found, words
    return unescape(found[1])


def test_a_row_tells_who_which_phone_and_how_it_stands(console: SeededConsole):
    put(console, "d1", user=DeviceUser("Carla Moretti", "carla@example.com"))
    page = console.page(DEVICES)
    (row,) = rows(page)
    for text in ("Carla Moretti", "carla@<wbr>example.com", "Galaxy A55", "SNd1", "15", "Fully managed", "Set"):
        assert text in row
    assert '<time datetime="' in row
    assert "1 device on this page" in page
    assert "End of list" in page
    assert "First page" not in page
    assert '<a href="/enterprises/LC00demo/devices" aria-current="page">Devices</a>' in page


def test_who_is_not_known_is_said(console: SeededConsole):
    put(console, "d1", facts={"model": "", "serial_number": "", "android_version": "", "is_secure": None})
    (row,) = rows(console.page(DEVICES))
    for text in ("No user", "No e-mail address", "Android device", "Unknown", "\N{EN DASH}"):
        assert text in row


def test_foreign_text_stays_text(console: SeededConsole):
    put(console, "d1", user=DeviceUser(HOSTILE), facts={"model": HOSTILE, "serial_number": HOSTILE})
    page = console.page(DEVICES)
    assert "<script>alert" not in page
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("query", ["carla", "MOR", "galaxy", "a55", "snd1", "d1", "carla@ex", "moretti carla"])
def test_a_search_finds_by_the_start_of_what_a_person_knows(console: SeededConsole, query):
    put(console, "d1", user=DeviceUser("Carla Moretti", "carla@example.com"))
    put(console, "x2", user=DeviceUser("Bram Berg", "bram@example.com"), facts={"model": "Pixel"})
    page = console.page(f"{DEVICES}?query={query}")
    assert listed_ids(page) == ["d1"]
    assert f'value="{query}"' in page
    assert link(page, "Show all devices") == DEVICES


def test_a_search_without_match_says_how_to_search(console: SeededConsole):
    put(console, "d1")
    words = console.words(f"{DEVICES}?query=%3Cb%3Epixle")
    assert "No device starts with “&lt;b&gt;pixle”" in words
    assert "Try fewer letters, or the serial number from the sticker." in words
    assert "Show all devices" in words


def test_a_search_that_only_its_first_letters_fit_can_go_on(console: SeededConsole):
    for number in range(4 * PAGE_SIZE):
        put(console, f"d{number:03}", user=DeviceUser(f"Maximiliana Aaa{number:03}"))
    put(console, "wanted", user=DeviceUser("Maximiliana Zoe"))
    page = console.page(f"{DEVICES}?query=Maximiliana+Zoe")
    assert "No match so far" in page
    assert listed_ids(console.page(link(page, "Search on"))) == ["wanted"]


def test_an_empty_enterprise_says_when_devices_appear(console: SeededConsole):
    words = console.words(DEVICES)
    assert "No devices yet" in words
    assert "Ask your cloud team whether the hourly device sync runs." in words


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["b", "c", "a"]),
        ("-user", ["a", "c", "b"]),
        ("model", ["c", "a", "b"]),
        ("-model", ["b", "a", "c"]),
        ("seen", ["c", "b", "a"]),
        ("-seen", ["a", "b", "c"]),
        ("nonsense", ["b", "c", "a"]),
    ],
)
def test_the_table_is_sorted_as_the_address_says(console: SeededConsole, sort, expected):
    for device_id, name, model, hours in (("a", "Zoe", "M", 1), ("b", "Ann", "Z", 2), ("c", "Bo", "A", 3)):
        facts = {"model": model, "last_status_report_time": NOW - timedelta(hours=hours)}
        put(console, device_id, user=DeviceUser(name), facts=facts)
    page = console.page(f"{DEVICES}?sort={sort}")
    assert listed_ids(page) == expected
    shown = "-" if sort.startswith("-") else ""
    assert page.count("aria-sort=") == 1
    assert f'aria-sort="{"descending" if shown else "ascending"}"' in page


def test_a_columns_head_turns_its_order_and_keeps_the_search(console: SeededConsole):
    put(console, "d1", user=DeviceUser("Ann"))
    page = console.page(f"{DEVICES}?query=ann&sort=-seen")
    assert link(page, "Last seen") == f"{DEVICES}?query=ann&sort=seen"
    assert link(page, "User") == f"{DEVICES}?query=ann"
    assert link(console.page(DEVICES), "User") == f"{DEVICES}?sort=-user"
    assert link(console.page(DEVICES), "Last seen") == f"{DEVICES}?sort=-seen"


@pytest.mark.parametrize("sort", ["user", "-seen"])
def test_pages_follow_each_other_without_gap_or_repeat(console: SeededConsole, sort):
    wanted = {f"d{number:02}" for number in range(2 * PAGE_SIZE + 1)}
    for device_id in wanted:
        put(console, device_id, user=DeviceUser(f"User {device_id}"))
    first = console.page(f"{DEVICES}?query=user&sort={sort}")
    second = console.page(link(first, "Next page"))
    third = console.page(link(second, "Next page"))
    found = listed_ids(first) + listed_ids(second) + listed_ids(third)
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert "End of list" in third
    assert link(third, "First page") == link(second, "First page")
    assert listed_ids(console.page(link(third, "First page"))) == listed_ids(first)


def test_a_page_token_of_another_list_leads_to_the_first_page(console: SeededConsole):
    for number in range(PAGE_SIZE + 1):
        put(console, f"d{number:02}")
    token = link(console.page(DEVICES), "Next page").partition("pageToken=")[2]
    answer = console.get(f"{DEVICES}?sort=-seen&pageToken={token}")
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "It leads to a page of a list that has changed since." in page
    assert link(page, "Start at the first page") == "?"


def test_an_eligible_device_can_be_reset_from_its_row(console: SeededConsole):
    put(console, "d1", user=DeviceUser("Carla"))
    (row,) = rows(console.page(DEVICES))
    assert link(row, "Reset passcode") == f"{DEVICES}/d1/reset"
    assert link(row, "Latest passcode") == f"{DEVICES}/d1#security"
    assert 'aria-label="Security: Carla, Galaxy A55, SNd1"' in row
    assert 'data-bs-popper-config=\'{"strategy":"fixed"}\'' in row


@pytest.mark.parametrize(
    ("changes", "caller", "reason"),
    [
        ({"facts": {"api_level": 23, "android_version": "6.0"}}, "admin", "Android 6.0 is too old."),
        ({"facts": {"applied_state": "PROVISIONING"}}, "admin", "Set-up is not finished on this device."),
        ({"facts": {"applied_state": "DISABLED"}}, "admin", "This device is disabled. Enable it first."),
        ({"facts": {"applied_state": "LOST"}}, "admin", "Lost mode is on. Stop it first."),
        ({"facts": {"applied_state": "LOST"}}, "viewer", NO_RIGHT),
        ({}, "viewer", NO_RIGHT),
        ({}, "revealer", NO_RIGHT),
    ],
)
def test_why_a_reset_is_not_possible_stands_in_the_menu(console: SeededConsole, changes, caller, reason):
    put(console, "d1", **changes)
    (row,) = rows(console.page(DEVICES, caller=f"{caller}@example.com"))
    item = re.search(r"<button class=\"dropdown-item\"[^>]*>Reset passcode.*?</button>", row, re.DOTALL)[0]
    assert 'aria-disabled="true"' in item
    assert "disabled" not in re.search(r'class="([^"]*)"', item)[1]
    assert reason in re.sub("</?bdi>", "", item)
    assert "/reset" not in row


@pytest.mark.parametrize("caller", ["admin@example.com", "viewer@example.com"])
@pytest.mark.parametrize("status", [Status.PENDING, Status.ISSUED])
def test_a_running_reset_is_shown_and_can_be_followed(console: SeededConsole, status, caller):
    put(console, "d1", open_action=OpenAction(ACTION, status.value))
    (row,) = rows(console.page(DEVICES, caller=caller))
    words = {"PENDING": "Waiting to be sent", "ISSUED": "Sent, waiting for device"}[status]
    assert words in row
    assert link(row, "Follow the running reset") == f"/{ACTION}"
    assert "A reset is already running. Only one can run at a time." in row
    assert "Reset passcode" not in row


def test_a_reset_whose_outcome_is_unknown_is_not_told_as_running(console: SeededConsole):
    put(console, "d1", open_action=OpenAction(ACTION, "UNKNOWN"))
    (row,) = rows(console.page(DEVICES))
    assert "Outcome unknown" in row
    assert link(row, "Open the unresolved reset") == f"/{ACTION}"
    assert "Follow the running reset" not in row


@pytest.mark.parametrize("status", ["DONE", "FAILED", "EXPIRED", "CANCELLED"])
def test_a_reset_that_has_ended_and_holds_its_device_is_not_told_as_running(console: SeededConsole, status):
    put(console, "d1", open_action=OpenAction(ACTION, status))
    (row,) = rows(console.page(DEVICES))
    assert link(row, "Open the earlier reset") == f"/{ACTION}"
    assert "An earlier reset has ended, but a command or a mail of it is not over yet." in row
    assert "running" not in row


def test_a_device_that_left_management_is_not_listed(console: SeededConsole):
    put(console, "d1", gone_time=NOW)
    assert "No devices yet" in console.page(DEVICES)


def test_an_enterprise_begins_with_its_pages(console: SeededConsole):
    answer = console.get(f"/{ENTERPRISE}")
    assert answer.status_code in {200, 303}
    assert answer.headers["Cache-Control"] == "no-store"
