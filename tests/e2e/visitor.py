"""A person at a browser: signed in, and sure that no page ran into an error unseen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.demo_site import ADMIN, Phone, Site

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""WCAG 2.2 AA and axe's own advice."""

AXE = Axe().axe_script

PATIENCE_MS = 60_000.0
"""How long an expectation is waited for: far longer than the busiest machine takes, so it only ends a hang."""

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Visitor:
    """One browser window with its own cookies.

    Attributes:
        complaints: errors of scripts and refusals by the content security policy.
        lost: requests that got no good answer; tests that cut a line expect some.
    """

    site: Site
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.site.url}/{path.removeprefix('/')}")

    def path(self) -> str:
        """Return where this visitor is: path and query."""
        return self.page.url.removeprefix(self.site.url)

    def stop_clock(self) -> None:
        """Let the clock of this window's pages stand still: a timer there does its work when a test moves it.

        A page that is open already must have been opened after ``page.clock.install()``.
        """
        if self.path() == "about:blank":
            self.page.clock.install()
        self.page.clock.pause_at(time.time() + 60)  # still to come, however busy the machine is

    def open_wizard(self, phone: Phone) -> None:
        self.go(f"{phone.name}/reset")
        expect(self.page.locator("#reset")).to_be_visible()

    def reset(self, phone: Phone) -> None:
        """Start a reset with the options as they stand."""
        self.open_wizard(phone)
        self.page.locator("#reset").click()
        self.page.wait_for_url("**/actions/*")

    def step(self, title: str) -> Any:
        """Return the step of the progress with that title."""
        return self.page.locator(".step", has=self.page.locator(".step-title", has_text=title))

    def expect_step(self, title: str, state: str, within_ms: float = PATIENCE_MS) -> None:
        shown = self.step(title).locator(".step-state")
        expect(shown).to_have_text(state, timeout=within_ms)

    def violations(self) -> list[str]:
        """Return what axe-core finds on the page, one line each."""
        rules = {"type": "tag", "values": RULES}
        options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False, "iframes": False}
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate("options => axe.run(document, options)", options)["violations"]
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@contextmanager
def visiting(site: Site, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Give out visitors, and end with a look at what their browsers complained of."""
    visitors: list[Visitor] = []

    def start(email: str = ADMIN, **context: Any) -> Visitor:
        """Open a window; ``email`` "" signs nobody in."""
        settings = {"viewport": WIDE, "locale": "en-GB", "timezone_id": "Europe/Amsterdam", **context}
        opened = browser.new_context(base_url=site.url, **settings)
        opened.set_default_timeout(PATIENCE_MS)
        if email:
            opened.request.post("/_local/signin", form={"email": email})
        visitor = Visitor(site, opened.new_page())
        listen(visitor)
        visitors.append(visitor)
        return visitor

    try:
        yield start
        assert [each.complaints for each in visitors if each.complaints] == []
    finally:
        for each in visitors:
            each.page.context.close()


def listen(visitor: Visitor) -> None:
    """Write down errors of scripts; that a request got no good answer is for the page to tell, and for a test."""

    def spoken(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            visitor.complaints.append(message.text)

    visitor.page.on("console", spoken)
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
