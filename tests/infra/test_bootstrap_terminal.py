"""The questions at a terminal, and where there is none."""

import io

import pytest

from infra.bootstrap.context import Terminal, output_of


@pytest.mark.parametrize(
    ("typed", "meant"), [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False), ("", False)]
)
def test_only_a_yes_is_a_yes(monkeypatch, typed, meant):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert Terminal().agrees("Change?") is meant


@pytest.mark.parametrize(("typed", "meant"), [(" token \n", "token"), ("", "")])
def test_a_token_may_come_through_a_pipe_and_is_not_echoed(monkeypatch, capsys, typed, meant):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert Terminal().secret("Paste it") == meant
    assert "token" not in capsys.readouterr().out


def test_a_program_that_is_missing_or_fails_has_no_output():
    assert output_of(["/nonexistent/program"]) is None
    assert output_of(["false"]) is None
    assert output_of(["echo", "1"]) == "1\n"
