"""One JSON object a line, as Cloud Logging reads it; libraries that would print secrets keep quiet."""

import json
import logging
from collections.abc import Iterator

import pytest

from shared.domain.secret import Secret
from shared.runtime.logs import QUIET_LOGGERS, configure


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    """Give the root and the quiet loggers back as they were."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in QUIET_LOGGERS)]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_has_the_names_that_cloud_logging_knows(capsys):
    configure("notify", "INFO")

    logging.getLogger("shared.services.deliver_mail").warning(
        "mail provider failed", extra={"action": "a", "code": 7}
    )

    (line,) = lines(capsys)
    assert line.pop("time")
    assert line == {
        "message": "mail provider failed",
        "function": "notify",
        "severity": "WARNING",
        "step": "deliver_mail",
        "action": "a",
        "code": 7,
    }


def test_a_message_of_several_lines_stays_one(capsys):
    configure("notify", "INFO")

    logging.getLogger("x").error("one\ntwo")

    assert len(lines(capsys)) == 1


def test_an_exception_is_told_without_the_secrets_around_it(capsys):
    configure("notify", "INFO")
    passcode = Secret("hunter2-very-secret")

    try:
        f"{passcode}"
    except TypeError:
        logging.getLogger("x").exception("failed")

    (line,) = lines(capsys)
    assert "TypeError" in line["exc_info"]
    assert "hunter2" not in json.dumps(line)


def test_configuring_again_makes_no_second_line(capsys):
    configure("notify", "INFO")
    configure("notify", "INFO")

    logging.getLogger("x").info("once")

    assert len(lines(capsys)) == 1


def test_a_line_below_the_level_is_left_out(capsys):
    configure("notify", "WARNING")

    logging.getLogger("x").info("nothing")

    assert lines(capsys) == []


@pytest.mark.parametrize("name", [*QUIET_LOGGERS, "urllib3.connectionpool", "google.auth", "botocore.endpoint"])
def test_a_library_that_prints_bodies_is_quiet_whatever_the_level(name, capsys):
    configure("notify", "DEBUG")

    logging.getLogger(name).debug("body with passcode")
    logging.getLogger(name).info("body with passcode")

    assert lines(capsys) == []


def test_libraries_are_no_louder_than_everybody_else(capsys):
    configure("notify", "ERROR")

    logging.getLogger("urllib3").warning("retrying")

    assert lines(capsys) == []
