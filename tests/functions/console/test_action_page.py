"""The page of one reset, in every state."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.action import Delivery, DeliveryStatus, DeviceFacts, Reason, Recipient, Status
from shared.domain.device import DeviceUser
from shared.domain.history import Event, EventType, event_id
from shared.domain.resource_names import event_name
from tests.functions.console.seeded_console import ADMIN, DEVICE, ENTERPRISE, HOSTILE, NOW, SeededConsole

PATH = f"/{ENTERPRISE}/actions/a1"
LIVE = f"{PATH}?part=live"
USER_MAIL = Delivery(Recipient.USER, "carla.moretti@example.com")
SENT = Delivery(Recipient.ADMIN, ADMIN, status=DeliveryStatus.SENT, send_time=NOW)
REFUSED = Delivery(Recipient.ADMIN, ADMIN, status=DeliveryStatus.FAILED, reason="REJECTED")
STILL_WORKS = "The old passcode still works."


def progress(words: str) -> str:
    return words.partition("Progress ")[2].partition(" Details ")[0]


@pytest.fixture(autouse=True)
def _phone(console: SeededConsole) -> None:
    console.device()


def test_a_waiting_reset_can_be_cancelled(console: SeededConsole):
    console.action(reason="INC-20417", deliveries=(Delivery(Recipient.ADMIN, ADMIN), USER_MAIL))
    page, words = console.page(PATH), console.words(PATH)
    assert "Passcode reset · Carla Moretti, Galaxy A55" in words
    assert "Requested Done" in progress(words)
    assert "Sent to device Waiting" in progress(words)
    assert "Device confirmed Not started" in progress(words)
    assert "Mail to admin Not started" in progress(words)
    assert "Mail to user Not started" in progress(words)
    assert 'id="cancel-open"' in page
    assert f'data-address="/v1{PATH}:cancel"' in page
    assert "Reason INC-20417" in words
    assert STILL_WORKS not in words


def test_a_sent_reset_waits_for_the_device(console: SeededConsole):
    console.action(status=Status.ISSUED)
    words = progress(console.words(PATH))
    assert "Sent to device Done" in words
    assert "Device confirmed Waiting for the device" in words
    assert "Most answer within 5 seconds." in words
    assert "Mail to user Not asked for" in words
    assert "This page updates by itself." in words


def test_only_the_open_step_is_the_current_one(console: SeededConsole):
    console.action(status=Status.ISSUED)
    steps = re.findall(r'<li class="step[^>]*>', console.page(PATH))
    assert [("aria-current" in step) for step in steps] == [False, False, True, False, False]


def test_an_offline_device_shows_the_deadline_and_a_silent_countdown(console: SeededConsole):
    console.device(last_seen=NOW - timedelta(hours=9))
    console.action(status=Status.ISSUED)
    page, words = console.page(PATH), progress(console.words(PATH))
    assert "Offline since" in words
    assert "the reset expires and nothing changes." in words
    assert re.search(r'<b role="timer"[^>]* data-until="', page)
    assert "aria-live" not in page


def test_a_confirmed_reset_leads_to_its_passcode(console: SeededConsole):
    console.action(status=Status.DONE, deliveries=(SENT, replace(USER_MAIL, status=DeliveryStatus.SENT)))
    page, words = console.page(PATH), console.words(PATH)
    assert "confirmed after 2 min" in words
    assert "New passcode set, device locked" in progress(words)
    assert "Mail to user Done carla.moretti@example.com" in progress(words)
    assert "Finished. Nothing more will happen to this reset." in words
    assert f'href="/{DEVICE}?passcode=a1#security">Go to the passcode' in page
    assert 'id="cancel-open"' not in page
    assert STILL_WORKS not in words


def test_a_mail_that_waits_keeps_the_page_updating(console: SeededConsole):
    console.action(status=Status.DONE)
    assert 'data-settled="false"' in console.page(PATH)
    assert "Mail to admin Waiting" in progress(console.words(PATH))


def test_a_mail_that_failed_is_no_failed_reset(console: SeededConsole):
    console.action(status=Status.DONE, deliveries=(REFUSED,))
    words = console.words(PATH)
    assert (
        "Mail to admin Not delivered The address refused it. Show the passcode and pass it on another way." in words
    )
    assert "Failed" not in words


@pytest.mark.parametrize(
    ("code", "cause", "to_do"),
    [
        (
            "INVALID_VALUE",
            "Its passcode rules have changed since its last report.",
            "wait for the device's next report",
        ),
        ("API_LEVEL", "Its Android is too old.", "replace the device"),
        ("MANAGEMENT_MODE", "This kind of management does not allow it.", "there is nothing to retry"),
        ("UNSUPPORTED", "It can't do this now.", "update the Android Device Policy app"),
        ("UNKNOWN", "often the user must unlock once first.", "ask the user to unlock the device once"),
        ("NOT_FOUND", "It left management before the reset reached it.", "if it is still in use"),
        ("A_NEW_CODE", "Words of Google.", "reset again; if that fails too"),
    ],
)
def test_a_refused_reset_tells_cause_and_what_to_do(console: SeededConsole, code, cause, to_do):
    notice = replace(SENT, send_time=NOW)
    console.action(status=Status.FAILED, status_reason=Reason(code, "Words of Google."), notice=notice)
    words = console.words(PATH)
    assert "The device did not accept the new passcode" in words
    assert cause in words
    assert f"What to do: {to_do}" in words
    assert f"Code: {code}." in words
    assert STILL_WORKS in words
    assert f"Device confirmed Failed Refused: {code}" in re.sub(r" \d{4}-\d\d-\d\d \d\d:\d\d UTC", "", words)
    assert "Told what happened; no passcode in the mail" in words
    assert f'href="/{DEVICE}/reset">Reset again' in console.page(PATH)


@pytest.mark.parametrize("code", ["DEVICE_CHANGED", "ACTOR_NOT_AUTHORISED", "PASSCODE_DESTROYED"])
def test_a_reset_refused_before_it_was_sent_says_so(console: SeededConsole, code):
    console.action(status=Status.FAILED, issue_time=None, attempts=(), status_reason=Reason(code))
    words = console.words(PATH)
    assert "The reset was not sent to the device" in words
    assert "Device confirmed Not started" in words
    assert STILL_WORKS in words


def test_an_expired_reset_can_be_started_again(console: SeededConsole):
    deliveries = (Delivery(Recipient.ADMIN, ADMIN), USER_MAIL)
    console.action(status=Status.EXPIRED, status_reason=Reason("NOT_ONLINE_IN_TIME"), deliveries=deliveries)
    words = console.words(PATH)
    assert "The device was not online in time" in words
    assert STILL_WORKS in words
    assert "Mail to user Not sent The user is mailed only a working passcode" in words
    assert "Reset again" in words


def test_a_reset_without_an_answer_is_told_from_an_offline_one(console: SeededConsole):
    """Regression: the old passcode was promised, though a silent device may have taken the new one."""
    console.action(status=Status.EXPIRED, status_reason=Reason("NO_ANSWER"))
    words = console.words(PATH)
    assert "The device did not answer in time" in words
    assert "The old passcode most likely still works. If it doesn't, the device took the new one" in words
    assert STILL_WORKS not in words


def test_a_passcode_that_was_destroyed_is_not_to_be_shown(console: SeededConsole):
    console.action(status=Status.EXPIRED, status_reason=Reason("NO_ANSWER"), purge_time=NOW)
    words = console.words(PATH)
    assert "The old passcode most likely still works." in words
    assert "show that one" not in words


def test_a_reset_that_was_never_sent_does_not_blame_the_device(console: SeededConsole):
    console.action(status=Status.EXPIRED, status_reason=Reason("NOT_SENT_IN_TIME"), issue_time=None, attempts=())
    words = console.words(PATH)
    assert "The reset was not sent to the device" in words
    assert STILL_WORKS in words
    assert "not online" not in words


def test_a_cancelled_reset_says_that_nothing_changed(console: SeededConsole):
    console.action(status=Status.CANCELLED, issue_time=None, attempts=(), cancel_time=NOW)
    words = console.words(PATH)
    assert "Cancelled before the device picked it up" in words
    assert STILL_WORKS in words
    assert "Sent to device Cancelled" in progress(words)


def test_a_wish_to_cancel_is_not_yet_a_cancellation(console: SeededConsole):
    console.action(status=Status.ISSUED, cancel_time=NOW)
    page, words = console.page(PATH), console.words(PATH)
    assert "Sent, waiting for device · Cancelling…" in words
    assert re.search(r'id="cancel-open"[^>]*aria-disabled="true"', page)
    assert 'data-say="Cancelling…"' in page
    assert STILL_WORKS not in words


def test_an_unknown_outcome_never_says_that_the_old_passcode_works(console: SeededConsole):
    console.action(status=Status.UNKNOWN, status_reason=Reason("OUTCOME_UNKNOWN"))
    words = console.words(PATH)
    assert "We can't tell whether the device changed its passcode" in words
    assert "Try the new passcode first, then the old one. If neither opens the device" in words
    assert STILL_WORKS not in words
    assert "Go to the passcode" in words
    assert re.search(r'href="/[^"]+/reset">Reset again', console.page(PATH))
    assert 'data-settled="false"' in console.page(PATH)


@pytest.mark.parametrize("status", list(Status))
def test_the_title_begins_with_the_state(console: SeededConsole, status):
    console.action(status=status)
    title = re.search(r"<title>(.*?)</title>", console.page(PATH))
    live = re.search(r'data-title="([^"]*)"', console.page(PATH))
    assert title
    assert live
    assert title[1] == live[1]
    assert title[1].endswith(": passcode reset, Galaxy A55 \N{EN DASH} Passcode reset")


@pytest.mark.parametrize("status", list(Status))
def test_nobody_without_the_right_is_offered_a_step(console: SeededConsole, status):
    console.action(status=status)
    page = console.page(PATH, caller="viewer@example.com")
    assert not re.search('id="(cancel-open|cancel|go-passcode|reset-again)"', page)


def test_the_live_part_is_only_the_part_that_changes(console: SeededConsole):
    console.action(status=Status.ISSUED)
    answer = console.get(LIVE)
    text = answer.get_data(as_text=True)
    assert text.lstrip().startswith('<div id="live"')
    assert "<html" not in text
    assert text.strip() in console.page(PATH)
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_unchanged_live_part_is_answered_with_304(console: SeededConsole):
    console.action(status=Status.ISSUED)
    first = console.get(LIVE)
    again = console.get(LIVE, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert f'data-tag="{first.headers["ETag"].replace(chr(34), "&#34;")}"' in console.page(PATH)
    console.action(status=Status.DONE)
    changed = console.get(LIVE, **{"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(
    ("status", "news"),
    [
        (Status.PENDING, "Requested: Done."),
        (Status.ISSUED, "Sent to device: Done."),
        (Status.DONE, "Device confirmed: Done."),
        (Status.FAILED, "Device confirmed: Failed."),
        (Status.EXPIRED, "Device confirmed: Expired."),
        (Status.UNKNOWN, "Device confirmed: Unknown."),
    ],
)
def test_a_change_is_spoken_in_one_sentence(console: SeededConsole, status, news):
    console.action(status=status)
    assert f'data-say="{news}"' in console.page(PATH)


def test_the_history_names_every_event_and_who_did_it(console: SeededConsole):
    action = console.action(status=Status.DONE, reason="lost")
    mail = {"recipient": "USER", "code": "GAVE_UP"}
    rows = {
        EventType.ISSUING: ("SERVICE", {}, "Sending to Google begun"),
        EventType.ISSUED: ("SERVICE", {}, "Command sent to Google"),
        EventType.NOT_SENT: ("SERVICE", {}, "Not sent; it is tried again"),
        EventType.ANSWER_LOST: ("SERVICE", {}, "Google's answer was lost"),
        EventType.DONE: ("DEVICE", {}, "New passcode set, device locked"),
        EventType.FAILED: ("DEVICE", {"code": "API_LEVEL"}, "Reset failed: API_LEVEL"),
        EventType.EXPIRED: ("SERVICE", {}, "Reset expired"),
        EventType.CANCELLED: ("SERVICE", {}, "Reset cancelled"),
        EventType.UNKNOWN: ("SERVICE", {}, "What became of the command can't be found out"),
        EventType.CANCEL_REQUESTED: (ADMIN, {}, "Cancel asked for"),
        EventType.CANCEL_SENT: ("SERVICE", {}, "Google was asked to withdraw the command"),
        EventType.MAIL_SENT: ("SERVICE", {"recipient": "ADMIN"}, "Mail to admin sent"),
        EventType.MAIL_FAILED: ("SERVICE", mail, "Mail to user not delivered. No mail provider took it in time."),
        EventType.PASSCODE_DESTROYED: ("SERVICE", {}, "Passcode destroyed"),
        EventType.REVEALED: (
            "revealer@example.com",
            {"reason": "on the phone"},
            "Passcode shown. Reason: on the phone",
        ),
    }
    for place, (kind, (who, details, _words)) in enumerate(rows.items(), start=2):
        console.put(event_name(action.name, event_id(place)), Event(kind, NOW, who, "DONE", details=details))
    history = console.words(PATH).partition("History ")[2]
    assert "Reset requested. Reason: lost" in history
    for _who, _details, words in rows.values():
        assert words in history
    assert set(rows) | {EventType.REQUESTED} == set(EventType)
    for who in ("Device", "Service", ADMIN, "revealer@example.com", "192.0.2.14"):
        assert who in history


@pytest.mark.parametrize(
    ("who", "code", "words"),
    [
        ("ADMIN", "ACTOR_NOT_AUTHORISED", "Mail to admin not delivered. Who asked for this reset no longer may."),
        ("USER", "USER_CHANGED", "Mail to user not delivered. This person no longer has the device."),
    ],
)
def test_a_mail_that_was_withheld_says_from_whom(console: SeededConsole, who, code, words):
    action = console.action(status=Status.DONE)
    details = {"recipient": who, "code": code}
    console.put(
        event_name(action.name, event_id(2)), Event(EventType.MAIL_FAILED, NOW, "SERVICE", "DONE", details=details)
    )
    assert words in console.words(PATH)


def test_a_work_profile_is_told_from_the_whole_device(console: SeededConsole):
    console.action(status=Status.DONE, scope="WORK_PROFILE")
    words = console.words(PATH)
    assert "Lock Work profile only" in words
    assert "New passcode set, work profile locked" in words


def test_a_device_that_is_no_longer_known_does_not_break_the_page(console: SeededConsole):
    console.action(status=Status.ISSUED, device_name=f"{ENTERPRISE}/devices/gone", user=None)
    assert "Passcode reset · No user, Galaxy A55" in console.words(PATH)


def test_foreign_text_is_inert(console: SeededConsole):
    action = console.action(
        status=Status.FAILED,
        reason=HOSTILE,
        device_facts=DeviceFacts(HOSTILE, HOSTILE),
        user=DeviceUser(HOSTILE, HOSTILE),
        status_reason=Reason(HOSTILE, HOSTILE),
    )
    shown = Event(EventType.REVEALED, NOW, ADMIN, "DONE", HOSTILE, {"reason": HOSTILE})
    console.put(event_name(action.name, event_id(2)), shown)
    page = console.page(PATH)
    assert "<script>alert" not in page
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page


@pytest.mark.parametrize("path", [PATH, LIVE])
def test_strangers_and_unknown_actions_are_answered_alike(console: SeededConsole, path):
    console.action()
    assert console.get(path, caller="stranger@example.com").status_code == 404
    assert console.get(path.replace("/a1", "/a9")).status_code == 404
