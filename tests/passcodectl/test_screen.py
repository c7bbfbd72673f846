"""A secret on a terminal, seen from the terminal's side."""

import os
import pty
import signal
import sys

import pytest

from passcodectl import screen


@pytest.fixture
def keyboard(monkeypatch):
    keys, terminal = pty.openpty()
    with os.fdopen(terminal, "r") as typed:
        monkeypatch.setattr(sys, "stdin", typed)
        yield keys
    os.close(keys)


def test_what_was_shown_is_taken_away_with_enter(keyboard, capsys):
    os.write(keyboard, b"\n")
    screen.show_and_forget(["secret"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"{screen.OPEN}secret\n")
    assert shown.endswith(screen.CLOSE)


def test_it_goes_by_itself_after_a_while(keyboard, capsys, monkeypatch):
    monkeypatch.setattr(screen, "SHOWN_S", 0.01)
    screen.show_and_forget(["secret"])
    assert capsys.readouterr().out.endswith(screen.CLOSE)


def test_ctrl_c_takes_it_away_too(capsys, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(screen, "_wait_for_enter", interrupt)
    screen.show_and_forget(["secret"])
    assert capsys.readouterr().out.endswith(screen.CLOSE)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGTSTP"])
def test_a_kill_or_ctrl_z_does_not_leave_it_on_the_screen(capsys, monkeypatch, name):
    before = signal.getsignal(getattr(signal, name))
    monkeypatch.setattr(screen, "_wait_for_enter", lambda: signal.raise_signal(getattr(signal, name)))
    screen.show_and_forget(["secret"])
    assert capsys.readouterr().out.endswith(screen.CLOSE)
    assert signal.getsignal(getattr(signal, name)) is before
