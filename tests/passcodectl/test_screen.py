"""A secret on a terminal, seen from the terminal's side."""

import os
import pty
import re
import select
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


@pytest.fixture
def enter_once_shown(keyboard, monkeypatch):
    """Whoever reads it hits Enter when it stands there; by the clock it would be too early on a busy machine."""
    wait = screen._wait_for_enter

    def read_and_hit_enter():
        os.write(keyboard, b"\n")
        wait()

    monkeypatch.setattr(screen, "_wait_for_enter", read_and_hit_enter)


def test_what_was_shown_is_taken_away_with_enter(enter_once_shown, capsys):
    screen.show_and_forget(["secret"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"{screen.OPEN}secret\n")
    assert shown.endswith(screen.CLOSE)


def test_it_goes_by_itself_after_a_while(keyboard, capsys, monkeypatch):
    monkeypatch.setattr(screen, "SHOWN_S", 0.01)
    screen.show_and_forget(["secret"])
    assert capsys.readouterr().out.endswith(screen.CLOSE)


def test_enter_that_was_hit_too_early_does_not_take_it_away_unseen(keyboard, monkeypatch):
    """Regression of this test: it told the early Enter from the later by a timer, which a busy machine broke."""
    still_there = []
    monkeypatch.setattr(screen, "_wait_for_enter", lambda: still_there.append(typed_within(0)))
    os.write(keyboard, b"\n")
    assert typed_within(60)  # a terminal hands over what was typed a moment later
    screen.show_and_forget(["secret"])
    assert still_there == [False]


def typed_within(seconds: float) -> bool:
    return bool(select.select([sys.stdin], [], [], seconds)[0])


@pytest.mark.parametrize("rows", [5, 24, 150])
def test_nothing_stays_where_a_terminal_has_no_alternate_screen(enter_once_shown, capsys, rows):
    screen.show_and_forget(["the secret"])
    shown = capsys.readouterr().out
    assert "the secret" in "".join(standing(shown.removesuffix(screen.CLOSE), rows))
    assert "".join(standing(shown, rows)).strip() == ""


def standing(written: str, rows: int) -> list[str]:
    """Return the lines of a terminal, scrollback first, as tmux without alternate screen keeps them.

    Clearing the whole screen scrolls it away; erasing a line does not (``scroll-on-clear`` in tmux's manual).
    """
    scrollback, lines, at = [], [""] * rows, 0
    for code, text in re.findall(r"\x1b\[([?\d]*[A-Za-z])|([^\x1b]+)", written):
        if text:
            for number, part in enumerate(text.split("\n")):
                at = min(at + bool(number), rows - 1)
                lines[at] += part
        elif code.endswith("J"):
            scrollback, lines = [*scrollback, *lines], [""] * rows
        elif code.endswith("H"):
            at = min(int(code[:-1] or 1), rows) - 1
        elif code == "2K":
            lines[at] = ""
    return scrollback + lines


def test_ctrl_c_takes_it_away_too(keyboard, capsys, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(screen, "_wait_for_enter", interrupt)
    screen.show_and_forget(["secret"])
    assert capsys.readouterr().out.endswith(screen.CLOSE)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGTSTP", "SIGQUIT"])
def test_a_kill_or_ctrl_z_does_not_leave_it_on_the_screen(keyboard, capsys, monkeypatch, name):
    before = signal.getsignal(getattr(signal, name))
    monkeypatch.setattr(screen, "_wait_for_enter", lambda: signal.raise_signal(getattr(signal, name)))
    screen.show_and_forget(["secret"])
    assert capsys.readouterr().out.endswith(screen.CLOSE)
    assert signal.getsignal(getattr(signal, name)) is before


def test_ctrl_c_that_is_hit_again_does_not_stop_the_taking_away(keyboard, capsys, monkeypatch):
    """Regression: the secret stayed where the second one came before the screen was erased."""
    before, echo = signal.getsignal(signal.SIGINT), screen.click.echo

    def impatient(text, **more):
        if text == screen.CLOSE:
            signal.raise_signal(signal.SIGINT)
        echo(text, **more)

    monkeypatch.setattr(screen.click, "echo", impatient)
    monkeypatch.setattr(screen, "_wait_for_enter", lambda: signal.raise_signal(signal.SIGINT))
    screen.show_and_forget(["secret"])
    assert capsys.readouterr().out.endswith(screen.CLOSE)
    assert signal.getsignal(signal.SIGINT) is before
