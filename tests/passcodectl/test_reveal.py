"""``reveal``: a passcode goes to one pair of eyes or to one program, and nowhere else."""

import json

import pytest

from passcodectl.api import Api
from passcodectl.commands import reveal as command
from tests.passcodectl.fake_api import NAME, PASSCODE, answering, lost_answer, refusing


@pytest.fixture
def action_id(ctl, api):
    assert ctl("reset", "a1", "--yes").code == 0
    api.seen.clear()
    return next(iter(api.actions))


def revealed(**facts):
    content = {"passcode": PASSCODE, "supersededBy": None, "uncertain": None, "expireTime": None, **facts}
    return answering(200, json.dumps(content).encode())


def test_the_bare_passcode_is_printed_where_that_is_asked_for(ctl, api, action_id):
    ended = ctl("reveal", action_id, "--reason", "badge checked", "--print", "-v")
    assert (ended.code, ended.out) == (0, f"{PASSCODE}\n")
    assert PASSCODE not in ended.err
    assert api.seen[-1] == (
        "POST", f"/v1/enterprises/LC01/passcodes/{action_id}:reveal", {"reason": "badge checked"}
    )  # fmt: skip


def test_json_is_asked_for_too(ctl, action_id):
    assert ctl("reveal", action_id, "--reason", "badge checked", "--json").document["passcode"] == PASSCODE


def test_without_a_screen_and_unasked_no_passcode_is_even_read(ctl, api, action_id):
    ended = ctl("reveal", action_id, "--reason", "badge checked")
    assert ended.code == 2
    assert "--print" in ended.err
    assert api.seen == []


def test_a_reason_is_required(ctl, api, action_id):
    assert ctl("reveal", action_id, "--print").code == 2
    assert api.seen == []


def test_on_a_screen_it_stands_apart_grouped_and_spelled(ctl, api, action_id, monkeypatch):
    pages = []
    monkeypatch.setattr(command, "_has_screen", lambda: True)
    monkeypatch.setattr(command, "show_and_forget", pages.append)
    newer, other = f"{NAME}/actions/01MNEWER", f"{NAME}/actions/01MOTHER"
    api.faults = [None, revealed(supersededBy=newer, uncertain=other, expireTime="2026-11-23T21:40:00Z")]
    ended = ctl("reveal", action_id, "--reason", "badge checked")
    assert ended.code == 0
    assert PASSCODE not in ended.out + ended.err
    (page,) = pages
    assert page[0] == "Pixel 9 · SA1 of Ada Okonkwo <a1@example.com>"
    assert "    K7q 4Tz" in page
    assert "    K7q  capital kilo, seven, small quebec" in page
    assert any("01MNEWER" in line for line in page)
    assert any("01MOTHER" in line for line in page)


def test_a_passcode_of_digits_is_not_spelled(ctl, api, action_id, monkeypatch):
    pages = []
    monkeypatch.setattr(command, "_has_screen", lambda: True)
    monkeypatch.setattr(command, "show_and_forget", pages.append)
    api.faults = [None, revealed(passcode="48151623")]
    assert ctl("reveal", action_id, "--reason", "badge checked").code == 0
    assert "    4815 1623" in pages[0]
    assert "four" not in " ".join(pages[0])


def test_a_doubt_about_the_passcode_is_told_beside_a_bare_one(ctl, api, action_id):
    api.faults = [None, revealed(uncertain=f"{NAME}/actions/01MOTHER")]
    ended = ctl("reveal", action_id, "--reason", "badge checked", "--print")
    assert ended.out == f"{PASSCODE}\n"
    assert "01MOTHER" in ended.err


@pytest.mark.parametrize("fault", [lost_answer, refusing(503, "UNAVAILABLE", "The key does not answer.")])
def test_a_reading_is_not_repeated_by_itself_for_each_one_is_audited_and_counts(ctl, api, action_id, fault):
    """Regression: a 503 was asked again four times, so two calls while the key was away used up ten readings."""
    api.faults = [None, fault]
    ended = ctl("reveal", action_id, "--reason", "badge checked", "--print")
    assert ended.code == 6
    assert "Asking again is another reading." in ended.err
    assert len(api.seen) == 2


def test_ctrl_c_while_asking_says_that_the_reading_may_be_logged(ctl, action_id, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Api, "reveal", interrupted)
    ended = ctl("reveal", action_id, "--reason", "badge checked", "--print")
    assert (ended.code, ended.out) == (130, "")
    assert "Asking again is another reading." in ended.err


@pytest.mark.parametrize("passcode", ["", None, 1234, "\x1b[2J", "12\n34", "пароль"])
def test_what_cannot_be_a_passcode_is_not_shown(ctl, api, action_id, passcode):
    api.faults = [None, revealed(passcode=passcode)]
    ended = ctl("reveal", action_id, "--reason", "badge checked", "--print")
    assert (ended.code, ended.out) == (6, "")


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [(400, "PASSCODE_NOT_AVAILABLE", 3), (410, "PASSCODE_DESTROYED", 3), (403, "ROLE_REQUIRED", 4)],
)
def test_a_refusal_is_told_with_its_reason(ctl, api, action_id, *, status, reason, code):
    api.faults = [None, refusing(status, reason, "It is not there.")]
    ended = ctl("reveal", action_id, "--reason", "badge checked", "--print")
    assert (ended.code, ended.out) == (code, "")
    assert reason in ended.err
