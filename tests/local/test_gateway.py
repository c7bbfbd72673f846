"""The gateway in process, before real stand-in functions on loopback."""

import socket
import stat
import threading
from collections.abc import Iterator

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from werkzeug.serving import make_server
from werkzeug.test import Client

from local.gateway.__main__ import _Handler, main
from local.gateway.app import Gateway
from local.gateway.config import BEHIND_GATEWAY, GatewayConfig, from_environ
from local.gateway.forward import MAX_BODY
from local.gateway.keys import load_signer
from local.gateway.routes import function_for
from local.gateway.sessions import COOKIE, PERSONAS
from local.ports import free_ports
from shared.services.token_issuers import IAP_ISSUER

ASSERTION = "x-goog-iap-jwt-assertion"
RESET = "/v1/enterprises/LC00demo/devices/d1:resetPasscode"


@pytest.fixture
def functions(make_upstream) -> dict:
    return {name: make_upstream() for name in BEHIND_GATEWAY}


@pytest.fixture
def signer(tmp_path):
    return load_signer(tmp_path / "keys" / "gateway.pem")


@pytest.fixture
def gateway(functions, signer, tmp_path) -> Gateway:
    targets = {name: upstream.url for name, upstream in functions.items()}
    audiences = {name: f"/projects/0/global/backendServices/{name}" for name in functions}
    return Gateway(GatewayConfig(0, targets, audiences, tmp_path / "unused.pem"), signer)


@pytest.fixture
def client(gateway) -> Client:
    return Client(gateway)


def token_of(client: Client, email: str) -> str:
    return client.get(f"/_local/token?email={email}").json["token"]


def bearer(client: Client, email: str = "admin@example.com") -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(client, email)}"}


def sign_in(client: Client, email: str = "admin@example.com", following: str = "/devices"):
    return client.post("/_local/signin", data={"email": email, "next": following})


def header(upstream, name: str) -> list[str]:
    return [value for key, value in upstream.requests[-1]["headers"] if key == name]


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("POST", "/v1/enterprises/LC0/passcodes/01J:reveal", "reveal_passcode"),
        ("GET", "/v1/enterprises/LC0/passcodes/01J", "reveal_passcode"),
        ("POST", "/v1/enterprises/LC0/passcodes/01J/x", "reset_passcode"),
        ("POST", "/v1/enterprises/a/b/passcodes/01J:reveal", "reset_passcode"),
        ("GET", "/v1/enterprises/LC0/devices", "console"),
        ("GET", "/v1/enterprises/LC0/devices/d:checkReset", "console"),
        ("POST", RESET, "reset_passcode"),
        ("PATCH", "/v1/enterprises/LC0/devices/d", "reset_passcode"),
        ("DELETE", "/v1/x", "reset_passcode"),
        ("GET", "/_session/reset", "reset_passcode"),
        ("GET", "/_session/reveal", "reveal_passcode"),
        ("GET", "/_session/resetter", "console"),
        ("GET", "/", "console"),
        ("POST", "/enterprises/LC0/devices", "console"),
        ("GET", "/v1", "console"),
        ("GET", "/v10/enterprises/LC0/passcodes/x", "console"),
    ],
)
def test_the_url_map_picks_the_function(method, path, function):
    assert function_for(method, path) == function


def test_a_bearer_token_becomes_the_assertion_of_the_target_function(client, functions, signer):
    client.post(RESET, json={}, headers=bearer(client, "resetter@example.com"))
    (assertion,) = header(functions["reset_passcode"], ASSERTION)
    (key,) = jwt.PyJWKSet.from_dict(client.get("/_local/jwks").json).keys
    claims = jwt.decode(
        assertion,
        key,
        algorithms=["ES256"],
        audience="/projects/0/global/backendServices/reset_passcode",
        issuer=IAP_ISSUER,
    )
    assert claims["email"] == "resetter@example.com"
    assert claims["sub"].startswith("accounts.google.com:")
    assert claims["exp"] - claims["iat"] == 600
    assert jwt.get_unverified_header(assertion)["kid"] == signer.jwks()["keys"][0]["kid"]
    assert "d" not in signer.jwks()["keys"][0]


def test_a_session_token_is_no_assertion(client, signer):
    claims = jwt.decode(token_of(client, "admin@example.com"), options={"verify_signature": False})
    assert claims["iss"] != IAP_ISSUER
    assert claims["exp"] - claims["iat"] == 3600
    with pytest.raises(ValueError, match="not a session"):
        signer.read_session(signer.assertion("admin@example.com", "/projects/0/global/backendServices/console"))


@pytest.mark.parametrize("value", ["Bearer x.y.z", "Bearer ", "Basic YTpi", "nonsense"])
def test_a_bad_token_is_refused_in_the_shape_of_the_api(client, functions, value):
    answer = client.post(RESET, headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.json["error"]["status"] == "UNAUTHENTICATED"
    assert answer.json["error"]["code"] == 401
    assert functions["reset_passcode"].requests == []


def test_a_token_of_another_key_is_refused(client, tmp_path):
    foreign = load_signer(tmp_path / "other.pem").session("admin@example.com", "s")
    assert client.get("/v1/x", headers={"Authorization": f"Bearer {foreign}"}).status_code == 401


def test_headers_that_only_the_front_end_may_set_never_come_through(client, functions):
    headers = {
        **bearer(client),
        "X-Goog-IAP-JWT-Assertion": "forged",
        "X-Goog-Authenticated-User-Email": "accounts.google.com:admin@example.com",
        "Connection": "keep-alive, X-Secret-Hop",
        "X-Secret-Hop": "1",
        "Keep-Alive": "timeout=5",
        "TE": "trailers",
        "X-Requested-With": "XMLHttpRequest",
        "Origin": "http://localhost:8080",
    }
    client.post(RESET, json={"a": 1}, headers=headers)
    upstream = functions["reset_passcode"]
    assert len(header(upstream, ASSERTION)) == 1
    assert header(upstream, ASSERTION) != ["forged"]
    for gone in ("authorization", "x-goog-authenticated-user-email", "x-secret-hop", "keep-alive", "te"):
        assert header(upstream, gone) == []
    assert header(upstream, "x-requested-with") == ["XMLHttpRequest"]
    assert header(upstream, "origin") == ["http://localhost:8080"]
    assert upstream.requests[-1]["body"] == b'{"a": 1}'


def test_a_forged_assertion_of_a_nobody_is_taken_away(client, functions):
    client.post(RESET, headers={"x-goog-iap-jwt-assertion": "forged"})
    assert header(functions["reset_passcode"], ASSERTION) == []


def test_the_client_address_is_appended_as_the_balancer_does(client, functions):
    client.get("/v1/x", headers={"X-Forwarded-For": "6.6.6.6"}, environ_base={"REMOTE_ADDR": "127.0.0.9"})
    assert header(functions["console"], "x-forwarded-for") == ["6.6.6.6,127.0.0.9,127.0.0.1"]
    assert header(functions["console"], "x-forwarded-proto") == ["http"]
    assert header(functions["console"], "host") == ["localhost"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/x"), ("POST", RESET), ("POST", "/devices")])
def test_without_a_persona_the_function_gives_its_own_401(client, functions, method, path):
    for upstream in functions.values():
        upstream.reply = lambda _request: (401, [("Content-Type", "application/json")], b'{"error": {}}')
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.data) == (401, b'{"error": {}}')


def test_without_a_persona_a_page_leads_to_the_choice_and_back(client, functions):
    answer = client.get("/devices?query=a%26b")
    assert answer.status_code == 302
    chooser = client.get(answer.headers["Location"])
    assert 'value="/devices?query=a%26b"' in chooser.text
    assert all(email in chooser.text for email in PERSONAS)
    assert functions["console"].requests == []


def test_a_chosen_persona_is_remembered_by_a_cookie_that_no_function_sees(client, functions):
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/devices")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    client.set_cookie("theme", "dark")
    client.get("/devices")
    assert len(header(functions["console"], ASSERTION)) == 1
    assert header(functions["console"], "cookie") == ["theme=dark"]
    assert "signed in now" in client.get("/_local/").text


@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "/\\evil.example", "", "/a\nb"])
def test_sign_in_leads_nowhere_else(client, place):
    assert sign_in(client, following=place).headers["Location"] == "/"


def test_only_personas_get_tokens_and_sessions(client):
    assert client.get("/_local/token?email=root@example.com").status_code == 400
    assert client.get("/_local/token").status_code == 400
    assert sign_in(client, "root@example.com").status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/_local/signout"), ("GET", "/devices?gcp-iap-mode=CLEAR_LOGIN_COOKIE")]
)
def test_signing_out_forgets_the_persona(client, method, path):
    sign_in(client)
    assert client.open(path, method=method).status_code == 303
    assert client.get_cookie(COOKIE) is None
    assert client.get("/devices").status_code == 302


def test_an_expired_session_refuses_a_post_in_words_of_its_own_until_it_is_renewed(client, functions):
    sign_in(client)
    assert client.post("/_local/expire-session").json == {"expired": "admin@example.com"}
    refused = client.post(RESET)
    assert refused.status_code == 401
    assert not refused.is_json
    assert client.get("/v1/x", headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 401
    assert all(upstream.requests == [] for upstream in functions.values())
    away = client.get("/devices/d1?x=1")
    assert away.headers["Location"].startswith("/_local/renew?")
    assert client.get(away.headers["Location"]).headers["Location"] == "/devices/d1?x=1"
    assert client.post(RESET).status_code == 200


def test_only_the_session_that_was_expired_is_refused(gateway):
    one, other = Client(gateway), Client(gateway)
    for client in (one, other):
        sign_in(client)
    one.post("/_local/expire-session")
    assert one.post(RESET).status_code == 401
    assert other.post(RESET).status_code == 200


def test_a_nobody_can_neither_expire_nor_renew(client):
    assert client.post("/_local/expire-session").status_code == 401
    assert client.post("/_local/expire-session", headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get("/_local/renew?next=/a").headers["Location"] == "/_local/?next=%2Fa"


def test_a_foreign_host_name_gets_no_token(client):
    answer = client.get("/_local/token?email=admin@example.com", headers={"Host": "rebound.example:8080"})
    assert answer.status_code == 421
    assert client.get("/health", headers={"Host": "[::1]"}).json == {"status": "ok"}


def test_the_gateway_has_no_other_paths_of_its_own(client, functions):
    assert client.get("/_local/secrets").status_code == 404
    assert client.get("/_local").status_code == 404
    assert functions["console"].requests == []


def test_the_answer_comes_back_whole_without_headers_of_the_hop(client, functions):
    functions["console"].reply = lambda _request: (
        404,
        [
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
            ("Keep-Alive", "timeout=9"),
            ("Connection", "X-Hop"),
            ("X-Hop", "1"),
            ("Cache-Control", "no-store"),
        ],
        b"<p>none</p>",
    )
    answer = client.get("/v1/x")
    assert (answer.status_code, answer.data) == (404, b"<p>none</p>")
    assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {"Keep-Alive", "Connection", "X-Hop", "Server", "Date"} & set(answer.headers.keys())


def test_the_path_is_passed_on_as_it_came(client, functions):
    sign_in(client)
    client.get("/v1/enterprises/LC%2F0/devices?query=%C3%A4%20b&x=")
    assert functions["console"].requests[-1]["path"] == "/v1/enterprises/LC%2F0/devices?query=%C3%A4%20b&x="


def test_a_function_that_is_down_is_reported_as_unavailable(client, functions, gateway, capsys):
    gateway._config.targets["reset_passcode"] = f"http://127.0.0.1:{next(free_ports())}"
    answer = client.post(RESET, headers=bearer(client))
    assert answer.status_code == 502
    assert answer.json["error"]["status"] == "UNAVAILABLE"
    assert "did not answer" in capsys.readouterr().err


def test_a_function_that_hangs_up_is_called_once_only(client, functions):
    def hang_up(_request):
        raise ConnectionAbortedError

    functions["reset_passcode"].reply = hang_up
    assert client.post(RESET).status_code == 502
    assert len(functions["reset_passcode"].requests) == 1


@pytest.fixture
def address(gateway) -> Iterator[tuple[str, int]]:
    server = make_server("127.0.0.1", 0, gateway, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield "127.0.0.1", server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def exchange(address, request: bytes, body: bytes = b"") -> bytes:
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(request.replace(b"\n", b"\r\n"))
        connection.sendall(body)
        return connection.makefile("rb").read()


def post_head(length: int) -> bytes:
    return f"POST {RESET} HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: {length}\n\n".encode()


def test_a_large_body_reaches_the_function(address, functions):
    body = b"x" * 10 * 2**20
    answer = exchange(address, post_head(len(body)), body)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert functions["reset_passcode"].requests[-1]["body"] == body


def test_a_refusal_given_before_the_body_was_read_reaches_the_caller(address, functions):
    functions["reset_passcode"].reads_body = False
    functions["reset_passcode"].reply = lambda _request: (413, [], b"too large")
    answer = exchange(address, post_head(10), b"x" * 10)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_beyond_the_platform_limit_is_refused_by_the_gateway(client, functions):
    answer = client.post(RESET, data=b"x" * (MAX_BODY + 1))
    assert answer.status_code == 413
    assert answer.json["error"]["code"] == 413
    assert functions["reset_passcode"].requests == []


def test_a_body_in_chunks_arrives_whole(address, functions):
    head = f"POST {RESET} HTTP/1.1\nHost: localhost\nConnection: close\nTransfer-Encoding: chunked\n\n".encode()
    exchange(address, head, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert functions["reset_passcode"].requests[-1]["body"] == b"abcde"


def test_an_absolute_request_target_is_routed_by_its_path(address, functions):
    exchange(address, b"GET http://localhost:8080/v1/x?y=1 HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert functions["console"].requests[-1]["path"] == "/v1/x?y=1"


def test_the_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "deep" / "gateway.pem"
    first = load_signer(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_signer(path).jwks() == first.jwks()


def test_a_key_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "ed.pem"
    path.write_bytes(
        ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(TypeError, match="elliptic"):
        load_signer(path)


def test_all_faults_of_the_environment_are_named_together():
    with pytest.raises(ValueError, match="GATEWAY_TARGETS lacks") as fault:
        from_environ({"DEMO_PORT": "x", "GATEWAY_TARGETS": "{}", "GATEWAY_AUDIENCES": "[]"})
    for part in ("DEMO_PORT is not", "GATEWAY_AUDIENCES is not a JSON object", "GATEWAY_KEY_FILE"):
        assert part in str(fault.value)


def test_the_environment_is_read(tmp_path):
    whole = '{"console": "a", "reset_passcode": "b", "reveal_passcode": "c"}'
    config = from_environ(
        {"GATEWAY_TARGETS": whole, "GATEWAY_AUDIENCES": whole, "GATEWAY_KEY_FILE": str(tmp_path / "k")}
    )
    assert config.port == 8080
    assert config.targets["reveal_passcode"] == "c"
    with pytest.raises(ValueError, match="not JSON"):
        from_environ({"GATEWAY_KEY_FILE": "k", "GATEWAY_AUDIENCES": whole})


def test_the_program_names_the_faults_of_its_environment(monkeypatch, capsys):
    monkeypatch.delenv("GATEWAY_KEY_FILE", raising=False)
    assert main() == 2
    assert "GATEWAY_KEY_FILE is not set" in capsys.readouterr().err
