"""``devices``, ``device``, ``log``, ``events``, ``status``, ``cancel``, ``whoami``."""

import time

import pytest

from passcodectl import ctl as ctl_module
from passcodectl.api import DOORS
from passcodectl.inert import width
from shared.runtime import session_page
from tests.passcodectl.fake_api import answering, device, refusal


@pytest.fixture
def action_id(ctl, api):
    assert ctl("reset", "a1", "--yes").code == 0
    return next(iter(api.actions))


def test_devices_are_a_table_of_eighty_columns_whatever_they_are_called(ctl, api):
    long = "Maximiliane von und zu Hohenlohe-Langenburg-Schillingsfürst der Dritte"
    api.add(
        device(
            "b" * 16, model="Very Long Model Name Of 2026", user={"displayName": long, "email": "", "locale": ""}
        ),
        device("c1", model="\x1b[31m", user={"displayName": "李小龙" * 9, "email": "", "locale": ""}),
        device("d1", user=None, openAction={"name": "enterprises/LC01/actions/01M", "status": "ISSUED"}),
    )
    ended = ctl("devices")
    lines = ended.out.splitlines()
    assert lines[0].split() == ["DEVICE", "MODEL", "SERIAL", "USER", "SEEN", "RESET"]
    assert max(map(width, lines)) <= 80
    assert lines[2].startswith("b" * 16 + "  ")
    assert "\\x1b[31m" in lines[3]
    assert lines[4].endswith("ISSUED")


def test_a_list_ends_where_it_was_told_and_says_that_there_is_more(ctl, api):
    api.add(*(device(f"x{number}") for number in range(5)))
    api.page_size = 2
    ended = ctl("devices", "--limit", "3")
    assert len(ended.out.splitlines()) == 1 + 3
    assert "The first 3 are shown" in ended.err
    whole = ctl("devices", "--all")
    assert len(whole.out.splitlines()) == 1 + 6
    assert whole.err == ""


def test_pages_are_read_only_as_far_as_they_are_wanted(ctl, api):
    api.add(*(device(f"x{number}") for number in range(9)))
    api.page_size = 2
    assert len(ctl("devices", "--json", "--limit", "2").rows) == 2
    assert len(api.seen) == 1


def test_an_empty_page_may_have_a_next_one(ctl, api):
    api.faults = [answering(200, b'{"devices": [], "nextPageToken": "0"}')]
    assert [row["serialNumber"] for row in ctl("devices", "--json").rows] == ["SA1"]


def test_a_device_is_shown_with_what_stands_against_a_reset(ctl, api):
    api.verdict |= {"eligible": False, "blockers": [{"code": "GONE", "message": "This device left management."}]}
    ended = ctl("device", "SA1")
    assert ended.code == 0
    assert "Ada Okonkwo <a1@example.com>" in ended.out
    assert "A reset would be refused:\n- This device left management. [GONE]" in ended.out
    document = ctl("device", "SA1", "--json").document
    assert document["device"]["name"].endswith("/a1")
    assert document["verdict"]["eligible"] is False


def test_an_unknown_device_exits_5(ctl):
    ended = ctl("device", "nothing")
    assert ended.code == 5
    assert "fits 'nothing'" in ended.err


def test_many_candidates_are_told_as_many(ctl, api):
    api.add(*(device(f"x{number}") for number in range(20)))
    ended = ctl("device", "pixel")
    assert ended.code == 5
    assert "More than 8 devices fit" in ended.err
    assert len(ended.err.splitlines()) == 1 + 8 + 1


def test_the_log_is_newest_first_and_can_be_filtered(ctl, api, action_id):
    api.add(device("b1"))
    api.course = ["ISSUED"]
    ctl("reset", "b1", "--yes")
    rows = ctl("log", "--json").rows
    assert [row["device"].rpartition("/")[2] for row in rows] == ["b1", "a1"]
    assert [row["status"] for row in ctl("log", "--status", "issued", "--json").rows] == ["ISSUED"]
    assert "Pixel 9 · SA1" in ctl("log").out
    assert ctl("log", "--status", "FAILED").out == "No reset fits.\n"


def test_the_log_passes_its_filters_on(ctl, api, monkeypatch):
    asked = []
    monkeypatch.setattr(
        type(api),
        "list_actions",
        lambda _self, *, query, **_: asked.append(query) or refusal(400, "INVALID_PARAMETER"),
    )
    monkeypatch.setattr(
        "tests.passcodectl.fake_api.ROUTES", (("GET", "actions", lambda api, **more: api.list_actions(**more)),)
    )
    monkeypatch.setenv("TZ", "Europe/Rome")
    time.tzset()
    ended = ctl("log", "--actor", "a@example.com", "--from", "2026-10-25", "--to", "2026-11-02T03:00:00Z")
    assert ended.code == 3
    (query,) = asked
    assert query == {
        "actor": "a@example.com",
        "from": "2026-10-25T00:00:00+02:00",
        "to": "2026-11-02T03:00:00+00:00",
        "pageSize": "200",
    }
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize("word", ["yesterday", "2026-13-01", "9999-12-31T23:59-24:00", ""])
def test_what_is_no_time_is_a_wrong_command_line(ctl, api, word):
    ended = ctl("log", "--from", word)
    assert ended.code == 2
    assert "is no time such as 2026-11-23" in ended.err
    assert api.seen == []


def test_who_asked_is_in_the_log_where_there_is_room(ctl, action_id, monkeypatch):
    assert "script@example" not in ctl("log").out
    monkeypatch.setattr(ctl_module.Ctl, "columns", 120)
    assert "script@example.iam.gserviceaccount.com" in ctl("log").out


def test_status_without_wait_is_a_reading_and_exits_0_for_every_status(ctl, api, action_id):
    api.course = ["FAILED"]
    ended = ctl("status", action_id)
    assert ended.code == 0
    assert "FAILED, nothing ran; the old passcode still works" in ended.out


def test_status_with_wait_tells_the_end(ctl, api, action_id):
    api.course = ["PENDING", "ISSUED", "UNKNOWN"]
    assert ctl("status", f"enterprises/LC01/actions/{action_id}", "--wait").code == 8


@pytest.mark.parametrize("word", ["no/such", "enterprises/LC02/actions/01M", "__x", "a" * 129])
def test_what_cannot_be_a_resets_id_never_reaches_the_api(ctl, api, word):
    assert ctl("status", word).code == 2
    assert api.seen == []


def test_an_unknown_reset_exits_5(ctl):
    assert ctl("status", "01MNONE").code == 5


def test_events_are_the_steps_with_their_distance(ctl, api, action_id):
    ended = ctl("events", action_id)
    assert "Asked for 23 Nov 21:40 UTC" in ended.out
    assert "+1.0 s  REQUESTED" in ended.out
    assert [row["type"] for row in ctl("events", action_id, "--json").rows] == ["REQUESTED"]


def test_a_wish_to_cancel_is_recorded(ctl, api, action_id):
    ended = ctl("cancel", action_id)
    assert ended.code == 0
    assert "it was asked to be withdrawn" in ended.out


@pytest.mark.parametrize(("end", "code"), [("CANCELLED", 0), ("DONE", 1), ("FAILED", 1), ("UNKNOWN", 8)])
def test_a_watched_cancel_exits_0_only_where_it_was_withdrawn(ctl, api, action_id, end, code):
    api.course = ["ISSUED", end]
    ended = ctl("cancel", action_id, "--wait")
    assert ended.code == code
    assert (end == "DONE") == ("the phone took its passcode" in ended.err)


def test_a_cancel_that_is_watched_too_briefly_exits_7(ctl, api, action_id):
    api.course = ["ISSUED"]
    assert ctl("cancel", action_id, "--wait", "--timeout", "0s").code == 7


def test_mails_that_will_never_go_are_not_told(ctl, api, action_id):
    letter = {"recipient": "ADMIN", "email": "a@example.com", "provider": None, "sendTime": None, "reason": None}
    api.actions[action_id] |= {
        "deliveries": [{**letter, "status": "PENDING"}],
        "notice": {**letter, "status": "FAILED", "reason": "MAIL_TIMED_OUT"},
    }
    assert "PENDING to a@example.com" in ctl("status", action_id).out
    api.course = ["FAILED"]
    out = ctl("status", action_id).out
    assert "PENDING" not in out
    assert "FAILED to a@example.com (MAIL_TIMED_OUT)" in out


def test_whoami_tries_the_sign_in(ctl, api):
    ended = ctl("whoami")
    assert ended.code == 0
    assert "a token out of PASSCODECTL_TOKEN" in ended.out
    assert "read, reset, reveal" in ended.out
    assert ctl("whoami", "--json").document == {
        "url": api.url,
        "enterprise": "LC01",
        "signedInAs": "a token out of PASSCODECTL_TOKEN",
        "comesThroughTo": ["read", "reset", "reveal"],
    }


def to_a_sign_in(_api, _carry_out):
    return 302, {"Location": "https://accounts.google.com/o/oauth2/v2/auth"}, b""


@pytest.mark.parametrize(("before", "door"), [(1, "reset"), (2, "reveal")])
@pytest.mark.parametrize("closed", [answering(401), answering(200), to_a_sign_in])
def test_whoami_says_which_way_iap_closes(ctl, api, closed, before, door):
    """Each backend has a sign-in of its own, so reading may work where the night finds that resetting does not."""
    api.faults = [*[None] * before, closed]
    ended = ctl("whoami", "--json")
    assert ended.code in {4, 6}
    assert ended.error["door"] == door
    assert f"Reading works; this was the way to {door}." in ended.error["message"]
    assert not api.posts()


def test_the_doors_are_the_pages_that_the_functions_have():
    assert {"reset": session_page.RESET, "reveal": session_page.REVEAL} == DOORS


def test_whoever_is_no_member_has_no_right_rather_than_no_luck(ctl):
    ended = ctl("whoami", "--enterprise", "LC02")
    assert ended.code == 4
    assert "LC02 is no enterprise, or does not know you" in ended.err


def test_a_fault_of_the_program_is_no_failed_reset(ctl, monkeypatch):
    def broken(*_):
        raise RuntimeError("inside")

    monkeypatch.setattr("passcodectl.commands.whoami.fields", broken)
    ended = ctl("whoami")
    assert ended.code == 70
    assert "Traceback" not in ended.err
    assert "RuntimeError: inside" in ctl("whoami", "-v").err


def test_ctrl_c_is_one_line_where_a_program_reads(ctl, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("passcodectl.commands.whoami.fields", interrupted)
    ended = ctl("whoami", "--json")
    assert ended.code == 130
    assert ended.err.count("\n") == 1
    assert ended.error["reason"] == "STOPPED"


def test_colours_are_for_terminals_that_want_them(ctl, api, action_id, monkeypatch):
    class Screen:
        @staticmethod
        def isatty():
            return True

    for name, value, coloured in (("TERM", "xterm", True), ("TERM", "dumb", False), ("NO_COLOR", "1", False)):
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv(name, value)
        with monkeypatch.context() as patch:
            patch.setattr(ctl_module.sys, "stdout", Screen)
            assert ctl_module.colourful() is coloured
    assert "\x1b" not in ctl("log").out


def test_an_empty_enterprise_and_an_empty_search_are_told_in_words(ctl, api):
    assert ctl("log").out == "Nothing was reset yet.\n"
    assert ctl("log", "--from", "2026-11-01").out == "No reset fits.\n"
    assert ctl("devices", "nobody").out == "No device fits.\n"
    api.devices.clear()
    assert ctl("devices").out == "There are no devices.\n"


def test_a_device_tells_the_reset_that_runs_and_the_last_one(ctl, api):
    running = {"name": "enterprises/LC01/actions/01MNOW", "status": "ISSUED"}
    api.add(device("b1", user=None, openAction=running, latestAction="enterprises/LC01/actions/01MNOW"))
    out = ctl("device", "b1").out
    assert "Running     01MNOW ISSUED" in out
    assert "Last reset  01MNOW" in out
    assert "User        nobody known" in out


def test_a_reset_that_can_be_revealed_says_how(ctl, api, action_id):
    api.actions[action_id] |= {"passcodeAvailable": True, "reason": "left in a taxi"}
    out = ctl("status", action_id).out
    assert f"Passcode     passcodectl reveal {action_id} --reason" in out
    assert "For          left in a taxi" in out


@pytest.mark.parametrize(("time", "told"), [("21:43:00", "+3 min"), ("23:41:00", "+2.0 h"), ("21:40:01", "+1.0 s")])
def test_distances_grow_coarser(ctl, api, action_id, time, told):
    api.history[action_id][0]["time"] = f"2026-11-23T{time}Z"
    api.history[action_id][0]["details"] = {"code": "X", "attempt": "1\n2"}
    out = ctl("events", action_id).out
    assert told in out
    assert r"attempt=1\n2 code=X" in out


def test_no_duration_is_a_wrong_command_line(ctl, api, action_id):
    ended = ctl("status", action_id, "--wait", "--timeout", "soon")
    assert ended.code == 2
    assert "is no duration such as 90s" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [["log", "--status", "gone"], ["log", "--bogus"], ["log", "--limit", "0"], ["reset"], ["status", "a/b"]],
)
def test_a_wrong_command_line_is_json_where_a_program_reads(ctl, arguments):
    for words in (["--json", *arguments], [*arguments, "--json"]):
        ended = ctl(*words)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.count("\n") == 1
        assert ended.error["exitCode"] == 2
        assert ended.error["reason"] == "USAGE"


def test_sentences_about_a_device_fit_eighty_columns(ctl, api):
    api.verdict |= {"scopeSentence": "Only the lock of the work profile changes. " * 3}
    assert max(map(len, ctl("device", "a1").out.splitlines())) < 80
