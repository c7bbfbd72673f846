"""Every letter: what it says in both bodies, what it must never say, and that foreign text stays text."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.adapters.mail_templates import JinjaMailRenderer
from shared.adapters.mail_templates.language import language_for
from shared.adapters.mail_templates.renderer import LETTERS, MAX_SUBJECT
from shared.domain.mail import Mail, MailFacts, MailKind
from shared.domain.secret import Secret
from tests.unit.adapters.letters import ADMIN, ALL, EXPIRED, FAILED, NOTICE, UNKNOWN, USER, Page, read

APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"

STILL_WORKS = "The old passcode still works."

HOSTILE = {
    "markup": '<script>alert(1)</script><img src=x onerror="x">"\'&amp;',
    "header": "x\r\nBcc: thief@example.com\r\n\r\n<h1>",
    "direction": "\u202egnp.exe\u2066\u200f",
    "control": "\x00\x07\x1b[31m\x7f\u2028",
    "half character": "\ud800",
    "template": "{{ 7 * 7 }}{% raw %}%(user)s %s",
    "length": "W" * 10_000,
}


def bodies(facts: MailFacts) -> tuple[str, Page]:
    mail = JinjaMailRenderer().render(facts)
    return mail.text.reveal(), read(mail.html.reveal())


def both(facts: MailFacts) -> list[str]:
    """Both bodies as running words."""
    text, page = bodies(facts)
    return [" ".join(text.split()), " ".join(page.text.split())]


def rendered(facts: MailFacts) -> Mail:
    return JinjaMailRenderer().render(facts)


@pytest.mark.parametrize("facts", ALL.values(), ids=ALL)
def test_every_letter_goes_to_its_recipient_with_its_reference(facts: MailFacts) -> None:
    mail = rendered(facts)
    assert (mail.to, mail.reference) == (facts.to, facts.reference)


def test_every_kind_has_a_letter() -> None:
    assert set(LETTERS) == set(MailKind)


@pytest.mark.parametrize("facts", [facts for facts in ALL.values() if facts.passcode])
def test_a_passcode_stands_in_groups_in_both_bodies(facts: MailFacts) -> None:
    assert facts.passcode is not None
    passcode = facts.passcode.reveal()
    size = 4 if passcode.isdigit() else 3
    groups = " ".join(passcode[start : start + size] for start in range(0, len(passcode), size))
    assert all(groups in words for words in both(facts))


@pytest.mark.parametrize("passcode", ["48271963", "4827196348271963", "Kt4#ab9Q", "0000"])
@pytest.mark.parametrize("base", [ADMIN, USER], ids=["admin", "user"])
def test_subject_and_preheader_never_hold_the_passcode(base: MailFacts, passcode: str) -> None:
    mail = rendered(replace(base, passcode=Secret(passcode)))
    page = read(mail.html.reveal())
    title = re.search(r"<title>(.*)</title>", mail.html.reveal())
    assert page.preheader
    assert title
    for shown in (mail.subject, page.preheader, title[1]):
        assert passcode not in re.sub(r"[\s\u034f\u200c\xa0]", "", shown)


def test_the_preheader_is_padded_so_that_lists_do_not_read_on_into_the_passcode() -> None:
    html = rendered(ADMIN).html.reveal()
    assert html.index("&#847;") < html.index("4827 1963")
    assert html.count("&#847;&zwnj;&nbsp;") >= 100


def test_letters_are_spelled_in_both_bodies() -> None:
    for words in both(ALL["done-admin-letters"]):
        assert "Kt4 capital kilo, small tango, four" in words
        assert "#ab hash, small alfa, small bravo" in words
        assert "9Q nine, capital quebec" in words


def test_digits_are_not_spelled() -> None:
    assert not any("eight" in words for words in both(ADMIN))


@pytest.mark.parametrize(
    ("passcode", "hint"),
    [("4827", "as it stands here"), ("482719", "without the space."), ("4827196348", "without the spaces.")],
)
def test_the_gaps_are_explained(passcode: str, hint: str) -> None:
    assert all(hint in words for words in both(replace(ADMIN, passcode=Secret(passcode))))


def test_the_admin_learns_which_lock_when_by_whom_and_why() -> None:
    assert rendered(ADMIN).subject == "New passcode: Google Pixel 9, …02KM"
    for words in both(ADMIN):
        for told in (
            f"New passcode for Amélie Laurent{APOSTROPHE}s Google Pixel 9",
            "The device confirmed it on 23 November 2026 at 14:31 UTC and is now locked.",
            "10 wrong passcodes erase this device. Read the passcode out slowly.",
            "What to do now",
            "Unlock the device with this passcode.",
            "Have the user set a passcode of their own: Settings, then Security.",
            "Delete this mail.",
            "Screen lock of the whole device",
            "23 November 2026, 14:31:06 UTC",
            "boss@example.com",
            "Forgot passcode, INC-20411",
            "01K3X7Q9T2V8M4",
            "This passcode stops working when the device is reset again or its passcode is changed.",
            "If you did not, tell your security team and give them the reference.",
        ):
            assert told in words


def test_the_user_learns_what_to_do_and_gets_no_link_into_the_console() -> None:
    assert rendered(USER).subject == "New passcode for your Google Pixel 9"
    text, page = bodies(USER)
    for words in both(USER):
        for told in (
            "Your IT team (boss@example.com) reset the screen lock of your phone on 23 November 2026 at 14:31 UTC.",
            "The phone is locked until you type this passcode.",
            "10 wrong passcodes erase this phone. Type slowly.",
            "Delete this mail. Give the passcode to nobody.",
            "This passcode stops working when the phone is reset again or its passcode is changed.",
            "You did not ask for this? Call your IT team before you use the passcode.",
        ):
            assert told in words
        assert "INC-20411" not in words
    assert page.links == []
    assert "http" not in text


def test_a_work_profile_is_called_one_everywhere() -> None:
    for base in (ADMIN, USER):
        for words in both(replace(base, scope="WORK_PROFILE")):
            assert "Unlock the work profile with this passcode." in words
            assert "10 wrong passcodes erase the work profile." in words
            assert "Lock of the work profile" in words
            assert "whole" not in words


@pytest.mark.parametrize(
    ("limit", "told"), [(0, None), (1, "1 wrong passcode erases this device."), (5, "5 wrong")]
)
def test_the_warning_stands_only_where_the_device_erases_itself(limit: int, told: str | None) -> None:
    for words in both(replace(ADMIN, wipe_after=limit)):
        assert (told or "wrong passcode") in words if told else "wrong passcode" not in words


@pytest.mark.parametrize("base", [ADMIN, USER], ids=["admin", "user"])
def test_a_mail_with_a_link_holds_no_passcode_but_says_how_to_see_it(base: MailFacts) -> None:
    text, page = bodies(replace(base, passcode=None, link=ADMIN.link))
    assert page.links == [ADMIN.link]
    assert ADMIN.link in text
    for words in both(replace(base, passcode=None, link=ADMIN.link)):
        assert "Show the passcode" in words
        assert "You need to sign in. The link opens the device page; it holds no passcode." in words


@pytest.mark.parametrize(("base", "told"), [(ADMIN, "Open the device in the console"), (USER, "Ask your IT team")])
def test_without_passcode_and_link_the_letter_says_where_to_get_it(base: MailFacts, told: str) -> None:
    assert all(told in words for words in both(replace(base, passcode=None, link="")))


@pytest.mark.parametrize(
    ("code", "cause", "step"),
    [
        ("INVALID_VALUE", "Its passcode rules have changed since its last report.", "about an hour"),
        ("API_LEVEL", "Its Android is too old.", "Replace the device, or wipe it."),
        ("MANAGEMENT_MODE", "This kind of management does not allow it.", "nothing to retry"),
        ("UNSUPPORTED", f"It can{APOSTROPHE}t do this now.", "Android Device Policy app"),
        ("UNKNOWN", "It gave no reason; often the user must unlock once first.", "Ask the user to unlock"),
        ("GONE", "It left management before the reset reached it.", "enrolled again"),
        ("NOT_FOUND", "It left management before the reset reached it.", "enrolled again"),
        ("DEVICE_CHANGED", "Nothing was sent to the device.", "Reset the passcode again."),
        ("RPC_13", "The new passcode was not accepted.", "give your support the reference"),
        ("", "The new passcode was not accepted.", "give your support the reference"),
    ],
)
def test_a_failure_tells_cause_and_next_step(code: str, cause: str, step: str) -> None:
    facts = replace(FAILED, cause_code=code)
    assert rendered(facts).subject == "Passcode not reset: Google Pixel 9, …02KM"
    for words in both(facts):
        assert words.index(cause) < words.index(STILL_WORKS) < words.index(step)
        assert code in words
        assert "The user has not been mailed." in words
        assert "Open this reset" in words


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("NOT_ONLINE_IN_TIME", "The device was not online in time."),
        ("", "The device was not online in time."),
    ],
)
def test_an_expired_reset_says_so(code: str, cause: str) -> None:
    for words in both(replace(EXPIRED, cause_code=code)):
        assert cause in words
        assert STILL_WORKS in words
        assert "Reset again with a longer time if the device is still out of reach." in words


def test_a_device_that_never_answered_is_not_promised_to_have_kept_its_passcode() -> None:
    """Regression: it may have taken the new one, and a late acknowledgement can still make the reset DONE."""
    silent = replace(EXPIRED, cause_code="NO_ANSWER")
    for words in both(silent):
        assert "The device did not answer in time. The old passcode most likely still works." in words
        assert "show that one on the device page" in words
        assert STILL_WORKS not in words
        assert "Reset again with a longer time if the device is still out of reach." in words


def test_a_reset_that_was_never_sent_does_not_blame_the_device() -> None:
    for words in both(replace(EXPIRED, cause_code="NOT_SENT_IN_TIME")):
        assert "Nothing was sent to the device. It could not be handed to Google in time." in words
        assert STILL_WORKS in words
        assert "not online" not in words


def test_an_unknown_outcome_never_says_that_the_old_passcode_works() -> None:
    assert rendered(UNKNOWN).subject == "Check needed: Google Pixel 9, …02KM"
    for words in both(UNKNOWN):
        assert STILL_WORKS not in words
        assert f"We can{APOSTROPHE}t tell whether the device changed its passcode." in words
        assert "Try the new passcode first, then the old one." in words
        assert "If neither opens the device, or nobody has it at hand, reset the passcode again." in words
        assert "01K3X7Q9T2V8M4" in words


@pytest.mark.parametrize("facts", [ADMIN, USER, FAILED, EXPIRED, UNKNOWN], ids=lambda facts: facts.kind)
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_foreign_text_stays_text_on_one_line_and_short(facts: MailFacts, hostile: str) -> None:
    evil = replace(
        facts,
        device_model=hostile,
        serial_tail=hostile,
        user_display_name=hostile,
        user_email=hostile,
        requested_by=hostile,
        request_reason=hostile,
        cause_code=hostile,
    )
    mail, tame = rendered(evil), rendered(facts)
    html, text = mail.html.reveal(), mail.text.reveal()
    page = read(html)
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in read(tame.html.reveal()).elements]
    assert text.count("\n") <= tame.text.reveal().count("\n") + 3
    assert len(mail.subject) <= MAX_SUBJECT
    assert len(html) < 20_000
    unsafe = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
    for shown in (mail.subject, html, text):
        assert not unsafe.search(shown)
        shown.encode()
    assert "\n" not in mail.subject
    assert "\nBcc" not in text


def test_markup_is_shown_as_it_was_typed() -> None:
    for words in both(replace(ADMIN, user_display_name="<b>Bob</b> & {{ x }} %(y)s")):
        assert f"New passcode for <b>Bob</b> & {{{{ x }}}} %(y)s{APOSTROPHE}s Google Pixel 9" in words


def test_a_passcode_of_markup_characters_is_shown_as_it_is() -> None:
    for words in both(replace(ADMIN, passcode=Secret("a<b&\"'>c"))):
        assert "a<b &\"' >c" in words


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "https://x/\r\nBcc: y", "//x", 'https://x/"<b>']
)
def test_a_link_that_could_run_something_is_left_out(link: str) -> None:
    text, page = bodies(replace(ADMIN, link=link))
    assert page.links == []
    assert "Open the device:" not in text


@pytest.mark.parametrize("facts", ALL.values(), ids=ALL)
def test_html_fetches_nothing_and_runs_nothing(facts: MailFacts) -> None:
    html = rendered(facts).html.reveal()
    page = read(html)
    assert not {tag for tag, _ in page.elements} & {
        "script",
        "img",
        "link",
        "iframe",
        "form",
        "object",
        "base",
        "svg",
    }
    assert not any(key.startswith("on") or key == "src" for _, attributes in page.elements for key in attributes)
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("facts", ALL.values(), ids=ALL)
def test_html_has_one_heading_a_language_and_both_schemes(facts: MailFacts) -> None:
    html = rendered(facts).html.reveal()
    page = read(html)
    assert html.startswith("<!doctype html>")
    assert sum(tag == "h1" for tag, _ in page.elements) == 1
    assert dict(page.elements)["html"] == {"lang": "en", "dir": "ltr"}
    assert "prefers-color-scheme: dark" in html
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.elements


@pytest.mark.parametrize("facts", ALL.values(), ids=ALL)
def test_both_bodies_say_the_same_words_in_the_same_order(facts: MailFacts) -> None:
    text, page = bodies(facts)
    # The text writes links out, numbers its steps and marks headings and warnings.
    marks = re.compile(r"^(=+|!|\d\.|https?://\S+)$")
    plain = [word.rstrip(":") for word in text.split() if not marks.match(word)]
    assert plain == [word.rstrip(":") for word in page.text.split()]


def test_facts_that_are_not_known_leave_no_gap() -> None:
    for words in both(ALL["no-facts"]):
        assert "New passcode for Android device" in words
        assert "…" not in words
        assert "Reason" not in words
    assert rendered(ALL["no-facts"]).subject == "New passcode: Android device"


def test_a_user_without_a_name_is_called_by_address() -> None:
    for words in both(replace(FAILED, user_display_name="")):
        assert f"Passcode not reset: amelie@example.com{APOSTROPHE}s Google Pixel 9" in words
    for facts in (FAILED, UNKNOWN):
        assert all(
            f"{APOSTROPHE}s Google" not in words
            for words in both(replace(facts, user_display_name="", user_email=""))
        )


def test_times_are_utc_with_the_zones_name() -> None:
    tokyo = datetime(2027, 1, 1, 8, 5, 0, tzinfo=timezone(timedelta(hours=9)))
    for words in both(replace(ADMIN, confirmed_time=tokyo)):
        assert "on 31 December 2026 at 23:05 UTC" in words


def test_a_done_letter_without_a_confirmation_time_tells_the_requests() -> None:
    assert all("23 November 2026 at 14:30 UTC" in words for words in both(replace(ADMIN, confirmed_time=None)))


@pytest.mark.parametrize("locale", ["", "en", "en-GB", "xx", "../../etc", "EN_us"])
def test_an_unknown_language_is_english(locale: str) -> None:
    language = language_for(locale)
    assert language.tag == "en"
    assert language.date(datetime(2026, 3, 1, tzinfo=UTC)) == "1 March 2026"
    assert "New passcode" in rendered(replace(ADMIN, locale=locale)).subject


def test_a_notice_has_no_box() -> None:
    assert not any("without the space" in words for words in both(replace(NOTICE, kind=MailKind.FAILED)))
