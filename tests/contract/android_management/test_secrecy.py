"""No error and no log tells the passcode, whatever AMAPI quotes."""

import json
import logging
import traceback

import pytest

from shared.adapters.android_management import AndroidManagement
from shared.adapters.android_management.client import LEAKING_LOGGERS
from shared.domain.errors import (
    PermanentError,
)
from tests.contract.android_management.commands import (
    DEVICE,
    PASSCODE,
    issue,
    issue_failure,
)
from tests.contract.raw_server import answering, http


@pytest.mark.parametrize("passcode", [PASSCODE, "48291736", "plainword"])
def test_a_refusal_that_quotes_the_passcode_does_not_tell_it(simulator, client, passcode, caplog):
    caplog.set_level(logging.WARNING)
    simulator.world.faults.add("issueCommand", "http_400_echo", 1)
    error = issue_failure(client, passcode=passcode)
    assert type(error) is PermanentError
    assert error.reason == "INVALID_ARGUMENT"
    told = (
        f"{error} {error.message} {dict(error.metadata)} {caplog.text} {''.join(traceback.format_exception(error))}"
    )
    assert passcode not in told
    assert "Invalid value at" in error.message


def test_a_passcode_that_reads_like_a_word_is_not_told_either(make_client):
    body = json.dumps({"error": {"message": "Value plainword is too weak", "status": "INVALID_ARGUMENT"}})
    with answering(http("400 Bad Request", body.encode())) as server:
        error = issue_failure(make_client(server.url), passcode="plainword")
    assert error.message == "AMAPI refused the command: Value … is too weak"


@pytest.mark.parametrize("ahead", [146, 147, 148])
@pytest.mark.parametrize("filler", ["a ", "1234567890123 456789012345 "])
def test_a_passcode_at_which_a_long_sentence_is_cut_is_not_told_in_part(make_client, ahead, filler):
    """Regression: the sentence was cut within the passcode, so that most of it was left and no longer found."""
    body = json.dumps(
        {"error": {"message": filler * ahead + "plainword is too weak", "status": "INVALID_ARGUMENT"}}
    )
    with answering(http("400 Bad Request", body.encode())) as server:
        error = issue_failure(make_client(server.url), passcode="plainword")
    assert "pla" not in error.message


@pytest.mark.parametrize("kind", ["http_400_echo", "http_503", "drop_after_accept", "malformed", "http_429"])
def test_no_error_drags_the_libraries_error_along(simulator, client, kind):
    simulator.world.faults.add("issueCommand", kind, 1)
    error = issue_failure(client)
    assert (error.__cause__, error.__context__) == (None, None)


def test_loggers_that_leak_are_quiet_at_warning_and_above(simulator, client, caplog):
    for name in LEAKING_LOGGERS:
        caplog.set_level(logging.WARNING, logger=name)
    for kind in ("", "http_403", "http_400_echo", "malformed", "http_503"):
        if kind:
            simulator.world.faults.add("issueCommand", kind, 1)
            issue_failure(client)
        else:
            issue(client)
    assert caplog.text == ""


def test_every_logger_that_writes_a_passcode_at_debug_is_on_the_list(simulator, client, caplog):
    caplog.set_level(logging.DEBUG)
    issue(client)
    simulator.world.faults.add("issueCommand", "http_400_echo", 1)
    issue_failure(client)
    leaking = {record.name for record in caplog.records if PASSCODE in record.getMessage()}
    assert leaking <= set(LEAKING_LOGGERS)


@pytest.mark.parametrize(
    "endpoint", ["http://example.com", "http://10.0.0.1:80", "ftp://127.0.0.1", "nonsense", "https://"]
)
def test_passcodes_do_not_travel_in_the_clear(endpoint):
    with pytest.raises(ValueError, match="https"):
        AndroidManagement(endpoint).get_device(DEVICE)
