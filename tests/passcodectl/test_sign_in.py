"""Who a call signs in as: impersonation, a token, a person of the laptop stack."""

import io
import json
import shlex
import sys
import warnings

import google.auth.exceptions
import google.oauth2.credentials
import pytest

from passcodectl import impersonation, signin
from passcodectl.address import parse_address
from passcodectl.errors import CtlError, UnavailableError
from passcodectl.exits import Exit
from passcodectl.impersonation import LIFETIME_S, RENEWED_BEFORE_S, Impersonation
from passcodectl.signin import LaptopSignIn
from tests.passcodectl.fake_api import ENTERPRISE, TOKEN, answering, lost_answer

ACCOUNT = "night@my-project.iam.gserviceaccount.com"
CONSOLE = parse_address("https://console.example.com")


def signed(token=TOKEN):
    return answering(200, json.dumps({"keyId": "k", "signedJwt": token}).encode())


@pytest.fixture
def caller():
    return google.oauth2.credentials.Credentials(token="the caller's own")


@pytest.fixture
def now():
    return [1_800_000_000.0]


@pytest.fixture
def account(api, caller, now, bare_environment):
    return Impersonation(ACCOUNT, CONSOLE, credentials=caller, endpoint=api.url, clock=lambda: now[0])


def claims(api, place=-1):
    return json.loads(api.seen[place][2]["payload"])


def test_the_token_is_signed_in_the_accounts_name_for_the_console_and_all_below_it(api, account, now):
    api.faults = [signed()]
    assert account() == TOKEN
    assert api.seen[0][:2] == ("POST", f"/v1/projects/-/serviceAccounts/{ACCOUNT}:signJwt")
    assert api.headers[0]["authorization"] == "Bearer the caller's own"
    told = claims(api)
    assert {name: told[name] for name in ("iss", "sub", "aud")} == {
        "iss": ACCOUNT, "sub": ACCOUNT, "aud": "https://console.example.com/*"
    }  # fmt: skip
    assert told["iat"] <= now[0] < told["exp"]
    assert told["exp"] - told["iat"] <= LIFETIME_S == 3600


def test_a_token_is_kept_and_renewed_before_it_runs_out(api, account, now):
    api.faults = [signed("first"), signed("second")]
    assert [account(), account()] == ["first", "first"]
    now[0] = claims(api)["exp"] - RENEWED_BEFORE_S - 1
    assert account() == "first"
    now[0] += 1
    assert account() == "second"
    assert claims(api)["exp"] > now[0]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_account_that_one_may_not_sign_as_is_no_access(api, account, status):
    api.faults = [answering(status, b'{"error": {}}')]
    with pytest.raises(CtlError) as failure:
        account()
    assert failure.value.exit is Exit.NO_ACCESS
    assert "roles/iam.serviceAccountTokenCreator" in " ".join(failure.value.hint)


def test_google_itself_says_what_is_missing(api, account):
    sentence = "IAM Service Account Credentials API has not been used in project 42 before\nor it is disabled."
    api.faults = [answering(403, json.dumps({"error": {"code": 403, "message": sentence}}).encode())]
    with pytest.raises(CtlError) as failure:
        account()
    assert "Google says: IAM Service Account Credentials API has not been used in project 42 before or it is" in (
        failure.value.message
    )


def test_a_warning_about_the_callers_quota_project_does_not_come_between(run, api, monkeypatch, tmp_path):
    def default(scopes):
        warnings.warn("end user credentials without a quota project", stacklevel=1)
        raise google.auth.exceptions.DefaultCredentialsError

    monkeypatch.setattr("google.auth.default", default)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ended = run("devices", "--url", api.url, "--enterprise", "LC01", "--impersonate", ACCOUNT, "--json")
    assert ended.error["reason"] == "NO_CREDENTIALS"


def test_credentials_that_cannot_be_read_are_none(run, api, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path))
    ended = run("devices", "--url", api.url, "--enterprise", "LC01", "--impersonate", ACCOUNT, "--json")
    assert (ended.code, ended.error["reason"]) == (4, "NO_CREDENTIALS")


class Renewal(google.oauth2.credentials.Credentials):
    """Credentials whose renewal fails as google-auth lets it fail."""

    def __init__(self, fault, cause=None):
        super().__init__(token=None)
        self.fault, self.cause = fault, cause

    def refresh(self, _request):
        raise self.fault from self.cause


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (google.auth.exceptions.RefreshError("internal_failure", retryable=True), None),
        (google.auth.exceptions.RefreshError("metadata"), google.auth.exceptions.TransportError("silence")),
        (google.auth.exceptions.TransportError("silence"), None),
    ],
)
def test_a_renewal_that_google_was_away_for_is_no_refusal(api, bare_environment, fault, cause):
    with pytest.raises(UnavailableError):
        Impersonation(ACCOUNT, CONSOLE, credentials=Renewal(fault, cause), endpoint=api.url)()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_google_being_away_is_no_refusal(api, account, status):
    # google-auth itself asks again on some of these.
    api.faults = [answering(status)] * 20
    with pytest.raises(UnavailableError):
        account()


def test_silence_of_google_is_no_refusal(api, account):
    api.faults = [lost_answer] * 20
    with pytest.raises(UnavailableError):
        account()


def test_an_answer_without_a_token_is_no_sign_in(api, account):
    api.faults = [answering(200, b"[]")]
    with pytest.raises(CtlError) as failure:
        account()
    assert failure.value.exit is Exit.NO_ACCESS


def test_credentials_that_ran_out_are_told_with_the_way_to_new_ones(api, account):
    api.faults = [answering(401)]
    with pytest.raises(CtlError) as failure:
        account()
    assert failure.value.reason == "NO_CREDENTIALS"
    assert "gcloud auth application-default login" in failure.value.hint[0]


def test_the_whole_program_signs_in_by_impersonation(run, api, caller, monkeypatch):
    monkeypatch.setattr("google.auth.default", lambda scopes: (caller, scopes))
    monkeypatch.setattr(impersonation, "ENDPOINT", api.url)
    api.faults = [signed()]
    ended = run("devices", "--url", api.url, "--enterprise", "LC01", "--impersonate", ACCOUNT, "--json")
    assert ended.code == 0, ended.err
    assert claims(api, 0)["aud"] == f"{api.url}/*"
    assert api.headers[1]["authorization"] == f"Bearer {TOKEN}"


def test_no_google_credentials_at_all_exits_4(run, api, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    ended = run("devices", "--url", api.url, "--enterprise", "LC01", "--impersonate", ACCOUNT)
    assert ended.code == 4
    assert "gcloud auth application-default login" in ended.err


def test_google_auth_is_imported_only_where_it_is_used():
    import subprocess  # noqa: PLC0415  # beside its only use

    code = "import sys, passcodectl.program; print(sorted(n for n in sys.modules if n.startswith('google.auth')))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["devices"], "Say who you are"),
        (["devices", "--laptop", "--impersonate", ACCOUNT], "Choose one way to sign in"),
        (["devices", "--laptop", "--url", "https://console.example.com"], "--url is elsewhere"),
        (["devices", "--impersonate", ACCOUNT], "Say where: --url"),
        (["devices", "--impersonate", ACCOUNT, "--url", "https://console.example.com"], "Say which enterprise"),
        (
            ["devices", "--impersonate", "me@example.com", "--url", "https://c.example.com", "--enterprise", "L"],
            "a service account ends in",
        ),
        (["devices", "--impersonate", ACCOUNT, "--url", "http://c.example.com"], "must travel by https"),
        (["devices", "--laptop", "--enterprise", "a/b"], "no enterprise such as"),
        (["devices", "--token-file", "/nonexistent", "--url", "https://c.example.com"], "cannot be read"),
    ],
)
def test_an_incomplete_or_contrary_choice_is_a_wrong_command_line(run, arguments, says):
    ended = run(*arguments)
    assert ended.code == 2
    assert says in ended.err


def test_two_ways_in_the_environment_are_contrary_too_but_the_command_line_decides(ctl, api, monkeypatch, tmp_path):
    monkeypatch.setenv("PASSCODECTL_IMPERSONATE", ACCOUNT)
    assert ctl("devices").code == 2
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert ctl("devices", "--token-file", str(file)).code == 0
    assert ctl("--token-file", str(file), "devices").code == 0


def test_a_token_can_come_from_standard_input(run, api, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
    assert run("devices", "--url", api.url, "--enterprise", "LC01", "--token-file", "-").code == 0


def test_a_token_that_a_person_types_is_not_shown(run, api, monkeypatch):
    asked = []
    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: asked.append(prompt) or TOKEN)
    ended = run("devices", "--url", api.url, "--enterprise", "LC01", "--token-file", "-")
    assert ended.code == 0, ended.err
    assert len(asked) == 1
    assert TOKEN not in ended.out + ended.err


class Keyboard(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("token", [" ", "two words", "line\nbreak", "ünicode"])
def test_what_is_no_token_is_never_sent(ctl, api, monkeypatch, token):
    monkeypatch.setenv("PASSCODECTL_TOKEN", token)
    assert ctl("devices").code == 4
    assert api.seen == []


def test_the_command_line_wins_over_the_environment_and_the_later_place_over_the_earlier(ctl, api):
    assert ctl("--enterprise", "LC02", "devices", "--enterprise", "LC01").code == 0
    assert ctl("devices", "--enterprise", "LC02").code == 5


def laptop_answer(token):
    return answering(200, json.dumps({"token": token}).encode())


def test_the_laptops_tokens_are_renewed_in_time(api, bare_environment):
    moment = [0.0]
    person = LaptopSignIn(parse_address(api.url), "viewer", clock=lambda: moment[0])
    api.faults = [laptop_answer("first"), laptop_answer("second")]
    assert [person(), person()] == ["first", "first"]
    moment[0] = signin.LAPTOP_TOKEN_S + 1
    assert person() == "second"
    assert person.email == "viewer@example.com"


def test_a_person_whom_the_laptop_does_not_know_exits_4(run, api):
    api.faults = [answering(400)]
    ended = run("devices", "--laptop", "--as", "nobody", "--url", api.url)
    assert ended.code == 4
    assert "nobody@example.com" in ended.err


@pytest.mark.parametrize("fault", [answering(200, b"hello"), answering(404, b"{}"), lost_answer])
def test_where_no_laptop_stack_runs_it_says_so(run, api, fault):
    api.faults = [fault]
    ended = run("devices", "--laptop", "--url", api.url)
    assert ended.code == 6
    assert "Is `make demo` running?" in ended.err


def test_a_command_that_is_told_says_again_what_the_command_line_said(api, run, tmp_path, monkeypatch):
    monkeypatch.setenv("PASSCODECTL_URL", api.url)
    monkeypatch.setenv("PASSCODECTL_ENTERPRISE", "LC0other")
    file = tmp_path / "a token"
    file.write_text(TOKEN)
    ended = run("reset", "a1", "--yes", "--enterprise", ENTERPRISE, "--token-file", str(file))
    (told,) = (line for line in ended.out.splitlines() if line.startswith("Follow it: "))
    words = shlex.split(told.removeprefix("Follow it: "))
    assert words[:5] == ["passcodectl", "--enterprise", ENTERPRISE, "--token-file", str(file)]
    assert run(*words[1:]).code == 0


def test_a_command_that_is_told_repeats_no_variable(ctl, api):
    ended = ctl("reset", "a1", "--yes")
    assert "Follow it: passcodectl status " in ended.out
