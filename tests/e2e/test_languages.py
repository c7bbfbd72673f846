"""A reader's own language, all the way through."""

import pytest
from playwright.sync_api import expect

from local.texts import LANGUAGES
from tests.e2e.demo_site import Site

pytestmark = pytest.mark.stack


def test_a_dutch_browser_sees_dutch_pages(site: Site, visit):
    reader = visit(locale="nl-NL")
    page = reader.page
    reader.go("/")
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    page.get_by_role("link", name="Apparaten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Apparaten")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_fit_their_window_with_the_longest_words(site: Site, visit, language: str):
    phone, reader = site.take_phone(), visit(locale=language)
    enterprise = phone.name.partition("/devices/")[0]
    found = []
    for path in ("", "/devices", f"/devices/{phone.id}", f"/devices/{phone.id}/reset", "/actions"):
        reader.go(f"{enterprise}{path}")
        expect(reader.page.locator("html")).to_have_attribute("lang", language)
        for width in (320, 360, 768, 992, 1200, 1440):
            reader.page.set_viewport_size({"width": width, "height": 800})
            if reader.sideways() > 0:
                found.append(f"{path} at {width}: {reader.sideways()} px too wide")
    assert found == []
