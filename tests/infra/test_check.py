"""The one command of all checks of the deployment: what it says, and when it fails."""

import re

import pytest

from infra import check
from infra.check import Check


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command over these checks; gives its exit code and what it printed."""

    def command(*chosen, terraform=None, ci="false"):
        monkeypatch.setenv("CI", ci)
        monkeypatch.setattr(check, "checks", lambda: chosen)
        monkeypatch.setattr(check, "unavailable", lambda: terraform)
        return check.main(), capsys.readouterr().out

    return command


def test_every_check_is_one_line_and_all_fine_is_0(run):
    code, said = run(Check("first", list), Check("second", list, terraform=True))
    assert code == 0
    assert sorted(line.split(" (")[0] for line in said.splitlines()) == ["ok       first", "ok       second"]


def test_one_complaint_fails_and_is_told_and_the_others_still_run(run):
    code, said = run(Check("bad", lambda: ["main.tf:3: error: no"]), Check("good", list))
    assert code == 1
    assert "FAILED   bad" in said
    assert "main.tf:3: error: no" in said
    assert "ok       good" in said


def test_without_terraform_its_checks_are_skipped_with_the_reason(run):
    code, said = run(Check("plan", lambda: ["never run"], terraform=True), terraform="terraform is not installed")
    assert (code, said) == (0, "skipped  plan: terraform is not installed\n")


def test_without_terraform_ci_fails(run):
    code, said = run(Check("plan", list, terraform=True), terraform="terraform is not installed", ci="true")
    assert code == 1
    assert "terraform is not installed" in said


def test_every_root_and_every_test_file_of_terraform_is_checked():
    names = {chosen.name for chosen in check.checks()}
    assert {"terraform fmt", "checkov", "terraform plan, infra/terraform/aws_ses"} <= names
    files = {name.removeprefix("terraform test, ") for name in names if name.startswith("terraform test, ")}
    there = {str(path.relative_to(check.REPOSITORY)) for path in check.TERRAFORM.rglob("*.tftest.hcl")}
    assert files == there != set()


def test_checkov_that_is_not_installed_is_a_complaint(monkeypatch, tmp_path):
    monkeypatch.setattr(check, "CHECKOV", tmp_path / "checkov")
    (checkov,) = [chosen for chosen in check.checks() if chosen.name == "checkov"]
    assert checkov.run() == ["checkov is not installed; run: make check"]


@pytest.mark.parametrize(
    ("said", "complains"),
    [
        ("Passed checks: 79, Failed checks: 0, Skipped checks: 6", False),
        ("Passed checks: 69, Failed checks: 0, Skipped checks: 4, Parsing errors: 1", True),
        ("Passed checks: 0, Failed checks: 0, Skipped checks: 0", True),
        ("", True),
    ],
)
def test_what_checkov_could_not_read_is_a_complaint_though_it_says_all_is_well(said, complains):
    assert bool(check.unscanned(said)) is complains


def test_each_rule_of_checkov_that_is_skipped_has_a_written_reason():
    texts = [path.read_text(encoding="utf-8") for path in sorted(check.TERRAFORM.rglob("*.tf"))]
    skips = [line for text in texts for line in re.findall(r"checkov:skip.*", text)]
    assert skips
    assert [line for line in skips if not re.fullmatch(r"checkov:skip=CKV2?_[A-Z]+_\d+:\w.{30,}", line)] == []
    assert "skip-check" not in (check.TERRAFORM / ".checkov.yaml").read_text(encoding="utf-8")
