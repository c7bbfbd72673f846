"""The overview by the console's true entry point: empty, full, hostile, and how little it reads."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from local.seed import ENTERPRISE
from shared.adapters.sqlite import SqliteStore
from shared.domain.action import Delivery, DeviceFacts, Reason, Recipient, Status
from shared.domain.device import DeviceUser
from shared.domain.resource_names import day_name, enterprise_name
from shared.domain.statistics import Figures
from shared.services.count_actions import CountActions
from tests.functions.console.seeded_console import HOSTILE, NOW, SeededConsole, action, text_of

PAGE = f"/{ENTERPRISE}"
LOG = f"/{ENTERPRISE}/actions"
DAY = timedelta(days=1)


def add(
    console: SeededConsole, number: int, status: Status, *, back: int = 0, took_s: float = 4.0, **changes
) -> str:
    """Write an action of so many days ago as the timer finds it, and let the timer's part count it."""
    created = NOW - back * DAY
    ended = created + timedelta(seconds=took_s) if status not in {Status.PENDING, Status.ISSUED} else None
    made = action(f"a{1000 - back:04d}{number:03d}", status=status, complete_time=ended, **changes)
    console.put(made.name, replace(made, create_time=created))
    store = SqliteStore(str(console.path))
    assert CountActions(store)([made.name]) == 1
    store.close()
    return made.name


def full(console: SeededConsole) -> None:
    """A week with one of everything."""
    for number in range(20):
        add(console, number, Status.DONE, back=number % 7, took_s=(2.0, 3.0, 4.0, 5.0, 12_000.0)[number % 5])
    for number, code in enumerate(("INVALID_VALUE", "INVALID_VALUE", "NEW_CODE_OF_AMAPI")):
        add(console, 30 + number, Status.FAILED, back=2, status_reason=Reason(code))
    add(console, 40, Status.EXPIRED, back=3, status_reason=Reason("NOT_ONLINE_IN_TIME"))
    add(console, 41, Status.CANCELLED, back=3)
    add(console, 50, Status.UNKNOWN, back=4, status_reason=Reason("OUTCOME_UNKNOWN"))
    refused = Delivery(Recipient.USER, "user@example.com").failed("REJECTED")
    add(console, 51, Status.DONE, back=1, deliveries=(refused,))
    add(console, 52, Status.ISSUED, back=1)
    add(console, 53, Status.PENDING)


def test_an_enterprise_without_resets_is_led_to_its_devices(console):
    page = console.page(PAGE)

    assert (
        "Nothing to show yet Figures appear after the first reset. Start with a device. Find a device"
        in text_of(page)
    )
    assert f'href="/{ENTERPRISE}/devices">Find a device' in page
    assert '<svg class="chart' not in page


def test_the_start_page_leads_to_the_overview(console):
    answer = console.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert '<a href="/enterprises/LC00demo" aria-current="page">Overview</a>' in console.page(PAGE)


def test_what_needs_attention_comes_first_by_urgency_with_its_link(console):
    full(console)

    page = console.page(PAGE)

    section = page[page.index('id="attention"') : page.index('id="days"')]
    assert re.findall(r'<a href="([^"]*)"', section) == [
        f"{LOG}/a0996050",
        f"{LOG}/a0999051",
        f"{LOG}/a0999052",
        f"{LOG}/a1000053",
        f"{LOG}?status=RUNNING",
    ]
    words = text_of(section)
    assert "Outcome unknown since" in words
    assert "Carla Moretti, Galaxy A55 · operator must check" in words
    assert "Mail not delivered since" in words
    assert "Carla Moretti, Galaxy A55 · mail to user" in words
    assert "All 2 open resets" in words


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        ({"deliveries": (Delivery(Recipient.ADMIN, "a@example.com").failed("GAVE_UP"),)}, "mail to admin"),
        ({"notice": Delivery(Recipient.ADMIN, "a@example.com").failed("REJECTED")}, "mail to admin"),
        (
            {"deliveries": tuple(Delivery(who, "a@example.com").failed("REJECTED") for who in Recipient)},
            "mails to admin and user",
        ),
    ],
)
def test_it_is_told_whose_mail_did_not_arrive(console, letters, words):
    add(console, 1, Status.DONE, **letters)

    assert f"Galaxy A55 · {words}" in console.words(PAGE)


def test_one_open_reset_is_one_and_none_needs_no_link(console):
    add(console, 1, Status.DONE)
    assert "Nothing needs attention." in console.words(PAGE)
    assert "status=RUNNING" not in console.page(PAGE)

    add(console, 2, Status.ISSUED)
    assert "1 open reset" in console.words(PAGE)


def test_the_days_are_drawn_and_told(console):
    full(console)

    page = console.page(PAGE)

    words = text_of(page)
    assert "Done 21 Not done 6 (failed 3, expired 1, cancelled 1, unknown 1) Open 2" in words
    chart = page[page.index('<svg class="chart-columns"') : page.index('<div class="chart-days"')]
    assert Counter(re.findall(r'<rect class="chart-([a-z-]+)"', chart)) == {"done": 7, "not-done": 3, "open": 2}
    assert chart.count('fill="url(#hatch)"') == 3
    rows = re.findall(r'<tr><th scope="row">[^<]*</th>((?:<td class="text-end">\d+</td>)+)</tr>', page)
    counts = [[int(count) for count in re.findall(r">(\d+)<", row)] for row in rows]
    assert [sum(column) for column in zip(*counts, strict=True)] == [21, 6, 2]


def test_the_times_are_told_with_six_bars(console):
    full(console)

    words = console.words(PAGE)

    told = re.search(
        r"Median: half were faster (\S+ \S+) 95th percentile: 1 in 20 took longer (3 h \d+ min)", words
    )
    assert told
    assert told[1] in {"3 s", "4 s"}
    assert "within 5 s 17 5 to 30 s 0 30 s to 5 min 0 5 min to 1 h 0 1 to 24 h 4 over 24 h 0" in words


def test_reasons_lead_to_the_log_of_such_ends(console):
    full(console)

    page = console.page(PAGE)

    section = page[page.index('id="reasons"') :]
    found = re.findall(r'<a href="([^"]*)">([^<]*)</a></span>.*?bar-count">(\d+)', section, re.DOTALL)
    first = (NOW - 29 * DAY).date().isoformat()
    assert sorted(found) == sorted(
        [
            (f"{LOG}?status=FAILED&amp;from={first}", "Rules changed on the device", "2"),
            (f"{LOG}?status=EXPIRED&amp;from={first}", "Not online in time", "1"),
            (f"{LOG}?status=CANCELLED&amp;from={first}", "Cancelled by a person", "1"),
            (f"{LOG}?status=UNKNOWN&amp;from={first}", "Outcome unknown", "1"),
            (f"{LOG}?status=FAILED&amp;from={first}", "Other", "1"),
        ]
    )
    assert found[0][1] == "Rules changed on the device"
    assert found[-1][1] == "Other"
    for address, _words, count in found[:-1]:
        rows = console.words(address.replace("&amp;", "&"))
        assert int(re.search(r"(\d+) resets? on this page", rows)[1]) >= int(count)


def test_many_reasons_are_told_as_seven_bars_of_which_the_last_are_the_others(console):
    reasons = {
        f"FAILED:{code}": 9 - n for n, code in enumerate(("INVALID_VALUE", "API_LEVEL", "UNSUPPORTED", "UNKNOWN"))
    }
    reasons |= {"FAILED:GONE": 2, "FAILED:NOT_FOUND": 2, "EXPIRED:NO_ANSWER": 3, "CANCELLED:": 1, "FAILED:RPC_7": 1}
    figures = Figures({"FAILED": 31, "EXPIRED": 3, "CANCELLED": 1}, reasons)
    console.put(day_name(ENTERPRISE, NOW.date()), figures)

    page = console.page(PAGE)

    section = page[page.index('id="reasons"') :]
    bars = re.findall(r'<a href="([^"]*)">([^<]*)</a></span>.*?bar-count">(\d+)', section, re.DOTALL)
    assert len(bars) == 7
    assert [words for _, words, _ in bars][4:] == ["Left management", "No answer in time", "Other"]
    assert [int(count) for _, _, count in bars] == [9, 8, 7, 6, 4, 3, 2]
    assert "status" not in bars[-1][0]


def test_a_month_without_confirmations_or_failures_says_so(console):
    add(console, 1, Status.FAILED, status_reason=Reason("API_LEVEL"))
    assert "No device has confirmed a reset in these 30 days." in console.words(PAGE)


def test_a_month_in_which_everything_worked_says_so(console):
    add(console, 1, Status.DONE)
    assert "Every reset that ended was done." in console.words(PAGE)


def test_foreign_text_stays_text(console):
    user = DeviceUser(HOSTILE + "x" * 300, "user@example.com")
    add(console, 1, Status.ISSUED, user=user, device_facts=DeviceFacts(HOSTILE))
    add(console, 2, Status.FAILED, status_reason=Reason(HOSTILE, HOSTILE))
    add(console, 3, Status.PENDING, user=None, device_facts=DeviceFacts())

    page = console.page(PAGE)

    assert "<script>alert" not in page
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page
    assert "x" * 120 not in page
    assert "No user, Android device" in text_of(page)


def test_nothing_is_styled_or_scripted_inline(console):
    full(console)

    answer = console.get(PAGE)
    page = answer.get_data(as_text=True)

    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)


def test_it_speaks_the_readers_language_and_writes_its_numbers(console):
    many = Figures({"DONE": 12_345}, {}, {"30": 12_345})
    console.put(day_name(ENTERPRISE, NOW.date()), many)

    answer = console.get(PAGE, **{"Accept-Language": "de-AT"})

    assert '<html lang="de">' in answer.get_data(as_text=True)
    assert "12.345" in answer.get_data(as_text=True)
    assert "12,345" in console.page(PAGE)


def test_every_member_may_look_and_nobody_else_learns_of_it(console):
    full(console)

    assert "Needs attention" in console.words(PAGE, caller="viewer@example.com")
    for path, caller in [(PAGE, "stranger@example.com"), (f"/{enterprise_name('LC00other')}", "admin@example.com")]:
        answer = console.get(path, caller=caller)
        assert answer.status_code in {403, 404}
        assert "Carla" not in answer.get_data(as_text=True)


def test_however_full_the_month_the_page_reads_37_documents(console, monkeypatch):
    """Thirty days and five resets, beside the two by which every page knows its reader."""
    full(console)
    for number in range(8):
        add(console, 60 + number, Status.UNKNOWN, back=6)
    reads: list[str] = []
    get_many = SqliteStore.get_many

    def counted(store, names):
        reads.extend(names)
        return get_many(store, names)

    def never(*_arguments):
        raise AssertionError("the overview reads no list and writes nothing")

    monkeypatch.setattr(SqliteStore, "get_many", counted)
    for query in ("actions", "devices", "events", "enterprises", "due_actions", "commit"):
        monkeypatch.setattr(SqliteStore, query, never)

    console.page(PAGE)

    kinds = Counter(name.split("/")[2] if name.count("/") > 1 else "enterprise" for name in reads)
    assert kinds == {"enterprise": 1, "members": 1, "days": 30, "actions": 5}
