"""Calls are counted for the environment's project, but for the one that refuses to be."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import google.auth
import pytest
from google.auth.compute_engine import Credentials as MachineCredentials
from google.oauth2.credentials import Credentials

from infra.bootstrap import __main__ as program
from tests.infra.google_cloud import PROJECT

HEADER = "X-Goog-User-Project"


@pytest.fixture
def google_of_headers(monkeypatch):
    """Every API on loopback; yields what each path was asked with."""
    seen = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen[self.path] = self.headers.get(HEADER)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(program, "ENDPOINTS", dict.fromkeys(program.ENDPOINTS, url))
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("of_login", [None, "another-project"])
def test_who_you_are_is_asked_without_a_project(google_of_headers, monkeypatch, of_login):
    """Regression: Google refuses that question where a project is named, so no person came past the first step."""
    login = Credentials("a-token", quota_project_id=of_login)
    monkeypatch.setattr(google.auth, "default", lambda **_given: (login, None))
    api, account = program._google(PROJECT)
    api.call("openid", "GET", "/v1/userinfo")
    api.call("pubsub", "GET", "/v1/topic")
    assert (google_of_headers, account) == ({"/v1/userinfo": None, "/v1/topic": PROJECT}, "")


def test_an_account_of_a_machine_tells_who_it_is(monkeypatch):
    machine = MachineCredentials(service_account_email=f"operator@{PROJECT}.iam.gserviceaccount.com")
    monkeypatch.setattr(google.auth, "default", lambda **_given: (machine, None))
    assert program._google(PROJECT)[1] == f"operator@{PROJECT}.iam.gserviceaccount.com"
