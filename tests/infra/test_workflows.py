"""What GitHub runs: nothing that moves under us, no more rights than needed, and never foreign code with ours."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.y*ml"))

PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
GRANTS = {"contents: read", "id-token: write"}
NAMES = [path.stem for path in FILES]


def workflow(name: str) -> dict[Any, Any]:
    """Return a workflow; YAML reads its key ``on`` as a truth."""
    loaded: dict[Any, Any] = yaml.safe_load((FOLDER / f"{name}.yml").read_text("utf-8"))
    return {("on" if key is True else key): value for key, value in loaded.items()}


def jobs(name: str) -> dict[str, dict[str, Any]]:
    return dict(workflow(name)["jobs"])


def steps(name: str, job: str) -> list[dict[str, Any]]:
    return list(jobs(name)[job].get("steps", []))


def all_steps(name: str) -> Iterator[dict[str, Any]]:
    for job in jobs(name):
        yield from steps(name, job)


def account(name: str, job: str) -> str:
    """Return which account a job signs in as, "" for none."""
    (found,) = [
        step["with"] for step in steps(name, job) if "google-github-actions/auth@" in step.get("uses", "")
    ] or [{}]
    return str(found.get("service_account", ""))


def test_the_workflows_are_these() -> None:
    assert NAMES == ["deploy", "plan", "test"]


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_action_is_pinned_by_a_full_hash_with_its_version(path: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    ours = [line for line in lines if line == "uses: ./.github/workflows/test.yml"]
    assert lines
    assert [line for line in lines if line not in ours and not PINNED.fullmatch(line)] == []


def test_one_action_has_one_hash_everywhere() -> None:
    used = {step["uses"] for name in NAMES for step in all_steps(name) if "uses" in step}
    assert len({action.partition("@")[0] for action in used}) == len(used)


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_has_no_rights_and_a_job_says_its_own(name: str) -> None:
    assert workflow(name)["permissions"] == {}
    for job in jobs(name).values():
        granted = {f"{right}: {level}" for right, level in job["permissions"].items()}
        assert "contents: read" in granted
        assert granted <= GRANTS


def test_a_token_for_google_is_asked_for_only_where_it_is_used() -> None:
    asking = {
        (name, job) for name in NAMES for job, body in jobs(name).items() if "id-token" in body["permissions"]
    }
    assert asking == {("plan", "plan"), ("deploy", "plan"), ("deploy", "apply")}
    assert asking == {(name, job) for name in NAMES for job in jobs(name) if account(name, job)}


def test_plan_and_apply_sign_in_as_different_accounts_without_a_key() -> None:
    assert account("plan", "plan") == account("deploy", "plan") == "${{ vars.GCP_PLAN_ACCOUNT }}"
    assert account("deploy", "apply") == "${{ vars.GCP_APPLY_ACCOUNT }}"
    for path in FILES:
        text = path.read_text("utf-8")
        assert not re.search(r"\bsecrets\b|credentials_json|GOOGLE_APPLICATION_CREDENTIALS", text), path.name


def test_foreign_code_never_runs_with_our_rights() -> None:
    assert set(workflow("plan")["on"]) == {"pull_request"}
    guard = jobs("plan")["plan"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in guard
    assert "||" not in guard
    triggers = {trigger for name in NAMES for trigger in workflow(name)["on"]}
    assert triggers == {"pull_request", "push", "workflow_call"}
    assert workflow("deploy")["on"] == {"push": {"tags": ["v*"]}}


def test_nothing_that_somebody_else_writes_becomes_a_command() -> None:
    for name in NAMES:
        for step in all_steps(name):
            assert "${{" not in step.get("run", ""), step
            values = [str(value) for value in {**step.get("with", {}), **step.get("env", {})}.values()]
            assert not [
                value for value in values if "${{" in value and not re.fullmatch(r"\$\{\{ vars\.\w+ \}\}", value)
            ]


@pytest.mark.parametrize("name", NAMES)
def test_a_checkout_leaves_no_token_behind_and_every_job_ends(name: str) -> None:
    for step in all_steps(name):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
    for job in jobs(name).values():
        assert "uses" in job or job["timeout-minutes"] <= 60
        assert job.get("runs-on", "ubuntu-24.04") == "ubuntu-24.04"


def test_runs_that_touch_the_state_are_never_killed_or_two_at_once() -> None:
    assert workflow("deploy")["concurrency"] == {"group": "deploy-production", "cancel-in-progress": False}
    assert workflow("plan")["concurrency"]["cancel-in-progress"] is False
    assert all("concurrency" in workflow(name) for name in NAMES)


def test_what_is_applied_is_the_plan_that_was_approved() -> None:
    apply = jobs("deploy")["apply"]
    assert (apply["needs"], jobs("deploy")["plan"]["needs"]) == ("plan", "test")
    runs = [step["run"] for step in steps("deploy", "apply") if "run" in step]
    assert runs[-1] == "python -m infra.delivery deploy production --yes"
    assert "terraform plan" not in "".join(runs)
    assert "infra.delivery plan" not in "".join(runs)
    (sent,) = [step["with"] for step in steps("deploy", "plan") if "upload-artifact" in step.get("uses", "")]
    (got,) = [step["with"] for step in steps("deploy", "apply") if "download-artifact" in step.get("uses", "")]
    assert (got["name"], got["path"]) == (sent["name"], "build")
    assert sent["path"].split() == ["build/plan", "build/bundles"]


def test_a_plan_that_arrives_with_another_digest_stops_the_apply() -> None:
    """Below 8 the action only warns. Source: https://github.com/actions/download-artifact/releases/tag/v8.0.0"""
    text = (FOLDER / "deploy.yml").read_text("utf-8")
    (version,) = re.findall(r"actions/download-artifact@[0-9a-f]{40} # v(\d+)\.", text)
    assert int(version) >= 8
    assert "digest-mismatch" not in text


@pytest.mark.parametrize("name", ["plan", "deploy"])
def test_a_plan_that_is_made_again_takes_the_place_of_the_one_before(name: str) -> None:
    (sent,) = [step["with"] for step in steps(name, "plan") if "upload-artifact" in step.get("uses", "")]
    assert sent["overwrite"] is True


def test_google_takes_the_tokens_of_just_these_jobs() -> None:
    """The names here are those of the Terraform module that lets the workflows in."""
    module = (ROOT / "infra/terraform/modules/delivery/federation.tf").read_text("utf-8")
    defaults = (ROOT / "infra/terraform/variables.tf").read_text("utf-8")
    assert re.search(r'environment\s+= optional\(string, "production"\)', defaults)
    assert re.search(r'apply_ref\s+= optional\(string, "refs/tags/v"\)', defaults)
    assert jobs("deploy")["apply"]["environment"] == "production"
    assert [job for name in NAMES for job, body in jobs(name).items() if "environment" in body] == ["apply"]
    plans = next(
        line for line in module.splitlines() if "assertion.event_name in ['push'" in line and "'plan'" in line
    )
    assert "!has(assertion.environment)" in plans
    assert "assertion.ref_type == 'tag' && assertion.ref.startsWith('${var.github.apply_ref}')" in plans


def test_dependabot_looks_after_actions_python_and_terraform() -> None:
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))["updates"]
    assert {row["package-ecosystem"] for row in updates} == {"github-actions", "pip", "terraform"}
