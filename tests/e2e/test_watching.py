"""The page of a running reset: when the line breaks, when the sign-in ends, and how to cancel."""

import pytest
from playwright.sync_api import expect

from tests.e2e.demo_site import Site
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.stack


@pytest.fixture
def watched(site: Site, admin: Visitor) -> Visitor:
    """An admin who watches a reset of a phone that is offline."""
    phone = site.take_phone()
    site.set_phone(phone, online=False)
    admin.reset(phone)
    admin.expect_step("Device confirmed", "Waiting for the device")
    return admin


def test_a_lost_connection_is_told_and_so_is_its_return(watched: Visitor):
    """Regression of this test: now and then the page looked again by itself just before the button was pressed."""
    page = watched.page
    page.clock.install()
    page.reload()
    note = page.locator("#connection .note")
    page.route("**?part=live", lambda route: route.abort())
    expect(note).to_contain_text("Connection lost. The reset goes on without this page.")
    expect(page.locator("#announce")).to_contain_text("Connection lost.")
    expect(note).to_contain_text("Trying again in")
    assert watched.violations() == []
    with page.expect_event("requestfailed"):  # the last look that the page itself is still up to
        watched.stop_clock()
    page.unroute_all()
    note.get_by_role("button", name="Try now").click()
    page.clock.resume()
    expect(note).to_have_count(0)
    expect(page.locator("#announce")).to_have_text("Connected again.")


def test_the_connection_is_looked_for_without_being_asked(watched: Visitor):
    page = watched.page
    page.route("**?part=live", lambda route: route.fulfill(status=503, body="later"))
    expect(page.locator("#connection .note")).to_be_visible()
    page.unroute_all()
    expect(page.locator("#connection .note")).to_have_count(0)


def test_a_watcher_who_is_signed_out_is_told_so(watched: Visitor):
    page = watched.page
    assert page.context.request.post("/_local/expire-session").ok
    note = page.locator("#connection [role=alert]")
    expect(note).to_contain_text("You have been signed out.")
    note.get_by_role("link").click()
    watched.expect_step("Device confirmed", "Waiting for the device")


def test_a_reset_of_an_offline_phone_is_cancelled_from_its_page(site: Site, watched: Visitor):
    page = watched.page
    page.get_by_role("button", name="Cancel reset").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("We ask Google to withdraw the command.")
    dialog.get_by_role("button", name="Cancel reset").click()
    watched.expect_step("Device confirmed", "Cancelled")
    expect(page.locator(".note-info")).to_contain_text("The old passcode still works.")
    expect(page.get_by_role("button", name="Cancel reset")).to_have_count(0)
    expect(page.get_by_role("link", name="Reset again")).to_be_visible()
    name = watched.path().strip("/")
    assert site.api("GET", name)["status"] == "CANCELLED"


def test_the_dialog_closes_by_itself_when_the_phone_answers_first(site: Site, admin: Visitor):
    phone, page = site.take_phone(), admin.page
    site.set_phone(phone, online=False)
    admin.reset(phone)
    admin.expect_step("Device confirmed", "Waiting for the device")
    page.get_by_role("button", name="Cancel reset").click()
    site.set_phone(phone, online=True)
    expect(page.get_by_role("dialog")).to_have_count(0)
    admin.expect_step("Device confirmed", "Done")
    expect(page.locator("#what")).to_be_focused()
