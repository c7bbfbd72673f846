"""``reset``: never a second one, and every end has its exit code."""

import json
import sys
from datetime import UTC, datetime

import pytest

from passcodectl import following, moments
from passcodectl.api import Api
from tests.passcodectl.fake_api import answering, device, lost_answer, refusal, refusing


def request_ids(api):
    return [body["requestId"] for body in api.posts()]


def test_a_reset_that_is_watched_to_its_end_exits_0(ctl, api):
    ended = ctl("reset", "a1", "--yes", "--wait", "--reason", "left in a taxi")
    assert ended.code == 0, ended.err
    assert "DONE, the phone acknowledged" in ended.out
    steps = [line.split()[2] for line in ended.out.splitlines() if line.lstrip().startswith("+")]
    assert steps == ["REQUESTED", "ISSUED", "DONE"]
    assert api.posts() == [{"requestId": request_ids(api)[0], "lockNow": True, "reason": "left in a taxi"}]


def test_a_lost_answer_is_asked_for_again_under_the_same_request_id(ctl, api):
    api.faults = [None, lost_answer, lost_answer]
    ended = ctl("reset", "a1", "--yes", "--wait")
    assert ended.code == 0, ended.err
    assert len(api.posts()) == 3
    assert len(set(request_ids(api))) == 1
    assert len(api.actions) == 1
    assert "gave no answer. Trying again" in ended.err


def test_an_api_that_is_away_for_a_moment_is_asked_again(ctl, api):
    api.faults = [None, refusing(503, "UNAVAILABLE"), answering(429, Retry_After="0"), answering(502)]
    assert ctl("reset", "a1", "--yes").code == 0
    assert len(api.posts()) == 4
    assert len(api.actions) == 1


def test_when_no_answer_ever_comes_the_request_id_is_told_and_repeats_the_request_word_by_word(ctl, api):
    api.faults = [None, *[lost_answer] * 5]
    ended = ctl(
        "reset", "a1", "--yes", "--reason", "it's lost", "--valid-for", "2h", "--no-lock-now", "--notify-user"
    )
    assert ended.code == 6
    assert "The reset may have been accepted." in ended.err
    command = ended.err.splitlines()[-1]
    assert command.strip() == (
        f"passcodectl reset a1 --request-id {request_ids(api)[0]} --reason 'it'\"'\"'s lost' --notify-user"
        " --valid-for 7200s --no-lock-now"
    )
    again = ctl("reset", "a1", "--yes", "--json", "--request-id", request_ids(api)[0])
    assert again.code == 0
    assert again.document["requestId"] == request_ids(api)[0]
    assert len(api.actions) == 1


def test_an_answer_that_was_lost_stays_in_doubt_whatever_becomes_of_the_next_attempt(ctl, api):
    refused = answering(401, b"Invalid IAP credentials: JWT has expired")
    for later, code in (
        ([refused], 4),
        ([refusing(403, "ROLE_REQUIRED", "This needs the role admin or resetter.")], 4),
        ([answering(503)] * 4, 6),
        ([answering(429, Retry_After="300")], 6),
    ):
        api.faults = [None, lost_answer, *later]
        ended = ctl("reset", "a1", "--yes", "--json")
        assert ended.code == code
        assert ended.error["message"].endswith(". The reset may have been accepted.")
        assert ended.error["accepted"] == "UNKNOWN"
        assert f"--request-id {request_ids(api)[-1]}" in ended.error["hint"]
    assert "It asks to be left alone for 5 min." in ended.error["hint"]


def test_whoever_is_no_member_any_more_during_the_watch_has_no_right_rather_than_no_reset(ctl, api):
    api.faults = [None, None, refusing(404, "NOT_FOUND")]
    ended = ctl("reset", "a1", "--yes", "--wait")
    assert ended.code == 4
    assert "The reset goes on." in ended.err


def test_an_answer_that_lacks_what_the_api_promises_leaves_open_what_became_of_it(ctl, api):
    api.faults = [None, answering(200, b"{}")]
    assert "may have been accepted" in ctl("reset", "a1", "--yes").err


def test_where_surely_nothing_was_accepted_nothing_else_is_said(ctl, api):
    api.faults = [None, *[answering(503)] * 5]
    ended = ctl("reset", "a1", "--yes", "--json")
    assert ended.code == 6
    assert "accepted" not in ended.err


def test_a_sign_in_that_ends_during_the_watch_loses_neither_the_reset_nor_how_to_go_on(ctl, api):
    api.faults = [None, None, answering(401, b"Invalid IAP credentials: JWT has expired")]
    ended = ctl("reset", "a1", "--yes", "--wait", "--json")
    (action,) = api.actions.values()
    assert ended.code == 4
    assert ended.error["action"] == action["name"]
    assert ended.error["message"].endswith("JWT has expired. The reset goes on.")
    assert f"status {action['name'].rpartition('/')[2]} --wait" in ended.error["hint"]


def test_the_request_id_is_in_the_json_of_the_failure(ctl, api):
    api.faults = [None, *[answering(504)] * 5]
    ended = ctl("reset", "a1", "--yes", "--json")
    assert (ended.code, ended.out) == (6, "")
    assert ended.error["requestId"] == request_ids(api)[0]
    assert ended.error["exitCode"] == 6


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        ("FAILED", 1, "The reset ended FAILED: INVALID_VALUE. The old passcode still works."),
        ("EXPIRED", 1, "The reset ended EXPIRED"),
        ("CANCELLED", 1, "The reset ended CANCELLED"),
        ("UNKNOWN", 8, "If neither opens it, reset it again."),
    ],
)
def test_every_other_end_has_its_exit_code_and_its_reason(ctl, api, status, code, says):
    api.course, api.end_reason = ["PENDING", status], {"code": "INVALID_VALUE", "message": ""}
    ended = ctl("reset", "a1", "--yes", "--wait")
    assert ended.code == code
    assert says in ended.err
    assert f"Status  {status}" in ended.out


def test_a_phone_that_never_answered_is_not_said_to_have_kept_its_passcode(ctl, api):
    api.course, api.end_reason = ["ISSUED", "EXPIRED"], {"code": "NO_ANSWER", "message": ""}
    ended = ctl("reset", "a1", "--yes", "--wait")
    assert ended.code == 1
    assert "still works" not in ended.out + ended.err
    assert "Should the old passcode fail, the new one was set: reveal it." in ended.err


def test_a_failed_reset_in_json_is_the_action_on_one_stream_and_the_reason_on_the_other(ctl, api):
    api.course, api.end_reason = ["FAILED"], {"code": "INVALID_VALUE", "message": "Too short."}
    ended = ctl("reset", "a1", "--yes", "--wait", "--json")
    assert ended.code == 1
    assert ended.document["statusReason"]["code"] == "INVALID_VALUE"
    assert ended.error["status"] == "FAILED"
    assert "Too short. [INVALID_VALUE]" in ended.error["message"]


def test_why_it_ended_fits_a_terminal_of_eighty_columns(ctl, api):
    why = "The device refused and gave no reason; often its user must unlock it once first."
    api.course, api.end_reason = ["FAILED"], {"code": "UNKNOWN", "message": why}
    lines = ctl("reset", "a1", "--yes", "--wait").out.splitlines()
    assert f" {why} [UNKNOWN] Asked" in " ".join(line.strip() for line in lines)
    assert max(map(len, lines)) < 80


def test_a_watch_that_ends_too_early_exits_7_and_says_how_to_go_on(ctl, api):
    api.course = ["PENDING"]
    ended = ctl("reset", "a1", "--yes", "--wait", "--timeout", "0s")
    action_id = next(iter(api.actions))
    assert ended.code == 7
    assert "The reset goes on until 24 Nov 21:40" in ended.err
    assert f"passcodectl status {action_id} --wait" in ended.err
    assert f"passcodectl cancel {action_id}" in ended.err


def test_a_reset_whose_time_is_over_is_not_said_to_go_on(ctl, api, monkeypatch):
    api.course = ["ISSUED"]
    monkeypatch.setattr(moments, "now", lambda: datetime(2026, 11, 24, 21, 41, tzinfo=UTC))
    ended = ctl("reset", "a1", "--yes", "--wait", "--timeout", "0s")
    assert ended.code == 7
    assert "It could run until 24 Nov 21:40 UTC; whether it did is still being found out." in ended.err


def test_an_outage_does_not_end_the_watch(ctl, api):
    api.faults = [None, None, *[answering(503)] * 7]
    ended = ctl("reset", "a1", "--yes", "--wait")
    assert ended.code == 0
    assert "The reset goes on; still looking." in ended.err


def test_an_outage_until_the_end_of_the_watch_exits_6(ctl, api):
    api.faults = [None, None, *[answering(503)] * 50]
    ended = ctl("reset", "a1", "--yes", "--wait", "--timeout", "0s")
    assert ended.code == 6
    assert "The reset goes on." in ended.err


def test_an_outage_does_not_make_the_watch_longer_than_was_told(ctl, api):
    api.faults = [None, None, *[answering(503, Retry_After="60")] * 50]
    ended = ctl("reset", "a1", "--yes", "--wait", "--timeout", "1s")
    assert ended.code == 6
    assert "The reset goes on." in ended.err
    assert "Trying again in 60" not in ended.err


def test_a_reset_that_runs_already_is_told_with_how_to_follow_it(ctl, api):
    running = "enterprises/LC01/actions/01MRUNNING"
    api.faults = [
        None,
        refusing(409, "RESET_IN_PROGRESS", "Only one.", action=running, until="2026-11-24T21:40:00Z"),
    ]
    ended = ctl("reset", "a1", "--yes")
    assert ended.code == 3
    assert "[RESET_IN_PROGRESS]" in ended.err
    assert "It runs until 24 Nov 21:40 UTC. Follow it: passcodectl status 01MRUNNING --wait" in ended.err


def test_a_reset_that_has_ended_and_holds_the_device_is_not_told_to_be_stopped(ctl, api):
    done = {"action": "enterprises/LC01/actions/01MDONE", "until": "2026-11-24T21:40:00Z", "status": "DONE"}
    api.faults = [None, refusing(409, "RESET_IN_PROGRESS", "An earlier reset has ended.", **done)]
    ended = ctl("reset", "a1", "--yes")
    assert ended.code == 3
    assert "by itself: by half an hour after 24 Nov 21:40 UTC" in ended.err
    assert "passcodectl events 01MDONE" in ended.err
    assert "cancel" not in ended.err
    assert "--wait" not in ended.err


def test_a_request_id_with_another_body_names_the_earlier_reset(ctl, api):
    api.faults = [None, refusing(409, "REQUEST_ID_REUSED", action="enterprises/LC01/actions/01MEARLIER")]
    ended = ctl("reset", "a1", "--yes", "--request-id", "mine")
    assert ended.code == 3
    assert "passcodectl status 01MEARLIER" in ended.err


def test_a_limit_of_the_enterprise_is_a_refusal_that_is_not_sat_out(ctl, api):
    status, headers, body = refusal(429, "TOO_MANY_RESETS", "You have started many resets.", retryAfter="2")
    api.faults = [None, answering(status, body, **headers, Retry_After="2")]
    ended = ctl("reset", "a1", "--yes")
    assert ended.code == 3
    assert "[TOO_MANY_RESETS]" in ended.err
    assert "Ask again in 2 s." in ended.err
    assert len(api.posts()) == 1


def test_a_role_that_may_not_exits_4(ctl, api):
    api.faults = [None, refusing(403, "ROLE_REQUIRED", "This needs the role admin or resetter.")]
    ended = ctl("reset", "a1", "--yes")
    assert ended.code == 4
    assert "admin or resetter" in ended.err


def test_a_fault_of_the_server_is_not_repeated_and_leaves_open_what_became_of_it(ctl, api):
    api.faults = [None, refusing(500, "INTERNAL", "Something went wrong on our side.")]
    ended = ctl("reset", "a1", "--yes")
    assert ended.code == 6
    assert len(api.posts()) == 1
    assert "may have been accepted" in ended.err


def test_without_a_terminal_nothing_is_reset_unasked(ctl, api):
    ended = ctl("reset", "a1")
    assert ended.code == 2
    assert "say --yes" in ended.err
    assert api.posts() == []


def test_yes_takes_no_search_for_a_name(ctl, api):
    ended = ctl("reset", "ada", "--yes")
    assert ended.code == 2
    assert "a1  Pixel 9" in ended.err
    assert api.posts() == []


@pytest.mark.parametrize("word", ["a1", "SA1", "sa1", "enterprises/LC01/devices/a1", "a1@example.com"])
def test_a_phone_is_named_exactly_by_id_serial_number_name_or_its_users_address(ctl, api, word):
    assert ctl("reset", word, "--yes").code == 0
    assert len(api.actions) == 1


def test_a_serial_number_that_begins_another_one_is_still_exact(ctl, api):
    api.add(device("b1", serialNumber="SA12"))
    assert ctl("reset", "SA1", "--yes").code == 0
    assert next(iter(api.actions.values()))["device"].endswith("/a1")


def test_an_address_with_two_phones_is_ambiguous(ctl, api):
    api.add(device("b1", user={"displayName": "Ada", "email": "a1@example.com", "locale": ""}))
    ended = ctl("reset", "a1@example.com", "--yes")
    assert ended.code == 5
    assert "2 devices fit" in ended.err
    assert "b1  Pixel 9" in ended.err
    assert api.posts() == []


def test_the_second_phone_of_an_address_may_stand_behind_many_similar_ones(ctl, api):
    api.add(
        *(device(f"x{n}", user={"displayName": "", "email": "a1@example.com.br", "locale": ""}) for n in range(9))
    )
    api.add(device("b1", user={"displayName": "Ada", "email": "a1@example.com", "locale": ""}))
    ended = ctl("reset", "a1@example.com", "--yes")
    assert ended.code == 5
    assert "2 devices fit" in ended.err
    assert api.posts() == []


def test_a_name_of_another_enterprise_is_refused_here(ctl, api):
    assert ctl("reset", "enterprises/LC02/devices/a1", "--yes").code == 2
    assert api.seen == []


class Terminal:
    """Standard input as a terminal where someone types."""

    def __init__(self, typed: str) -> None:
        self._lines = typed.splitlines(keepends=True)

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self._lines.pop(0) if self._lines else ""


@pytest.fixture
def typing(monkeypatch):
    def type_in(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", Terminal(text))
        monkeypatch.setattr(
            "click.termui.visible_prompt_func", lambda _prompt="": sys.stdin.readline().rstrip("\n")
        )

    return type_in


def test_a_person_sees_the_phone_and_is_asked(ctl, api, typing):
    typing("y\n")
    api.verdict["warnings"] = [{"code": "LOST", "message": "Stolen? Start lost mode first."}]
    ended = ctl("reset", "ada", "--json")
    assert ended.code == 0
    assert "Ada Okonkwo <a1@example.com>" in ended.err
    assert "Stolen? Start lost mode first." in ended.err
    assert json.loads(ended.out)["status"] == "PENDING"


def test_no_means_no(ctl, api, typing):
    typing("n\n")
    assert ctl("reset", "a1").code == 130
    assert api.posts() == []


def test_what_would_be_refused_is_not_asked_for(ctl, api, typing):
    typing("y\n")
    api.verdict |= {"eligible": False, "blockers": [{"code": "GONE", "message": "This device left management."}]}
    ended = ctl("reset", "a1")
    assert ended.code == 3
    assert "- This device left management. [GONE]" in ended.err
    assert api.posts() == []


def test_a_repeat_is_let_through_although_its_own_reset_runs(ctl, api, typing):
    typing("y\n")
    api.verdict |= {"eligible": False, "blockers": [{"code": "IN_PROGRESS", "message": "It runs."}]}
    assert ctl("reset", "a1", "--request-id", "mine").code == 0


def test_ctrl_c_while_asking_leaves_the_request_id(ctl, api, monkeypatch):
    ask = Api.reset

    def interrupted(*arguments):
        ask(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Api, "reset", interrupted)
    ended = ctl("reset", "a1", "--yes")
    assert ended.code == 130
    assert f"--request-id {request_ids(api)[0]}" in ended.err


def test_ctrl_c_while_watching_says_that_the_reset_goes_on(ctl, api, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    api.course = ["PENDING"]
    monkeypatch.setattr(following.Follower, "_show_new", interrupt)
    ended = ctl("reset", "a1", "--yes", "--wait")
    assert ended.code == 130
    assert "Stopped watching. The reset goes on." in ended.err
    assert f"passcodectl cancel {next(iter(api.actions))}" in ended.err
