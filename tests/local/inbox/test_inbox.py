"""The inbox: takes what SendGrid takes, shows it harmlessly, plays faults, keeps nothing."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import requests

from local.inbox import mailbox as mailbox_module
from local.inbox.mailbox import FaultKind, Mailbox
from local.inbox.server import Inbox, running
from local.ports import free_ports

BEARER = {"Authorization": "Bearer SG.x"}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with running() as inbox:
        yield inbox


def body(**changes: Any) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": "admin@example.com"}]}],
        "from": {"email": "noreply@example.com"},
        "subject": "New passcode",
        "content": [
            {"type": "text/plain", "value": "4827 1963"},
            {"type": "text/html", "value": "<b>4827 1963</b>"},
        ],
    } | changes


def post(inbox: Inbox, content: Any, headers: dict[str, str] = BEARER) -> requests.Response:
    return requests.post(f"{inbox.url}/v3/mail/send", json=content, headers=headers, timeout=60)


def get(inbox: Inbox, path: str, **options: Any) -> requests.Response:
    return requests.get(inbox.url + path, timeout=60, **options)


def plan(inbox: Inbox, wish: Any) -> requests.Response:
    return requests.post(f"{inbox.url}/_inbox/faults", json=wish, timeout=60)


def test_a_letter_is_taken_and_listed(inbox: Inbox) -> None:
    answer = post(inbox, body())
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["X-Message-Id"]
    (listed,) = get(inbox, "/_inbox/messages").json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", listed.pop("receivedAt"))
    assert listed == {
        "to": "admin@example.com",
        "subject": "New passcode",
        "text": "4827 1963",
        "html": "<b>4827 1963</b>",
    }


def test_each_recipient_is_a_letter_with_its_own_subject(inbox: Inbox) -> None:
    groups = [
        {"to": [{"email": "a@example.com"}, {"email": "b@example.com"}]},
        {"to": [{"email": "c@example.com"}], "subject": "Own"},
    ]
    assert post(inbox, body(personalizations=groups)).status_code == 202
    listed = [(letter["to"], letter["subject"]) for letter in get(inbox, "/_inbox/messages").json()]
    assert listed == [
        ("a@example.com", "New passcode"),
        ("b@example.com", "New passcode"),
        ("c@example.com", "Own"),
    ]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic x"}])
def test_without_a_key_nothing_is_taken(inbox: Inbox, headers: dict[str, str]) -> None:
    answer = post(inbox, body(), headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"]
    assert inbox.letters() == []


TEXT = {"type": "text/plain", "value": "x"}
HTML = {"type": "text/html", "value": "x"}


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ([], None),
        (None, None),
        (body(**{"from": None}), "from.email"),
        (body(**{"from": {"email": "nobody"}}), "from.email"),
        (body(personalizations=[]), "personalizations"),
        (body(personalizations=["x"]), "personalizations.0.to"),
        (body(personalizations=[{"to": []}]), "personalizations.0.to"),
        (body(personalizations=[{"to": [{"email": "a@b.c, d@e.f"}]}]), "personalizations.0.to.0.email"),
        (body(personalizations=[{"to": [{"email": "a@example.com"}] * 1001}]), "personalizations"),
        (body(subject=""), "subject"),
        (body(content=[]), "content"),
        (body(content=["x"]), "content.0.type"),
        (body(content=[{"type": "text/plain", "value": ""}]), "content.0.value"),
        (body(content=[HTML, TEXT]), "content"),
        (body(content=[TEXT, TEXT]), "content"),
    ],
)
def test_a_body_that_sendgrid_refuses_is_refused(inbox: Inbox, content: Any, field: str | None) -> None:
    answer = post(inbox, content)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert inbox.letters() == []


def test_one_body_alone_is_enough(inbox: Inbox) -> None:
    post(inbox, body(content=[TEXT]))
    post(inbox, body(content=[HTML]))
    assert [(letter.text, letter.html) for letter in inbox.letters()] == [("x", ""), ("", "x")]
    assert get(inbox, "/messages/1").text.count("This mail has none.") == 1
    assert get(inbox, "/messages/2").text.count("This mail has none.") == 1


def test_letters_can_be_forgotten(inbox: Inbox) -> None:
    post(inbox, body())
    assert requests.delete(f"{inbox.url}/_inbox/messages", timeout=60).status_code == 204
    assert get(inbox, "/_inbox/messages").json() == []
    assert get(inbox, "/messages/1").status_code == 404


def test_only_the_newest_thousand_are_kept() -> None:
    mailbox = Mailbox()
    for number in range(mailbox_module.MAX_LETTERS + 5):
        mailbox.add("a@example.com", str(number), "x", "x")
    assert len(mailbox.letters()) == mailbox_module.MAX_LETTERS
    assert mailbox.letters()[0].number == 6


@pytest.mark.parametrize(
    ("kind", "status"), [("http_401", 401), ("http_429", 429), ("http_500", 500), ("refuse_address", 400)]
)
def test_a_planned_refusal_happens_as_often_as_planned(inbox: Inbox, kind: str, status: int) -> None:
    assert plan(inbox, {"kind": kind, "count": 2}).json() == {"kind": kind, "count": 2}
    assert [post(inbox, body()).status_code for _ in range(3)] == [status, status, 202]
    assert (len(inbox.letters()), inbox.requests) == (1, 3)


def test_a_refused_address_is_told_as_sendgrid_tells_it(inbox: Inbox) -> None:
    inbox.fault("refuse_address")
    (error,) = post(inbox, body()).json()["errors"]
    assert error["field"] == "personalizations.0.to.0.email"


def test_a_dropped_connection_has_taken_the_letter(inbox: Inbox) -> None:
    inbox.fault("drop_after_accept")
    with pytest.raises(requests.ConnectionError):
        post(inbox, body())
    assert len(inbox.letters()) == 1


def test_a_hanging_request_ends_with_the_inbox() -> None:
    ended: list[str] = []

    def wait() -> None:
        with pytest.raises(requests.ConnectionError):
            requests.post(url, json=body(), headers=BEARER, timeout=60)
        ended.append("cut")

    with running() as inbox:
        url = f"{inbox.url}/v3/mail/send"
        inbox.fault("hang")
        client = threading.Thread(target=wait)
        client.start()
        while inbox.requests == 0:
            get(inbox, "/health")
        assert ended == []
    client.join(timeout=60)
    assert ended == ["cut"]
    assert inbox.letters() == []


def test_count_zero_clears_the_plan(inbox: Inbox) -> None:
    inbox.fault("http_500", 5)
    assert plan(inbox, {"kind": "http_500", "count": 0}).status_code == 200
    assert post(inbox, body()).status_code == 202


@pytest.mark.parametrize(
    "wish", [{"kind": "fire"}, {}, [], {"kind": "hang", "count": "many"}, {"kind": "hang", "count": -1}]
)
def test_a_fault_that_does_not_exist_is_refused(inbox: Inbox, wish: Any) -> None:
    assert plan(inbox, wish).status_code == 400
    assert post(inbox, body()).status_code == 202


def test_all_kinds_of_faults_are_known() -> None:
    assert set(FaultKind) == {"http_401", "http_429", "http_500", "hang", "drop_after_accept", "refuse_address"}


def test_health_answers(inbox: Inbox) -> None:
    assert get(inbox, "/health").json() == {"status": "ok"}


def test_the_list_shows_the_newest_first_and_escapes(inbox: Inbox) -> None:
    assert "No mails yet" in get(inbox, "/").text
    post(inbox, body(subject="first <script>alert(1)</script>"))
    post(inbox, body(subject="second"))
    page = get(inbox, "/").text
    assert page.index("second") < page.index("first")
    assert "2 mails" in page
    assert "<script" not in page
    assert "first &lt;script&gt;" in page


def test_a_letter_is_shown_in_a_frame_without_rights_beside_its_text(inbox: Inbox) -> None:
    evil = '"></iframe><script>alert(1)</script>'
    post(inbox, body(content=[{"type": "text/plain", "value": evil}, {"type": "text/html", "value": evil}]))
    answer = get(inbox, "/messages/1")
    assert "<script" not in answer.text
    frame = re.search(r'<iframe [^>]*sandbox="([^"]*)"[^>]*srcdoc="([^"]*)"', answer.text)
    assert frame is not None
    assert "allow-scripts" not in frame[1]
    assert "allow-same-origin" not in frame[1]
    assert unescape(frame[2]).endswith(evil)


def test_pages_allow_no_script_and_are_not_stored(inbox: Inbox) -> None:
    post(inbox, body())
    for path in ("/", "/messages/1", "/_inbox/messages", "/nothing"):
        headers = get(inbox, path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"


def test_what_is_not_there_is_told_in_the_form_of_the_path(inbox: Inbox) -> None:
    page, answer = get(inbox, "/messages/7"), get(inbox, "/_inbox/nothing")
    assert (page.status_code, answer.status_code) == (404, 404)
    assert "This mail is not here" in page.text
    assert answer.json()["errors"][0]["message"] == "Not Found"


@pytest.mark.parametrize("path", ["/", "/_inbox/messages"])
def test_a_foreign_name_for_this_machine_reads_nothing(inbox: Inbox, path: str) -> None:
    post(inbox, body())
    answer = get(inbox, path, headers={"Host": "rebound.example.com"})
    assert answer.status_code == 400
    assert "4827" not in answer.text


def test_the_inbox_listens_on_this_machine_only(inbox: Inbox) -> None:
    assert inbox.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_stops_cleanly_when_told_and_prints_no_letter(number: signal.Signals) -> None:
    port = next(free_ports())
    process = subprocess.Popen(
        [sys.executable, "-m", "local.inbox"],
        env=os.environ | {"INBOX_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    sent = requests.post(f"http://127.0.0.1:{port}/v3/mail/send", json=body(), headers=BEARER, timeout=60)
    process.send_signal(number)
    rest, errors = process.communicate(timeout=60)
    assert sent.status_code == 202
    assert (first, rest, errors, process.returncode) == (f"inbox on http://127.0.0.1:{port}\n", "", "", 0)


def test_a_port_that_is_no_number_is_told() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local.inbox"],
        env=os.environ | {"INBOX_PORT": "many"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "INBOX_PORT" in ended.stderr
