"""The page before a reset."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from shared.domain.action import Status
from shared.domain.device import DeviceUser, NonCompliance, PasswordPolicy
from tests.functions.console.seeded_console import (
    ADMIN,
    DEVICE,
    ENTERPRISE,
    HOSTILE,
    NOW,
    WORK_DEVICE,
    SeededConsole,
    open_action,
)

REQUEST = "0f6a1c9e-6f5e-4a1e-9d1b-2f6f1f7f9a10"
PATH = f"/{DEVICE}/reset?request={REQUEST}"


@pytest.mark.parametrize("request_id", ["", "?request=", "?request=1", "?request=..%2F..", f"?request={REQUEST}x"])
def test_without_a_proper_request_id_the_reader_is_led_to_a_fresh_one(console: SeededConsole, request_id):
    console.device()
    asked = [console.get(f"/{DEVICE}/reset{request_id}") for _ in range(2)]
    ids = {parse_qs(urlsplit(answer.location).query)["request"][0] for answer in asked}
    assert [answer.status_code for answer in asked] == [303, 303]
    assert len(ids) == 2
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in asked)
    assert console.get(asked[0].location).status_code == 200


def test_a_request_id_that_was_used_leads_to_its_action(console: SeededConsole):
    console.device()
    console.used(REQUEST, console.action())
    answer = console.get(PATH)
    assert (answer.status_code, answer.location) == (303, f"/{ENTERPRISE}/actions/a1")


def test_the_same_request_id_of_another_person_is_another_one(console: SeededConsole):
    console.device()
    console.used(REQUEST, console.action(), caller="resetter@example.com")
    assert console.get(PATH).status_code == 200


def test_the_page_keeps_the_request_id_of_its_address(console: SeededConsole):
    console.device()
    page = console.page(PATH)
    assert f'data-request="{REQUEST}"' in page
    assert f'data-page="/_session/reset?next={quote(PATH)}"' in page, "where a sign-in that ran out is renewed"


def test_it_names_phone_lock_rule_address_and_time_of_keeping(console: SeededConsole):
    console.device()
    words = console.words(PATH)
    for text in (
        "Reset passcode · Carla Moretti, Galaxy A55",
        "carla.moretti@example.com",
        "R5CY3079LQW",
        "Android 15, Fully managed",
        "The screen lock of the whole device changes.",
        "A new passcode is made: 8 digits, without runs such as 1234. It is e-mailed to you at admin@example.com.",
        "It can be read on the device page for 30 days.",
        "This resets Carla Moretti's Galaxy A55. It can be cancelled only until the device answers.",
    ):
        assert text in words


def test_a_work_profile_says_that_only_its_own_lock_changes(console: SeededConsole):
    console.device(name=WORK_DEVICE)
    words = console.words(f"/{WORK_DEVICE}/reset?request={REQUEST}")
    assert "Only the lock of the work profile changes. The phone's own screen lock stays as it is." in words
    assert "mail on the work profile is behind the lock" in words
    assert "A paused work profile waits." in words


def test_where_mails_carry_a_link_it_says_so(console: SeededConsole):
    console.device()
    console.put(ENTERPRISE, {"delivery": "LINK", "retention_days": 1})
    words = console.words(PATH)
    assert (
        "You are e-mailed a link to it at admin@example.com. It can be read on the device page for 1 day." in words
    )
    assert "It is e-mailed" not in words


def test_who_may_not_read_passcodes_is_not_promised_to(console: SeededConsole):
    console.device()
    words = console.words(PATH, caller="resetter@example.com")
    assert "reading it on the device page needs the role revealer" in words


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"quality": "NUMERIC", "minimum_length": 10}, "10 digits, without runs such as 1234."),
        ({"quality": "ALPHABETIC"}, "8 letters."),
        ({"quality": "ALPHANUMERIC"}, "8 characters: letters and digits."),
        (
            {"quality": "COMPLEX", "minimum_upper_case": 1, "minimum_symbols": 2},
            "8 characters: letters, 1 capital at least, digits and 2 symbols.",
        ),
    ],
)
def test_the_rule_is_told_in_words(console: SeededConsole, policy, words):
    console.device(facts={"password_policies": (PasswordPolicy(scope="SCOPE_DEVICE", **policy),)})
    assert f"A new passcode is made: {words}" in console.words(PATH)


def test_every_warning_is_told_in_the_words_of_the_console(console: SeededConsole):
    reasons = ("USER_NOT_UNLOCKED", "PASSWORD_POLICIES_USER_CREDENTIALS_CONFIRMATION_REQUIRED")
    seen = NOW - timedelta(days=2)
    console.device(
        facts={
            "non_compliance": tuple(NonCompliance(specific_reason=reason) for reason in reasons),
            "is_secure": False,
            "password_policies": (PasswordPolicy(quality="NUMERIC", maximum_failed_for_wipe=10),),
            "last_status_report_time": seen,
        },
        last_seen=seen,
    )
    words = console.words(PATH)
    for text in (
        "Before you go on",
        "Offline since",
        "Restarted and not unlocked since.",
        "The user may have to unlock once first.",
        "No screen lock is set now. After the reset the device asks for this passcode.",
        "Erases itself after 10 wrong passcodes. Read the new passcode out slowly.",
        "Stolen? Start lost mode first.",
        "No report since",
    ):
        assert text in words
    assert 'data-recheck="/v1/' in console.page(PATH)


def test_a_fresh_report_is_not_asked_for_again(console: SeededConsole):
    console.device()
    assert 'data-recheck=""' in console.page(PATH)


def test_the_default_validity_is_chosen_and_every_other_offered(console: SeededConsole):
    console.device()
    page = console.page(PATH)
    assert re.findall(r'<option value="(\d+)"', page) == ["3600", "86400", "259200", "604800", "2592000"]
    assert re.findall(r'<option value="(\d+)" selected>([^<]+)', page) == [("86400", "24 hours")]


def test_a_default_of_the_enterprises_own_is_offered_too(console: SeededConsole):
    console.device()
    console.put(ENTERPRISE, {"default_valid_for_s": 5400})
    assert '<option value="5400" selected>90 minutes' in console.page(PATH)


def test_nothing_on_the_page_can_be_submitted(console: SeededConsole):
    console.device()
    page = console.page(PATH)
    assert "<form" not in page
    assert re.search(r'<button class="btn btn-danger" type="button" id="reset"', page)
    assert "autofocus" not in page


def test_the_box_for_the_user_is_unticked(console: SeededConsole):
    console.device()
    box = re.search(r'<input[^>]*id="notify-user"[^>]*>', console.page(PATH))
    assert box
    assert "checked" not in box.group()
    assert "disabled" not in box.group()


@pytest.mark.parametrize("user", [None, DeviceUser("Carla Moretti"), DeviceUser("Carla", "not an address")])
def test_without_an_address_the_user_cannot_be_mailed(console: SeededConsole, user):
    console.device(enrolled_user=user)
    page = console.page(PATH)
    box = re.search(r'<input[^>]*id="notify-user"[^>]*>', page)
    assert box
    assert "disabled" in box.group()
    assert f'href="/{DEVICE}/user">Assign a user</a> first, or read the passcode out.' in page
    assert "Assign a user" not in console.page(PATH, caller="resetter@example.com")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"facts": {"api_level": 22, "android_version": "5.1"}}, "Android 5.1 is too old."),
        ({"facts": {"api_level": 0}}, "This device has not reported its Android version."),
        ({"gone_time": NOW}, "This device left management on"),
        ({"facts": {"state": "DELETED"}}, "This device left management."),
        ({"facts": {"applied_state": "PROVISIONING"}}, "Set-up is not finished on this device."),
        ({"facts": {"applied_state": "DISABLED"}}, "This device is disabled. Enable it first."),
        ({"facts": {"applied_state": "LOST"}}, "Lost mode is on. Stop it first."),
        ({"facts": {"applied_state": "PREPARING_FOR_MIGRATION"}}, "still moving to Android Device Policy"),
        (
            {"facts": {"applied_state": "DEACTIVATED_BY_DEVICE_FINANCE"}},
            "The financing agent has locked",
        ),
        ({"facts": {"ownership": ""}}, "nobody can say which lock would change"),
        (
            {"facts": {"password_policies": (PasswordPolicy(quality="NUMERIC", minimum_length=17),)}},
            "The passcode rules ask for more than 16 characters, which Android can't store.",
        ),
        (
            {"facts": {"password_policies": (PasswordPolicy(quality="NEW"),)}},
            "use a quality that is not known",
        ),
        ({"facts": {"applied_state": "NEW_WORD"}}, "in a state that is not known here yet: "),
    ],
)
def test_a_blocked_device_shows_every_reason_and_no_form(console: SeededConsole, changes, words):
    console.device(**changes)
    page = console.page(PATH)
    text = console.words(PATH)
    assert "This device can't be reset now" in text
    assert words in text
    assert "Nothing was sent to the device." in text
    assert 'id="reset"' not in page
    assert f'href="/{DEVICE}/reset?request={REQUEST}">Check again' in page


def test_a_viewer_is_told_that_the_role_does_not_reset(console: SeededConsole):
    console.device()
    assert "Your role can't reset passcodes." in console.words(PATH, caller="viewer@example.com")


@pytest.mark.parametrize(
    ("status", "words", "item"),
    [
        (Status.ISSUED, "A reset is already running. Only one can run at a time.", "Follow the running reset"),
        (Status.UNKNOWN, "An earlier reset, whose outcome is unknown, may still run.", "Follow the running reset"),
        (Status.DONE, "An earlier reset has ended, but a command or a mail", "Open the earlier reset"),
    ],
)
def test_a_running_reset_is_named_and_can_be_followed(console: SeededConsole, status, words, item):
    running = console.action(status=status, actor="resetter@example.com")
    console.device(open_action=open_action(running))
    console.lock(running, holder=running.name)
    text = console.words(PATH)
    assert words in text
    assert "Asked for by resetter@example.com at" in text
    assert f'href="/{running.name}">{item}' in console.page(PATH)


def test_what_lists_show_does_not_block_where_the_lock_is_free(console: SeededConsole):
    ended = console.action(status=Status.DONE)
    console.device(open_action=open_action(ended))
    console.lock(ended)
    assert 'id="reset"' in console.page(PATH)


def test_foreign_text_is_inert(console: SeededConsole):
    console.device(
        facts={"model": HOSTILE, "serial_number": HOSTILE, "android_version": HOSTILE},
        enrolled_user=DeviceUser(HOSTILE, "carla@example.com"),
    )
    page = console.page(PATH)
    assert "<script>alert" not in page
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_strangers_and_unknown_devices_are_answered_alike(console: SeededConsole):
    console.device()
    hidden = console.get(PATH, caller="stranger@example.com")
    unknown = console.get(PATH.replace("/d1/", "/d9/"))
    assert (hidden.status_code, unknown.status_code) == (404, 404)


def test_the_page_is_kept_by_nobody(console: SeededConsole):
    console.device()
    answer = console.get(PATH)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert ADMIN in answer.get_data(as_text=True)
