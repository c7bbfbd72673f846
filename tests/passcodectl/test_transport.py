"""What comes between the program and the API: IAP, proxies, certificates, redirects, silence."""

import gzip
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.ports import free_ports
from passcodectl.address import parse_address
from passcodectl.errors import UnavailableError
from passcodectl.transport import ATTEMPTS, MAX_RETRY_AFTER_S, Transport
from tests.contract.tls_server import distrusted
from tests.passcodectl.fake_api import TOKEN, answering, lost_answer, refusing

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def transport(api, bare_environment, pauses):
    made = Transport(parse_address(api.url), lambda: TOKEN, answer_within_s=60, pause=pauses.append)
    yield made
    made.close()


def devices(transport, **more):
    return transport.call("GET", "/v1/enterprises/LC01/devices", query={"pageSize": "1"}, **more)


def test_retry_after_is_obeyed(transport, api, pauses):
    api.faults = [refusing(503, "UNAVAILABLE"), answering(503, Retry_After="7"), answering(429, Retry_After="60")]
    assert devices(transport)["devices"]
    assert pauses[1:] == [7.0, 60.0]


def test_a_server_that_wants_more_patience_than_a_person_has_is_not_called_early(transport, api, pauses):
    api.faults = [answering(503, Retry_After=str(int(MAX_RETRY_AFTER_S) + 1))]
    with pytest.raises(UnavailableError):
        devices(transport)
    assert pauses == []


def test_the_attempts_are_bounded_and_further_and_further_apart(transport, api, pauses, monkeypatch):
    monkeypatch.setattr("passcodectl.transport.FIRST_PAUSE_S", 1.0)
    api.faults = [answering(503)] * 20
    with pytest.raises(UnavailableError):
        devices(transport)
    assert len(api.seen) == ATTEMPTS
    assert pauses == sorted(pauses)
    assert all(base <= pause <= 1.25 * base for base, pause in zip((1, 2, 4, 8), pauses, strict=True))


@pytest.mark.parametrize("fault", [answering(503), refusing(503, "UNAVAILABLE"), answering(429), lost_answer])
def test_what_counts_each_time_is_not_repeated_where_it_may_have_arrived(transport, api, pauses, fault):
    api.faults = [fault]
    with pytest.raises(UnavailableError):
        devices(transport, each_counts=True)
    assert len(api.seen) == 1
    assert pauses == []


def test_what_counts_each_time_is_repeated_where_it_reached_nobody(bare_environment, pauses):
    address = parse_address(f"http://127.0.0.1:{next(free_ports())}")
    nobody = Transport(address, lambda: TOKEN, answer_within_s=60, pause=pauses.append)
    with pytest.raises(UnavailableError, match="cannot be reached"):
        devices(nobody, each_counts=True)
    nobody.close()
    assert len(pauses) == ATTEMPTS - 1


def test_silence_is_an_answer_that_was_lost(api, bare_environment, pauses):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = parse_address(f"http://127.0.0.1:{silent.getsockname()[1]}")
        quiet = Transport(address, lambda: TOKEN, answer_within_s=0.05, pause=pauses.append)
        with pytest.raises(UnavailableError, match="gave no answer") as failure:
            devices(quiet)
        quiet.close()
    assert failure.value.lost
    assert len(pauses) == ATTEMPTS - 1


def test_where_nobody_listens_nothing_was_sent(bare_environment, pauses):
    address = parse_address(f"http://127.0.0.1:{next(free_ports())}")
    nobody = Transport(address, lambda: TOKEN, answer_within_s=60, pause=pauses.append)
    with pytest.raises(UnavailableError, match="cannot be reached") as failure:
        devices(nobody)
    nobody.close()
    assert not failure.value.lost


def test_a_certificate_that_nobody_vouches_for_gets_no_token(bare_environment, pauses):
    with distrusted() as server:
        stranger = Transport(parse_address(server.url), lambda: TOKEN, answer_within_s=60, pause=pauses.append)
        with pytest.raises(UnavailableError, match="certificate") as failure:
            devices(stranger)
        stranger.close()
    assert server.received == b""
    assert pauses == []
    assert failure.value.reason == "BAD_CERTIFICATE"


def test_tls_that_fails_otherwise_is_no_bad_certificate_and_no_proof_that_nothing_was_sent(
    api, bare_environment, pauses
):
    address = parse_address(api.url.replace("http:", "https:"))
    plain = Transport(address, lambda: TOKEN, answer_within_s=60, pause=pauses.append)
    with pytest.raises(UnavailableError, match="WRONG_VERSION_NUMBER") as failure:
        devices(plain)
    plain.close()
    assert (failure.value.reason, failure.value.lost) == ("TLS", True)


@pytest.mark.parametrize(
    ("setting", "host", "says"),
    [
        ("REQUESTS_CA_BUNDLE=/nonexistent", "console.invalid", "Nothing was sent: Could not find"),
        ("HTTPS_PROXY=socks5://127.0.0.1:9", "console.invalid", "see HTTPS_PROXY"),
        ("PASSCODECTL_TOKEN=x", "a..invalid", "https://a..invalid cannot be reached."),
    ],
)
def test_a_wrong_setting_is_told_and_is_no_fault_of_the_program(run, monkeypatch, setting, host, says):
    monkeypatch.setenv("PASSCODECTL_TOKEN", TOKEN)
    monkeypatch.setenv(*setting.split("=", 1))
    ended = run("devices", "--url", f"https://{host}", "--enterprise", "LC01")
    assert ended.code == 6
    assert says in ended.err


def test_netrc_does_not_replace_the_token(ctl, api, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert ctl("devices").code == 0
    assert api.headers[0]["authorization"] == f"Bearer {TOKEN}"


def test_a_proxy_is_not_used_to_this_very_machine(ctl, api, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert ctl("devices").code == 0


def test_a_proxy_is_used_to_elsewhere_and_a_broken_one_is_named(run, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("PASSCODECTL_TOKEN", TOKEN)
    ended = run("devices", "--url", "https://console.invalid", "--enterprise", "LC01")
    assert ended.code == 6
    assert "The proxy on the way to https://console.invalid" in ended.err


def test_a_redirect_is_not_followed_and_means_not_signed_in(ctl, api):
    api.faults = [answering(302, Location="https://accounts.google.com/o/oauth2/v2/auth?x=y")]
    ended = ctl("devices")
    assert ended.code == 4
    assert "sends us on to accounts.google.com" in ended.err
    assert len(api.seen) == 1


def test_iaps_own_401_is_told_from_the_apis(ctl, api, monkeypatch):
    api.faults = [answering(401, b"Invalid IAP credentials: JWT signature is invalid", Content_Type="text/html")]
    ended = ctl("devices", "--json")
    assert ended.code == 4
    assert ended.error["reason"] == "IAP_REFUSED_TOKEN"
    assert "JWT signature is invalid" in ended.error["message"]
    monkeypatch.setenv("PASSCODECTL_TOKEN", "another")
    ended = ctl("devices", "--json")
    assert (ended.code, ended.error["reason"]) == (4, "UNAUTHENTICATED")


def test_iaps_own_403_names_the_role_that_is_missing(ctl, api):
    api.faults = [answering(403, b"<html>You don't have access</html>", Content_Type="text/html")]
    ended = ctl("devices")
    assert ended.code == 4
    assert "roles/iap.httpsResourceAccessor" in ended.err


@pytest.mark.parametrize(
    "fault",
    [
        answering(200, b"<html>Welcome</html>"),
        answering(200, b"[]"),
        answering(200, b'{"devices": []}'),
        answering(404, b"nothing here"),
        answering(200, b'{"a":' * 100_000),
        answering(500, b'{"error": "x"}'),
        answering(404, b'{"error": {"details": [{"domain": "somebody-else"}]}}'),
    ],
)
def test_what_is_not_the_api_is_named_as_such_and_asked_once(ctl, api, fault):
    api.faults = [fault]
    ended = ctl("devices")
    assert ended.code == 6
    assert "[NOT_THE_API]" in ended.err
    assert len(api.seen) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_end_is_given_up(ctl, api, monkeypatch, packed):
    monkeypatch.setattr("passcodectl.transport.MAX_ANSWER", 1 << 16)
    body, more = b" " * (1 << 22), {}
    if packed:
        body, more = gzip.compress(body), {"Content_Encoding": "gzip"}
    api.faults = [answering(200, body, **more)]
    ended = ctl("devices")
    assert ended.code == 6
    assert "more than the API ever says" in ended.err


def test_an_answer_that_breaks_off_is_asked_for_again(ctl, api):
    api.faults = [answering(200, b'{"devices": [', Content_Length="100")]
    assert ctl("devices").code == 0
    assert len(api.seen) == 2


def test_words_of_the_server_cannot_act_on_the_terminal(ctl, api):
    api.faults = [refusing(400, "BAD\x1b]0;title\x07", "\x1b[2Jgone \N{RIGHT-TO-LEFT OVERRIDE}txt")]
    ended = ctl("devices")
    assert ended.code == 3
    assert "\\x1b[2Jgone \\u202etxt" in ended.err
    assert "\x1b" not in ended.err


def test_verbose_tells_each_request_and_no_secret(ctl, api):
    ended = ctl("devices", "ada", "-v")
    assert "GET /v1/enterprises/LC01/devices: 200 OK in " in ended.err
    assert TOKEN not in ended.err
    assert "ada" not in ended.err


def test_a_reader_that_stops_reading_ends_the_program_quietly(api):
    api.devices = {f"d{number:04}": api.devices["a1"] for number in range(3000)}
    command = f"{sys.executable} -m passcodectl devices --all --json | head -1; echo ${{PIPESTATUS[0]}}"
    environment = {"PASSCODECTL_URL": api.url, "PASSCODECTL_ENTERPRISE": "LC01", "PASSCODECTL_TOKEN": TOKEN}
    told = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "141"
    assert told.stderr == ""
