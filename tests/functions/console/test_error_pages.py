"""Pages that say no: what happened, who can help, what to do next."""

import logging
import re

import pytest
from werkzeug.exceptions import NotFound

from local.seed import MEMBERS
from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import TransientError
from shared.services.read_console import ReadConsole
from tests.functions.console.seeded_console import HOSTILE, SeededConsole
from tests.functions.console.test_devices_page import link, put
from tests.functions.product import ENTERPRISE

DEVICES = f"/{ENTERPRISE}/devices"
STRANGER = "stranger@example.com"


def no_role(console: SeededConsole) -> str:
    """Make somebody a member with a role that carries nothing."""
    console.put(f"{ENTERPRISE}/members/auditor@example.com", {"email": "auditor@example.com", "roles": ["auditor"]})
    return "auditor@example.com"


def test_what_a_role_may_not_do_names_the_role_it_needs_and_whom_to_ask(console: SeededConsole):
    console.put(ENTERPRISE, {"display_name": "Demo", "contact": "anna@example.com"})
    put(console, "d1")
    answer = console.get(f"{DEVICES}/d1/user", caller="viewer@example.com")
    words = re.sub("<[^>]+>", "", answer.get_data(as_text=True))
    assert answer.status_code == 403
    assert "You may not do this" in words
    assert "Your role in Demo is viewer. Assigning a user needs the role admin." in words
    assert "Ask an admin of Demo: anna@example.com." in words
    assert link(answer.get_data(as_text=True), "Back to devices") == DEVICES


def test_a_role_that_carries_nothing_is_told_what_it_needs(console: SeededConsole):
    answer = console.get(DEVICES, caller=no_role(console))
    assert answer.status_code == 403
    assert "Seeing this enterprise needs the role viewer." in answer.get_data(as_text=True)
    assert "Ask an admin of your enterprise." in answer.get_data(as_text=True)
    assert 'aria-label="Main"' not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/nothing", f"/{ENTERPRISE}/nothing", f"{DEVICES}/unknown", f"{DEVICES}/d:x", "/enterprises/LC00other"]
)
def test_what_is_not_there_and_what_is_somebody_elses_look_alike(console: SeededConsole, path):
    answer = console.get(path)
    assert answer.status_code == 404
    assert "Nothing found here" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers


def test_a_stranger_sees_no_navigation_of_the_enterprise(console: SeededConsole):
    answer = console.get(DEVICES, caller=STRANGER)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert 'aria-label="Main"' not in page
    assert "Sign out" in page


def test_a_member_keeps_the_navigation_on_an_error(console: SeededConsole):
    page = console.get(f"/{ENTERPRISE}/nothing").get_data(as_text=True)
    assert link(page, "Find a device") == DEVICES
    assert link(page, "Action log") == f"/{ENTERPRISE}/actions"


def test_whoever_is_signed_out_is_asked_to_sign_in(console: SeededConsole):
    answer = console.client.get(DEVICES)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "You have been signed out." in page
    assert "Sign out" not in page


def test_whoever_is_a_member_of_nothing_is_told_as_whom(console: SeededConsole):
    answer = console.get("/", caller=STRANGER)
    words = re.sub("<[^>]+>", "", answer.get_data(as_text=True))
    assert answer.status_code == 403
    assert f"You are signed in as {STRANGER}, which is not a member of any enterprise." in words


def test_a_member_of_one_enterprise_is_led_there(console: SeededConsole):
    answer = console.get("/")
    assert (answer.status_code, answer.location) == (303, f"/{ENTERPRISE}")


def test_a_member_of_several_chooses_by_name(console: SeededConsole):
    for enterprise, name in (("LC2", "Zoë"), ("LC3", "ann <b>")):
        console.put(f"enterprises/{enterprise}", {"display_name": name})
        member = next(iter(MEMBERS))
        console.put(f"enterprises/{enterprise}/members/{member}", {"email": member, "roles": ["viewer"]})
    page = console.page("/")
    found = re.findall(r'<a href="/(enterprises/[^"]+)"><bdi>(.*?)</bdi>', page)
    assert found == [("enterprises/LC3", "ann &lt;b&gt;"), (ENTERPRISE, "Demo"), ("enterprises/LC2", "Zoë")]


def log_lines(capture: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in capture.records if record.message == "page failed"]


def test_a_store_that_is_down_is_told_under_a_reference_that_the_log_has_too(
    console: SeededConsole, monkeypatch, caplog
):
    console.page(DEVICES)

    def down(_store, _names):
        raise TransientError("STORE_UNAVAILABLE", "secret detail")

    monkeypatch.setattr(SqliteStore, "get_many", down)
    answer = console.get(DEVICES)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "The store did not answer. Resets that were accepted go on without this page." in page
    assert "secret detail" not in page
    reference = re.search(r'class="mono">([0-9a-f]{8})<', page)[1]
    (line,) = log_lines(caplog)
    assert (line.reference, line.levelname, line.detail) == (reference, "ERROR", "secret detail")
    assert 'aria-label="Main"' in page


def test_a_fault_of_ours_is_told_without_its_text(console: SeededConsole, monkeypatch, caplog):
    def broken(*_arguments):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(ReadConsole, "devices", broken)
    answer = console.get(DEVICES)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "Something went wrong on our side." in page
    assert "secret detail" not in page
    reference = re.search(r'class="mono">([0-9a-f]{8})<', page)[1]
    (line,) = log_lines(caplog)
    assert line.reference == reference
    assert line.exc_info[0] is RuntimeError


def test_what_the_framework_refuses_inside_a_page_is_a_page_too(console: SeededConsole, monkeypatch):
    def missing(*_arguments):
        raise NotFound

    monkeypatch.setattr(ReadConsole, "devices", missing)
    answer = console.get(DEVICES)
    assert answer.status_code == 404
    assert "Nothing found here" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/v1/nothing", f"/v1/{ENTERPRISE}/nothing"])
def test_the_api_answers_its_errors_as_json(console: SeededConsole, path):
    answer = console.get(path)
    assert answer.status_code == 404
    assert answer.json["error"]["status"] == "NOT_FOUND"


def test_pages_take_no_other_method(console: SeededConsole):
    answer = console.client.post(DEVICES)
    assert answer.status_code == 405
    assert answer.headers["Allow"]


def test_foreign_text_in_an_address_stays_text(console: SeededConsole):
    page = console.get(f"{DEVICES}?pageToken={HOSTILE}").get_data(as_text=True)
    assert "<script>alert" not in page
