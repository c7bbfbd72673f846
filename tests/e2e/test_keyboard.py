"""The whole story by keyboard alone: every stop can be reached, and seen."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.demo_site import ADMIN, Site
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.stack

MOST_STOPS = 60
"""No page of the story has more stops before what is looked for."""

FOCUS = """() => {
  const stop = document.activeElement, style = getComputedStyle(stop), box = stop.getBoundingClientRect();
  return {
    stop: stop.outerHTML.slice(0, 160),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
  };
}"""


def expect_seen(page: Page) -> None:
    """The focused element has a ring and lies in the window."""
    focus = page.evaluate(FOCUS)
    assert focus["outlined"], focus
    assert focus["inside"], focus


def is_focused(page: Page, selector: str) -> bool:
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


def expect_focused(page: Page, selector: str) -> None:
    """Wait for the focus: the browser moves it after the key, not with it."""
    page.wait_for_function("selector => document.activeElement.matches(selector)", arg=selector)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; every stop on the way must be seen."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        expect_seen(page)
        if is_focused(page, selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def test_the_whole_story_needs_no_mouse(site: Site, visit):
    phone, someone = site.take_phone(), visit("")
    page, keys = someone.page, someone.page.keyboard
    someone.go("/")
    while page.evaluate("document.activeElement.value") != ADMIN:
        keys.press("Tab")
    keys.press("Enter")
    expect(page.locator(".main-nav")).to_be_visible()

    tab_to(page, ".skip")
    keys.press("Enter")
    expect_focused(page, "#main")
    page.reload()
    tab_to(page, ".main-nav a[href$='/devices']")
    keys.press("Enter")
    page.wait_for_url("**/devices")
    tab_to(page, "#query")
    keys.type(phone.serial)
    keys.press("Enter")
    page.wait_for_url("**/devices?*query=*")

    tab_to(page, ".menu-cell button")
    keys.press("Enter")
    page.locator(".menu-cell .dropdown-menu.show").wait_for()
    keys.press("ArrowDown")
    expect_focused(page, ".menu-cell .dropdown-item[href$='/reset']")
    expect_seen(page)
    keys.press("Enter")

    page.wait_for_url("**/reset?request=*")
    tab_to(page, "#notify-user")
    keys.press("Space")
    tab_to(page, "#valid-for")
    keys.press("ArrowDown")
    tab_to(page, "#reason")
    keys.type("INC-20418 by keyboard")
    keys.press("Enter")
    tab_to(page, "#reset")
    assert site.resets(phone) == [], "Enter in a field starts nothing"
    keys.press("Enter")
    page.wait_for_url("**/actions/*")
    someone.expect_step("Mail to user", "Done")

    _reveal_by_keyboard(page)


def _reveal_by_keyboard(page: Page) -> None:
    """From the reset that is done: go to its passcode, give a reason, read it, hide it."""
    keys = page.keyboard
    tab_to(page, "#go-passcode")
    keys.press("Enter")
    page.wait_for_url("**passcode=*")
    tab_to(page, "#pc-show")
    keys.press("Enter")
    expect_focused(page, "#pc-reason")
    expect_seen(page)
    keys.type("reading it out")
    tab_to(page, "#pc-load")
    keys.press("Enter")
    page.locator("#pc-value .pc-box").first.wait_for()
    expect_focused(page, "#pc-value")
    expect_seen(page)
    tab_to(page, "#pc-hide")
    keys.press("Enter")
    expect_focused(page, "#pc-show")
    expect(page.locator("#pc-value")).to_be_empty()


def test_the_reason_for_a_dead_menu_item_is_reached_by_arrow_keys(site: Site, visit):
    viewer = visit("viewer@example.com")
    viewer.go("/")
    viewer.page.locator(".main-nav a[href$='/devices']").click()
    viewer.page.locator(".menu-cell button").first.focus()
    viewer.page.keyboard.press("Enter")
    viewer.page.locator(".menu-cell .dropdown-menu.show").wait_for()
    viewer.page.keyboard.press("ArrowDown")
    expect_focused(viewer.page, ".dropdown-item[aria-disabled=true]")
    expect_seen(viewer.page)
    expect(viewer.page.locator(":focus .item-why")).not_to_be_empty()
    viewer.page.keyboard.press("Enter")
    assert "/reset" not in viewer.path()


def test_the_cancel_dialog_keeps_the_reset_on_escape(site: Site, admin: Visitor):
    phone, page = site.take_phone(), admin.page
    site.set_phone(phone, online=False)
    admin.reset(phone)
    admin.expect_step("Device confirmed", "Waiting for the device")
    tab_to(page, "#cancel-open")
    page.keyboard.press("Enter")
    expect_focused(page, "[data-keep]")
    expect_seen(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect_focused(page, "#cancel-open")
    assert site.resets(phone)[0]["cancelRequested"] is False
