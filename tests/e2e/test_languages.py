"""A reader's own language, all the way through."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.demo_site import Site
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.stack


def test_a_dutch_browser_sees_dutch_pages(site: Site, visit):
    phone, reader = site.take_phone(), visit(locale="nl-NL")
    page = reader.page
    reader.go("/")
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    page.get_by_role("link", name="Apparaten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Apparaten")
    reader.go(f"{phone.name}/reset")
    assert page.locator("#words").text_content()
    reader.page.locator("#reset").click()
    page.wait_for_url("**/actions/*")
    expect(page.locator(".step-state").nth(2)).to_have_text("Voltooid")
    expect(page.locator("#live")).to_have_attribute("data-settled", "true")
    expect(page.locator("#announce")).to_have_text(re.compile(r"Voltooid\.$"))  # it comes a moment later
    assert reader.violations() == []


def test_a_language_that_was_chosen_stays(admin: Visitor):
    page = admin.page
    admin.go("/")
    page.locator(".account .dropdown-toggle").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    admin.go("/")
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_a_theme_that_was_chosen_stays(admin: Visitor):
    page = admin.page
    admin.go("/")
    page.locator(".account .dropdown-toggle").click()
    page.get_by_role("button", name="Theme: dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
