"""Whatever a person or a browser does twice: one page starts one reset at most."""

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.demo_site import Phone, Site, eventually
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.stack


def expect_one_reset(site: Site, phone: Phone, request_id: str) -> None:
    """One action, one command, under the id that the page came with."""
    eventually(lambda: site.resets(phone)[0]["status"] == "DONE")
    resets = site.resets(phone)
    assert len(resets) == 1
    assert site.request_ids(*resets) == [request_id]
    assert len(site.issued(phone)) == 1
    assert len(site.on_phone(phone)["executed"]) == 1


def asked(page: Page) -> list[str]:
    """Return a list that the request ids of all resets asked for by this page come into."""
    found: list[str] = []

    def note(request) -> None:
        if request.method == "POST" and request.url.endswith(":resetPasscode"):
            found.append(json.loads(request.post_data)["requestId"])

    page.on("request", note)
    return found


def request_of(page: Page) -> str:
    return str(page.locator("#wizard").get_attribute("data-request"))


def test_an_expired_sign_in_is_renewed_and_the_same_request_repeated(site: Site, admin: Visitor):
    phone, page, ids = site.take_phone(), admin.page, asked(admin.page)
    admin.open_wizard(phone)
    request_id = request_of(page)
    page.get_by_label("Reason (optional)").fill("INC-20419 after lunch")
    assert page.context.request.post("/_local/expire-session").ok
    page.locator("#reset").click()
    page.wait_for_url("**/actions/*")
    admin.expect_step("Device confirmed", "Done")
    assert len(ids) > 1
    assert set(ids) == {request_id}
    expect_one_reset(site, phone, request_id)
    assert site.resets(phone)[0]["reason"] == "INC-20419 after lunch"
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"


def test_a_double_click_starts_one_reset(site: Site, admin: Visitor):
    phone, ids = site.take_phone(), asked(admin.page)
    admin.open_wizard(phone)
    request_id = request_of(admin.page)
    admin.page.evaluate("() => { const reset = document.getElementById('reset'); reset.click(); reset.click(); }")
    admin.page.wait_for_url("**/actions/*")
    expect_one_reset(site, phone, request_id)
    assert ids == [request_id]


def test_reload_back_and_a_restored_tab_lead_to_the_reset_that_was_started(site: Site, admin: Visitor):
    phone, page = site.take_phone(), admin.page
    admin.go(phone.name)
    page.get_by_role("button", name="Security").click()
    page.locator(".head-action").get_by_role("link", name="Reset passcode").click()
    page.wait_for_url("**/reset?request=*")
    request_id, wizard = request_of(page), page.url
    page.reload()
    assert request_of(page) == request_id
    page.locator("#reset").click()
    page.wait_for_url("**/actions/*")
    action = page.url
    page.reload()
    assert page.url == action
    page.go_back()
    page.wait_for_url(f"**/{phone.name}")
    page.go_forward()
    page.wait_for_url(action)
    page.goto(wizard)
    page.wait_for_url(action)
    expect_one_reset(site, phone, request_id)


def test_two_tabs_of_one_page_start_one_reset(site: Site, admin: Visitor):
    phone, page = site.take_phone(), admin.page
    admin.open_wizard(phone)
    request_id = request_of(page)
    other = page.context.new_page()
    other.goto(page.url)
    page.locator("#reset").click()
    page.wait_for_url("**/actions/*")
    other.locator("#reset").click()
    other.wait_for_url("**/actions/*")
    assert other.url == page.url
    expect_one_reset(site, phone, request_id)


def test_a_lost_answer_is_asked_for_again_and_starts_nothing_twice(site: Site, admin: Visitor):
    phone, page, ids = site.take_phone(), admin.page, asked(admin.page)
    admin.open_wizard(phone)
    request_id = request_of(page)

    def lose(route: Route) -> None:
        route.fetch()  # it is accepted, and nobody hears of it
        route.abort()

    page.route("**:resetPasscode", lose, times=1)
    page.locator("#reset").click()
    page.wait_for_url("**/actions/*")
    expect_one_reset(site, phone, request_id)
    assert ids == [request_id] * 2


def test_without_any_answer_the_page_says_that_pressing_again_is_safe(site: Site, admin: Visitor):
    phone, page = site.take_phone(), admin.page
    admin.open_wizard(phone)
    request_id = request_of(page)
    page.route("**:resetPasscode", lambda route: route.abort())
    page.get_by_label("Reason (optional)").fill("INC-20420")
    page.locator("#reset").click()
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("Not confirmed yet")
    expect(problem).to_be_focused()
    expect(page.get_by_label("Reason (optional)")).to_have_value("INC-20420")
    page.unroute_all()
    page.locator("#reset").click()
    page.wait_for_url("**/actions/*")
    expect_one_reset(site, phone, request_id)


def started_beside_a_second_page(site: Site, admin: Visitor) -> tuple[Phone, Page, Page]:
    """Return an offline phone, the page of its reset, and a wizard that was opened before that began."""
    phone, page = site.take_phone(), admin.page
    site.set_phone(phone, online=False)
    admin.open_wizard(phone)
    other = page.context.new_page()
    other.goto(f"{site.url}/{phone.name}/reset")
    page.locator("#reset").click()
    page.wait_for_url("**/actions/*")
    return phone, page, other


def test_a_second_page_is_told_of_the_reset_that_runs(site: Site, admin: Visitor):
    phone, page, other = started_beside_a_second_page(site, admin)
    other.locator("#reset").click()
    expect(other.get_by_role("alert")).to_contain_text("A reset of this device is already running")
    other.get_by_role("link", name="Follow it").click()
    other.wait_for_url(page.url)
    assert len(site.resets(phone)) == 1


def test_a_second_page_is_not_told_that_an_ended_reset_runs(site: Site, admin: Visitor):
    _phone, page, other = started_beside_a_second_page(site, admin)

    def as_if_only_a_mail_were_left(route: Route) -> None:
        answer = route.fetch()
        refusal = answer.json()
        refusal["error"]["details"][0]["metadata"]["status"] = "DONE"
        route.fulfill(response=answer, json=refusal)

    other.route("**:resetPasscode", as_if_only_a_mail_were_left)
    other.locator("#reset").click()
    expect(other.get_by_role("alert")).to_contain_text("An earlier reset has ended, but a command or a mail of it")
    other.get_by_role("link", name="Open the earlier reset").click()
    other.wait_for_url(page.url)
