"""A passcode on the page: for 60 seconds, in one place, and gone whenever the page leaves the eyes."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.demo_site import Phone, Site, eventually
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.stack

TRACES = """passcode => {
  const found = [];
  const check = (where, text) => { if (String(text).includes(passcode)) found.push(where); };
  for (const element of document.querySelectorAll("*")) {
    for (const attribute of element.attributes) check(`${element.tagName} ${attribute.name}`, attribute.value);
    if ("value" in element) check(`${element.tagName} value`, element.value);
  }
  for (const node of document.querySelectorAll("header, #announce, script, template")) {
    check(node.id || node.tagName, node.innerHTML);
  }
  check("localStorage", JSON.stringify(localStorage));
  check("sessionStorage", JSON.stringify(sessionStorage));
  check("cookie", document.cookie);
  check("title", document.title);
  check("history", JSON.stringify(history.state));
  check("address", location.href);
  const outside = document.body.cloneNode(true);
  outside.querySelector("#pc-value").remove();
  check("text", outside.textContent.replaceAll(/\\s/g, ""));
  return found;
}"""


@pytest.fixture(scope="module")
def phone(site: Site) -> Phone:
    """A phone whose passcode was reset; tests only look at it."""
    taken = site.take_phone()
    action = site.api("POST", f"{taken.name}:resetPasscode", {"requestId": str(uuid.uuid4()), "reason": "a test"})
    eventually(lambda: site.api("GET", action["name"])["status"] == "DONE")
    return taken


def reveals(site: Site, phone: Phone) -> int:
    """Return how often the log says that the passcode was shown."""
    events = site.api("GET", f"{site.resets(phone)[0]['name']}/events?pageSize=200")["events"]
    return [each["type"] for each in events].count("REVEALED")


def show(visitor: Visitor, phone: Phone) -> Page:
    page = visitor.page
    visitor.go(phone.name)
    page.locator("#pc-show").click()
    page.locator("#pc-reason").fill("the user is on the phone")
    page.locator("#pc-load").click()
    expect(page.locator("#pc-value .pc-box").first).to_be_visible()
    return page


def expect_hidden(page: Page) -> None:
    expect(page.locator("#pc-value")).to_be_empty()
    expect(page.locator("#pc-show")).to_be_visible()
    expect(page.locator("#pc-reason")).to_have_value("")


def test_a_passcode_is_in_no_attribute_field_storage_title_or_address(site: Site, admin: Visitor, phone: Phone):
    page = show(admin, phone)
    passcode = site.on_phone(phone)["passcode"]
    assert "".join(page.locator(".pc-sign").all_text_contents()) == passcode
    assert page.evaluate(TRACES, passcode) == []
    assert page.locator("#pc-value").get_attribute("aria-label") == f"Passcode, {len(passcode)} characters"
    page.emulate_media(media="print")
    expect(page.locator("#pc-value")).to_be_hidden()
    page.emulate_media(media="screen")
    page.locator("#pc-hide").click()
    expect_hidden(page)
    assert passcode not in page.content()


def test_a_passcode_hides_after_sixty_seconds(admin: Visitor, phone: Phone):
    admin.stop_clock()
    page = show(admin, phone)
    page.clock.fast_forward(42_000)
    page.clock.run_for(100)  # what is announced comes a moment later
    expect(page.locator("#announce")).to_have_text(
        "Passcode is hidden in 20 seconds. Press Show 60 s more to keep it."
    )
    expect(page.locator("#pc-value .pc-box").first).to_be_visible()
    page.clock.fast_forward(20_000)
    page.clock.run_for(100)
    expect_hidden(page)
    expect(page.locator("#announce")).to_have_text("Passcode hidden.")
    expect(page.locator("#pc-show")).to_be_focused()


def test_showing_it_longer_is_written_down_again(site: Site, admin: Visitor, phone: Phone):
    before = reveals(site, phone)
    admin.stop_clock()
    page = show(admin, phone)
    page.clock.fast_forward(50_000)
    page.locator("#pc-more").click()
    expect(page.locator("#pc-left")).to_have_text("1:00")
    page.clock.fast_forward(30_000)
    expect(page.locator("#pc-value .pc-box").first).to_be_visible()
    assert reveals(site, phone) == before + 2


@pytest.mark.parametrize("event", ["pagehide", "beforeprint", "freeze"])
def test_a_passcode_is_wiped_when_the_page_leaves_the_eyes(admin: Visitor, phone: Phone, event):
    page = show(admin, phone)
    target = "document" if event == "freeze" else "window"
    page.evaluate(f"{target}.dispatchEvent(new Event('{event}'))")
    expect_hidden(page)


def test_back_never_brings_a_passcode_back(site: Site, admin: Visitor, phone: Phone):
    page = show(admin, phone)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Devices").click()
    page.wait_for_url("**/devices")
    page.go_back()
    expect_hidden(page)
    assert site.on_phone(phone)["passcode"] not in page.content()


def test_a_reason_is_asked_for_before_anything_is_loaded(site: Site, admin: Visitor, phone: Phone):
    before = reveals(site, phone)
    admin.go(phone.name)
    admin.page.locator("#pc-show").click()
    admin.page.locator("#pc-reason").fill("ab")
    admin.page.locator("#pc-load").click()
    expect(admin.page.locator("#pc-reason-error")).to_be_visible()
    expect(admin.page.locator("#pc-reason")).to_be_focused()
    admin.page.keyboard.press("Escape")
    expect(admin.page.locator("#pc-show")).to_be_focused()
    assert reveals(site, phone) == before


def test_too_many_readings_say_when_to_try_again_and_stand_clear_of_the_form(admin: Visitor, phone: Phone):
    error = {
        "code": 429,
        "status": "X",
        "message": "No.",
        "details": [{"reason": "TOO_MANY_READINGS", "metadata": {}}],
    }
    page = admin.page
    page.route(
        "**:reveal", lambda route: route.fulfill(status=429, json={"error": error}, headers={"Retry-After": "421"})
    )
    admin.go(phone.name)
    page.locator("#pc-show").click()
    page.locator("#pc-reason").fill("the user is on the phone")
    page.locator("#pc-load").click()
    note = page.locator("#pc-problems [role=alert]")
    expect(note).to_contain_text("Try again in 8 min.")
    expect(page.locator("#pc-reason")).to_have_value("the user is on the phone")
    below, label = note.bounding_box(), page.locator("label[for=pc-reason]").bounding_box()
    assert below
    assert label
    assert label["y"] - (below["y"] + below["height"]) >= 8
