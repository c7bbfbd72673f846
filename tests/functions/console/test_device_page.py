"""The page of one device: every state of its passcode, and its own log."""

import re
from datetime import timedelta

import pytest

from shared.domain.action import Action, Status
from shared.domain.device import DeviceUser, PasswordPolicy
from shared.domain.lock import Uncertain
from tests.functions.console.seeded_console import (
    DEVICE,
    ENTERPRISE,
    HOSTILE,
    NOW,
    SeededConsole,
    action,
    open_action,
)

PATH = f"/{DEVICE}"
KEPT_DAYS = timedelta(days=30)


def security(words: str) -> str:
    return words.partition("Main Action log ")[2].partition(" User ")[0]


def reset(console: SeededConsole, action_id: str, age_h: float, status: Status = Status.DONE, **changes) -> Action:
    """Write a reset of some hours ago, with its passcode kept."""
    times = {"create_time": NOW - timedelta(hours=age_h)}
    if status not in {Status.PENDING, Status.ISSUED}:
        times |= {
            "complete_time": NOW - timedelta(hours=age_h),
            "purge_at": NOW - timedelta(hours=age_h) + KEPT_DAYS,
        }
    made = console.action(action_id=action_id, status=status, **(times | changes))
    console.passcode(made)
    return made


def test_a_device_that_was_never_reset_offers_it(console: SeededConsole):
    console.device()
    page = console.page(PATH)
    assert "No passcode has been reset from here yet." in console.words(PATH)
    assert f'class="btn btn-primary" href="/{DEVICE}/reset">Reset passcode' in page
    assert 'id="reveal"' not in page


def test_a_kept_passcode_is_hidden_until_a_reason_is_given(console: SeededConsole):
    console.device()
    console.lock(reset(console, "a1", 1))
    page, words = console.page(PATH), security(console.words(PATH))
    assert "Latest reset passcode" in words
    assert "by admin@example.com" in words
    assert "Opens The whole device" in words
    assert "then destroyed" in words
    assert "Hidden Show" in words
    assert "Why do you need to see it?" in words
    assert f'data-address="/v1/{ENTERPRISE}/passcodes/a1:reveal"' in page
    states = dict(re.findall(r'data-state="(\w+)"([^>]*)>', page))
    assert {name: "hidden" in rest for name, rest in states.items()} == {
        "hidden": False,
        "ask": True,
        "shown": True,
    }


def test_the_passcode_and_its_length_are_nowhere_on_the_page(console: SeededConsole):
    console.device()
    console.lock(reset(console, "a1", 1))
    page = console.page(PATH)
    assert re.search(
        r'<div class="pc-value" id="pc-value" role="group" aria-label="Passcode" tabindex="-1"></div>', page
    )
    assert "sealed" not in page


def test_the_words_for_reading_aloud_come_with_the_page(console: SeededConsole):
    console.device()
    console.lock(reset(console, "a1", 1))
    page = console.page(PATH)
    assert '"k": "kilo"' in page
    assert '"capital": "capital {word}"' in page


def test_a_phone_that_erases_itself_is_told_of(console: SeededConsole):
    console.device(facts={"password_policies": (PasswordPolicy(quality="NUMERIC", maximum_failed_for_wipe=10),)})
    console.lock(reset(console, "a1", 1))
    assert "This phone erases itself after 10 wrong tries." in console.words(PATH)


def test_a_newer_running_reset_is_told_of_and_show_stays(console: SeededConsole):
    done, running = reset(console, "a1", 2), reset(console, "a2", 1, Status.ISSUED)
    console.device(open_action=open_action(running))
    console.lock(done, running, holder=running.name)
    page, words = console.page(PATH), security(console.words(PATH))
    assert "A newer reset is running This passcode stops working the moment the device answers." in words
    assert f'href="/{running.name}">Follow the running reset' in page
    assert "/passcodes/a1:reveal" in page


def test_a_first_reset_that_runs_has_no_passcode_yet(console: SeededConsole):
    running = reset(console, "a1", 1, Status.ISSUED)
    console.device(open_action=open_action(running))
    console.lock(running, holder=running.name)
    words = security(console.words(PATH))
    assert "A reset is running" in words
    assert "No passcode has been reset" not in words


@pytest.mark.parametrize("by_lock", [True, False])
def test_an_unknown_outcome_makes_two_passcodes_possible(console: SeededConsole, by_lock):
    done = reset(console, "a1", 2)
    doubtful = reset(console, "a2", 1, Status.EXPIRED if by_lock else Status.UNKNOWN)
    console.device()
    console.lock(done, doubtful, uncertain=Uncertain(doubtful.name, NOW) if by_lock else None)
    page, words = console.page(PATH), security(console.words(PATH))
    assert "Two passcodes are possible The outcome of the reset of" in words
    assert "Try its passcode first, then this one." in words
    assert f'href="/{doubtful.name}">Open that reset' in page
    assert "/passcodes/a1:reveal" in page


def test_the_passcode_in_doubt_leads_to_the_confirmed_one(console: SeededConsole):
    done, doubtful = reset(console, "a1", 2), reset(console, "a2", 1, Status.UNKNOWN)
    console.device()
    console.lock(done, doubtful)
    page, words = console.page(f"{PATH}?passcode=a2"), console.words(f"{PATH}?passcode=a2")
    assert "It is not known whether the device took this passcode" in words
    assert f'href="/{DEVICE}?passcode=a1#security">Go to the earlier one' in page
    assert "/passcodes/a2:reveal" in page


def test_an_old_mail_leads_to_replaced(console: SeededConsole):
    old, new = reset(console, "a1", 2), reset(console, "a2", 1)
    console.device()
    console.lock(old, new)
    console.passcode(old, ciphertext=None, superseded_by=new.name)
    page, words = console.page(f"{PATH}?passcode=a1"), security(console.words(f"{PATH}?passcode=a1"))
    assert "Earlier reset passcode" in words
    assert "Replaced A later reset on" in words
    assert "It no longer opens the device and has been destroyed." in words
    assert f'href="/{DEVICE}?passcode=a2#security">Go to the newer one' in page
    assert 'id="reveal"' not in page


def test_a_destroyed_passcode_offers_a_new_reset(console: SeededConsole):
    old = reset(console, "a1", 24 * 30, purge_time=NOW)
    console.device()
    console.lock(old)
    console.passcode(old, ciphertext=None)
    words = security(console.words(PATH))
    assert "Destroyed This passcode was destroyed on" in words
    assert "30 days after the reset. It may still open the device" in words
    assert f'href="/{DEVICE}/reset">Reset passcode' in console.page(PATH)
    assert 'id="reveal"' not in console.page(PATH)


def test_a_passcode_past_its_time_is_destroyed_for_the_reader_at_once(console: SeededConsole):
    console.device()
    console.lock(reset(console, "a1", 24 * 31))
    assert "Destroyed" in security(console.words(PATH))


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_passcode_that_never_came_on_the_phone_is_not_shown(console: SeededConsole, status):
    ended = reset(console, "a1", 1, status)
    console.device(latest_action=ended.name)
    words = console.words(f"{PATH}?passcode=a1")
    assert "Never set This passcode never came on the device. The old passcode still works." in words
    assert "No passcode has been reset from here yet." in console.words(PATH)


def test_a_pending_resets_passcode_is_not_offered(console: SeededConsole):
    running = reset(console, "a1", 1, Status.PENDING)
    console.device(open_action=open_action(running))
    console.lock(running, holder=running.name)
    page = console.page(f"{PATH}?passcode=a1")
    assert "The device has not confirmed this passcode yet." in console.words(f"{PATH}?passcode=a1")
    assert 'id="reveal"' not in page


def test_an_expired_resets_passcode_is_said_to_be_unlikely(console: SeededConsole):
    expired = reset(console, "a1", 1, Status.EXPIRED)
    console.device()
    console.lock(expired)
    assert "The device most likely never took this passcode." in console.words(f"{PATH}?passcode=a1")


@pytest.mark.parametrize("caller", ["viewer@example.com", "resetter@example.com"])
def test_who_may_not_read_it_is_told_whom_to_ask(console: SeededConsole, caller):
    console.device()
    console.lock(reset(console, "a1", 1))
    console.put(ENTERPRISE, {"display_name": "Acme", "contact": "anna.admin@example.com"})
    words = security(console.words(PATH, caller=caller))
    role = caller.partition("@")[0]
    assert f"You can't see this passcode Your role is {role}. Seeing passcodes needs the role revealer." in words
    assert "Ask an admin of Acme: anna.admin@example.com." in words
    assert 'id="reveal"' not in console.page(PATH, caller=caller)


def test_only_an_admin_can_change_the_user(console: SeededConsole):
    console.device()
    assert f'href="/{DEVICE}/user"' in console.page(PATH)
    assert f'href="/{DEVICE}/user"' not in console.page(PATH, caller="revealer@example.com")


@pytest.mark.parametrize(
    ("source", "words"),
    [("assigned_user", "Assigned here"), ("imported_user", "Import"), ("enrolled_user", "Enrolment")],
)
def test_where_the_user_is_known_from_is_told(console: SeededConsole, source, words):
    console.device(**({"enrolled_user": None} | {source: DeviceUser("Carla", "", "xx")}))
    text = console.words(PATH)
    assert f"Name Carla E-mail No e-mail address Language xx Source {words}" in text


def test_a_blocked_menu_says_why_in_the_item(console: SeededConsole):
    console.device(facts={"applied_state": "LOST"}, enrolled_user=None)
    page, words = console.page(PATH), console.words(PATH)
    assert '<button class="dropdown-item" type="button" aria-disabled="true">Reset passcode' in page
    assert "Lost mode is on. Stop it first." in words
    assert "No user · Galaxy A55" in words


@pytest.mark.parametrize(
    ("status", "item"),
    [
        (Status.ISSUED, "Follow the running reset"),
        (Status.UNKNOWN, "Open the unresolved reset"),
        (Status.DONE, "Open the earlier reset"),
    ],
)
def test_a_running_reset_is_followed_from_the_menu(console: SeededConsole, status, item):
    running = reset(console, "a1", 1, status)
    console.device(open_action=open_action(running))
    console.lock(running, holder=running.name)
    assert f'<a class="dropdown-item" href="/{running.name}">{item}' in console.page(PATH)


@pytest.mark.parametrize("passcode", ["nothing", "..", "a%2Fb", "a" * 200])
def test_an_unknown_passcode_is_not_found(console: SeededConsole, passcode):
    console.device()
    assert console.get(f"{PATH}?passcode={passcode}").status_code == 404


def test_the_passcode_of_another_device_is_not_found(console: SeededConsole):
    console.device()
    console.put(
        f"{ENTERPRISE}/actions/b1", action("b1", status=Status.DONE, device_name=f"{ENTERPRISE}/devices/d2")
    )
    assert console.get(f"{PATH}?passcode=b1").status_code == 404


def test_the_log_lists_this_devices_resets_alone(console: SeededConsole):
    console.device()
    reset(console, "a1", 2)
    console.put(f"{ENTERPRISE}/actions/b1", action("b1", device_name=f"{ENTERPRISE}/devices/d2"))
    page = console.page(f"{PATH}/log")
    assert f'href="/{ENTERPRISE}/actions/a1"' in page
    assert f'href="/{ENTERPRISE}/actions/b1"' not in page
    assert 'aria-current="page">Action log' in page


def test_an_empty_log_says_so(console: SeededConsole):
    console.device()
    assert "No resets yet" in console.words(f"{PATH}/log")


def test_foreign_text_is_inert(console: SeededConsole):
    console.device(
        facts={"model": HOSTILE, "brand": HOSTILE, "serial_number": HOSTILE, "policy_name": HOSTILE},
        enrolled_user=DeviceUser(HOSTILE, HOSTILE, HOSTILE),
    )
    console.lock(reset(console, "a1", 1, actor=HOSTILE))
    for page in (console.page(PATH), console.page(f"{PATH}/log")):
        assert "<script>alert" not in page
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page


@pytest.mark.parametrize("tail", ["", "/log", "/user", "/reset?request=x"])
def test_strangers_learn_nothing(console: SeededConsole, tail):
    console.device()
    answer = console.get(f"{PATH}{tail}", caller="stranger@example.com")
    assert answer.status_code == 404
    assert "Galaxy" not in answer.get_data(as_text=True)
