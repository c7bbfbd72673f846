"""Every page in every state: accessible, inside its window, in both themes, by phone and by desk."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, Route

from local.stack_options import ROOT
from tests.e2e.demo_site import Site
from tests.e2e.states import EMPTY, KEEPER, LOOK, VIEWER, states
from tests.e2e.visitor import NARROW, WIDE, Visitor, visiting

pytestmark = pytest.mark.stack

SCREENSHOTS = ROOT / "build" / "screenshots"
STRANGER = "stranger@example.com"
SMALLEST = {"width": 320, "height": 640}
PAGES = (
    *("devices", "wizard", "wizard-warnings", "action-away", "action-done", "device-hidden", "device-shown-mixed"),
    *("user", "log", "overview", "enterprises", "error-404", "no-access"),
)
"""States that stand for their page: pictured at both widths in both themes."""


@dataclass(frozen=True)
class State:
    """A page in one state: where it is, who looks, what to do first."""

    name: str
    path: str
    who: str = KEEPER
    do: Callable[[Page], None] | None = None


def open_row_menu(page: Page) -> None:
    page.locator("tbody .dropdown-toggle").first.click()
    page.locator(".dropdown-menu.show").wait_for()


def open_account(page: Page) -> None:
    page.locator(".account .dropdown-toggle").click()
    page.locator(".dropdown-menu.show").wait_for()


def open_device_menu(page: Page) -> None:
    page.locator(".head-action .dropdown-toggle").click()
    page.locator(".dropdown-menu.show").wait_for()


def ask_to_cancel(page: Page) -> None:
    page.locator("#cancel-open").click()
    page.locator("dialog[open]").wait_for()


def ask_why(page: Page) -> None:
    page.locator("#pc-show").click()


def ask_without_reason(page: Page) -> None:
    ask_why(page)
    page.locator("#pc-load").click()


def show(passcode: str) -> Callable[[Page], None]:
    """Show a passcode that the server never had: these states have none that could be opened."""

    def act(page: Page) -> None:
        body = json.dumps({"passcode": passcode})
        page.route("**:reveal", lambda route: route.fulfill(body=body, content_type="application/json"))
        ask_why(page)
        page.locator("#pc-reason").fill("the user is on the phone")
        page.locator("#pc-load").click()
        page.locator("#pc-value .pc-box").first.wait_for()

    return act


def refused(code: int, reason: str, **metadata: str) -> Callable[[Page], None]:
    """Press Reset and be refused."""
    detail = {"reason": reason, "metadata": metadata}
    body = json.dumps({"error": {"code": code, "status": "X", "message": "No.", "details": [detail]}})

    def answer(route: Route) -> None:
        route.fulfill(status=code, body=body, content_type="application/json", headers={"Retry-After": "42"})

    def act(page: Page) -> None:
        page.route("**:resetPasscode", answer)
        page.locator("#reset").click()
        page.locator("#problems [role=alert]").wait_for()

    return act


def device(device_id: str, more: str = "") -> str:
    return f"{LOOK}/devices/{device_id}{more}"


STATES = (
    State("devices", f"{LOOK}/devices"),
    State("devices-found", f"{LOOK}/devices?query=Carla"),
    State("devices-no-match", f"{LOOK}/devices?query=zzzz"),
    State("devices-empty", f"{EMPTY}/devices"),
    State("devices-menu", f"{LOOK}/devices?query=Jeroen&sort=seen", do=open_row_menu),
    State("devices-menu-not-eligible", f"{LOOK}/devices?query=Carla", VIEWER, open_row_menu),
    State("account-menu", f"{LOOK}/devices", do=open_account),
    State("wizard", device("fresh", "/reset")),
    State("wizard-warnings", device("offline", "/reset")),
    State("wizard-work-profile", device("work", "/reset")),
    State("wizard-no-user", device("nobody", "/reset")),
    State("wizard-blocked", device("lost", "/reset")),
    State("wizard-running", device("d-issued", "/reset")),
    State("wizard-role", device("fresh", "/reset"), VIEWER),
    State("wizard-too-many", device("fresh", "/reset"), do=refused(429, "TOO_MANY_RESETS")),
    State("wizard-stopped", device("fresh", "/reset"), do=refused(429, "RESETS_STOPPED")),
    State("wizard-not-eligible", device("fresh", "/reset"), do=refused(400, "DEVICE_NOT_ELIGIBLE", DISABLED="No")),
    *(
        State(f"action-{status}", f"{LOOK}/actions/{status}")
        for status in (
            "pending",
            "issued",
            "away",
            "done",
            "failed",
            "expired",
            "cancelled",
            "unknown",
        )
    ),
    State("action-dialog", f"{LOOK}/actions/issued", do=ask_to_cancel),
    State("device-none", device("d-none")),
    State("device-hidden", device("d-shown")),
    State("device-menu", device("d-shown"), do=open_device_menu),
    State("device-ask", device("d-shown"), do=ask_without_reason),
    State("device-shown", device("d-shown"), do=show("48271963")),
    State("device-shown-mixed", device("d-shown"), do=show("Kx7#mQ2tRw")),
    State("device-replaced", device("d-old", "?passcode=old0")),
    State("device-newer-running", device("d-newer")),
    State("device-two-possible", device("d-doubt", "?passcode=sure")),
    State("device-destroyed", device("d-destroyed")),
    State("device-forbidden", device("d-shown"), VIEWER),
    State("device-log", device("d-old", "/log")),
    State("device-log-empty", device("d-none", "/log")),
    State("user", device("d-none", "/user")),
    State("log", f"{LOOK}/actions"),
    State("log-filtered", f"{LOOK}/actions?status=EXPIRED&actor={KEEPER}"),
    State("log-no-match", f"{LOOK}/actions?actor=nobody@example.com"),
    State("log-empty", f"{EMPTY}/actions"),
    State("overview", LOOK),
    State("overview-empty", EMPTY),
    State("enterprises", ""),
    State("error-403", device("d-none", "/user"), VIEWER),
    State("error-404", device("there-is-none")),
    State("error-400", f"{LOOK}/devices?pageToken=nonsense"),
    State("no-access", "", STRANGER),
)


def looks(state: State) -> list[tuple[str, dict[str, int], str, bool]]:
    """Return width, window, theme and whether the rules are checked: pages in four looks, other states in two.

    The rules are checked at each width and in each theme once; by turns which width has which theme.
    """
    bright = ("light", "dark")[STATES.index(state) % 2]
    found = [
        (name, size, theme, (size is WIDE) == (theme == bright))
        for name, size in (("1440", WIDE), ("360", NARROW))
        for theme in ("light", "dark")
    ]
    return [each for each in found if each[3] or state.name in PAGES]


@pytest.fixture(scope="module")
def people(site: Site, browser: Browser) -> Iterator[dict[str, Visitor]]:
    """One window for each persona, for the whole module, over the store with every state."""
    with site.store() as store:
        states().commit(store)
    with visiting(site, browser) as start:
        yield {who: start(who) for who in (KEEPER, VIEWER, STRANGER)}


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_page_is_accessible_and_fits_its_window_in_both_themes(state: State, people: dict[str, Visitor]):
    visitor = people[state.who]
    page = visitor.page
    page.unroute_all()
    page.set_viewport_size(WIDE)
    visitor.go(state.path)
    if state.do:
        state.do(page)
    found: dict[str, object] = {}
    for name, size, theme, checked in looks(state):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        page.locator(f"html[data-bs-theme={theme}]").wait_for(state="attached")
        whole = not page.locator("dialog[open]").count()  # what dims the page behind a dialog covers one window
        page.screenshot(path=SCREENSHOTS / f"{state.name}-{name}-{theme}.png", full_page=whole)
        if checked and (broken := visitor.violations()):
            found[f"{name} {theme}"] = broken
    page.set_viewport_size(SMALLEST)
    if visitor.sideways() > 0:
        found["wider than 320 px by"] = visitor.sideways()
    assert found == {}
    assert page.title().endswith("Passcode reset")
    assert visitor.complaints == []
