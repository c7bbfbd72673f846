"""Tokens: without one nothing is sent, and a refused one is not answered by sending again."""

import pytest
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from shared.adapters.android_management import transport
from shared.domain.errors import (
    NotSentError,
    UnauthorisedError,
)
from tests.contract.android_management.commands import FakeCredentials, issue_failure
from tests.contract.raw_server import answering, http


def test_401_is_not_answered_by_sending_again_with_a_new_token(make_client):
    credentials = FakeCredentials()
    with answering(http("401 Unauthorized", b"{}")) as server:
        assert type(issue_failure(make_client(server.url, credentials=credentials))) is UnauthorisedError
        assert (server.posts, credentials.refreshes) == (1, 1)
        assert b"authorization: bearer token-1" in server.requests[0].lower()


def test_without_credentials_on_loopback_no_token_is_sent(make_client):
    with answering(http("404 Not Found", b"{}")) as server:
        issue_failure(make_client(server.url))
        assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (RefreshError("invalid_grant"), UnauthorisedError),
        (DefaultCredentialsError("none"), UnauthorisedError),
        (RefreshError("busy", retryable=True), NotSentError),
        (TransportError("no route"), NotSentError),
        (ConnectionResetError(), NotSentError),
    ],
)
def test_without_a_token_nothing_is_sent(make_client, failure, error):
    with answering(http("200 OK")) as server:
        assert type(issue_failure(make_client(server.url, credentials=FakeCredentials(failure)))) is error
        assert server.requests == []


def test_a_token_server_that_did_not_answer_is_no_refusal(make_client):
    failure = RefreshError("metadata server")
    failure.__cause__ = TransportError("timed out")
    client = make_client("https://amapi.invalid", credentials=FakeCredentials(failure))
    assert type(issue_failure(client)) is NotSentError


def test_a_token_that_took_too_long_leaves_no_time_to_send(make_client, monkeypatch):
    monkeypatch.setattr(transport, "TOKEN_TIMEOUT_S", -1.0)
    with answering(http("200 OK")) as server:
        error = issue_failure(make_client(server.url, credentials=FakeCredentials()))
        assert (type(error), error.reason, server.requests) == (NotSentError, "TOKEN_TIMEOUT", [])


def test_the_environments_credentials_are_looked_for_at_the_first_call(make_client, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    client = make_client(None)
    assert type(issue_failure(client)) is UnauthorisedError
