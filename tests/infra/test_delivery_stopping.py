"""Ctrl-C, Ctrl-D and a colleague in the same folder: nothing is half written, nothing else is applied."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from infra.delivery import __main__ as command
from infra.delivery.record import Record
from infra.delivery.stage import DeliveryError, Stage
from infra.delivery.steps import deploy, plan
from tests.infra.bundle_tree import ROOT
from tests.infra.fake_terraform import FakeTerraform, change

RUN = """
import pathlib, sys
from infra.delivery.__main__ import main
sys.exit(main(sys.argv[2:], pathlib.Path(sys.argv[1])))
"""
DEADLINE_S = 60.0

pytestmark = pytest.mark.usefixtures("heeded_interrupt")
"""Regression of these tests: in the background of a shell nobody heard their Ctrl-C."""


def environ(terraform: FakeTerraform, **more: str) -> dict[str, str]:
    return {"PATH": terraform.path, **more}


def interrupted(stage: Stage, terraform: FakeTerraform, step: str, *flags: str) -> tuple[int, str]:
    """Press Ctrl-C, which a terminal sends to the whole group, while Terraform runs; return status and errors."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(stage.root), step, stage.name, *flags],
        cwd=ROOT,
        env=environ(terraform),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as running:
        deadline = time.monotonic() + DEADLINE_S
        while not terraform.has("lingering"):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGINT)
        _said, errors = running.communicate(timeout=DEADLINE_S)
    return running.returncode, errors


def test_ctrl_c_lets_terraform_write_down_what_it_has_begun(stage: Stage, terraform: FakeTerraform) -> None:
    """Regression: Terraform was killed after a quarter of a second, and what it was making was in no state."""
    plan(stage, lambda _line: None, environ(terraform))
    terraform.answer(lingers_at="apply")
    status, errors = interrupted(stage, terraform, "deploy", "--yes")
    assert terraform.has("state")
    assert status == 1
    assert "terraform apply was stopped" in errors
    assert "make plan ENV=staging" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("at", ["init", "plan", "show"])
def test_ctrl_c_while_it_is_planned_leaves_no_plan(stage: Stage, terraform: FakeTerraform, at: str) -> None:
    terraform.answer(lingers_at=at)
    status, errors = interrupted(stage, terraform, "plan")
    assert (status, "Traceback" in errors) == (1, False)
    with pytest.raises(DeliveryError, match="no saved plan"):
        Record.read(stage)


def test_ctrl_c_before_the_apply_applies_nothing(stage: Stage, terraform: FakeTerraform) -> None:
    plan(stage, lambda _line: None, environ(terraform))
    terraform.answer(lingers_at="init")
    status, errors = interrupted(stage, terraform, "deploy", "--yes")
    assert (status, "Traceback" in errors) == (1, False)
    assert not [call for call in terraform.calls if call["arguments"][0] == "apply"]


def test_an_apply_that_failed_says_that_it_may_be_half_done(stage: Stage, terraform: FakeTerraform) -> None:
    plan(stage, lambda _line: None, environ(terraform))
    terraform.answer(fails=("apply",))
    with pytest.raises(DeliveryError, match=r"terraform apply failed.*make plan ENV=staging says what is left"):
        deploy(stage, lambda _line: None, None, environ(terraform))


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_who_leaves_the_question_unanswered_applies_nothing(
    stage: Stage,
    terraform: FakeTerraform,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    end: type[BaseException],
) -> None:
    """Regression: Ctrl-D and Ctrl-C at the question ended in a traceback."""

    def leaves(_question: str) -> str:
        raise end

    monkeypatch.setenv("PATH", terraform.path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", leaves)
    assert command.main(["plan", "staging"], stage.root) == 0
    assert command.main(["deploy", "staging"], stage.root) == 1
    assert "applied." in capsys.readouterr().err
    assert not [call for call in terraform.calls if call["arguments"][0] == "apply"]


def plans_anew(stage: Stage, terraform: FakeTerraform) -> None:
    row = change("module.store.google_firestore_database.this", "delete")
    terraform.answer(plan={"resource_changes": [row]})
    plan(stage, lambda _line: None, environ(terraform))


def writes_the_plan(stage: Stage, _terraform: FakeTerraform) -> None:
    stage.plan.write_text("another plan", encoding="utf-8")


def lets_a_day_pass(stage: Stage, _terraform: FakeTerraform) -> None:
    rows = json.loads(stage.record.read_text("utf-8"))
    stage.record.write_text(json.dumps({**rows, "made": "2020-01-01T00:00:00+00:00"}), encoding="utf-8")


@pytest.mark.parametrize("meanwhile", [plans_anew, writes_the_plan, lets_a_day_pass])
def test_what_changes_while_a_person_thinks_is_not_applied(
    stage: Stage, terraform: FakeTerraform, meanwhile: Callable[[Stage, FakeTerraform], None]
) -> None:
    """Regression: the question was asked of one plan, and what lay there after the answer was applied."""

    def answers(_question: str) -> str:
        meanwhile(stage, terraform)
        return "staging"

    plan(stage, lambda _line: None, environ(terraform))
    with pytest.raises(DeliveryError, match=r"made meanwhile|not the one that was made"):
        deploy(stage, lambda _line: None, answers, environ(terraform))
    assert not [call for call in terraform.calls if call["arguments"][0] == "apply"]
