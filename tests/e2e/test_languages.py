"""A reader's own language, all the way through."""

import pytest
from playwright.sync_api import expect

from tests.e2e.demo_site import Site

pytestmark = pytest.mark.stack


def test_a_dutch_browser_sees_dutch_pages(site: Site, visit):
    reader = visit(locale="nl-NL")
    page = reader.page
    reader.go("/")
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    page.get_by_role("link", name="Apparaten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Apparaten")
