"""What is planned is what is applied, with the very zips, or nothing is applied and it says why."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.bundles import manifest
from infra.delivery import __main__ as command
from infra.delivery.stage import DeliveryError, Stage
from infra.delivery.steps import deploy, plan
from infra.delivery.terraform import EPHEMERAL
from tests.infra.bundle_tree import ROOT, git, small_tree
from tests.infra.fake_terraform import FakeTerraform, change

KEY = {"TF_VAR_sendgrid_api_key": "SG.secret-of-the-plan"}


class Operator:
    """Somebody at a terminal, in a tree with one environment."""

    def __init__(self, tmp_path: Path) -> None:
        self.terraform = FakeTerraform(tmp_path / "bin")
        self.stage = Stage(small_tree(tmp_path / "tree"), "staging")
        (self.stage.terraform / "environments").mkdir(parents=True)
        (self.stage.terraform / "main.tf").write_text("# root\n", encoding="utf-8")
        self.stage.variables.write_text('project_id = "p"\n', encoding="utf-8")
        self.stage.backend.write_text('bucket = "b"\n', encoding="utf-8")
        self.said: list[str] = []

    def environ(self, **more: str) -> dict[str, str]:
        return {"PATH": self.terraform.path, **more}

    def plan(self, **more: str) -> str:
        return plan(self.stage, self.said.append, self.environ(**more))

    def deploy(self, answer: str = "staging", **more: str) -> None:
        deploy(self.stage, self.said.append, lambda _question: answer, self.environ(**more))

    def applied(self) -> bool:
        return any(call["arguments"][0] == "apply" for call in self.terraform.calls)


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    made = Operator(tmp_path)
    yield made
    assert KEY["TF_VAR_sendgrid_api_key"] not in "".join(made.said)


def test_a_plan_is_made_of_fresh_bundles_with_the_settings_of_its_environment(operator: Operator) -> None:
    operator.plan()
    stage = operator.stage
    init, planned = operator.terraform.said("init"), operator.terraform.said("plan")
    assert "-backend-config=environments/staging.backend" in init["arguments"]
    assert {"-var-file=environments/staging.tfvars", f"-out={stage.plan}"} <= set(planned["arguments"])
    assert planned["chdir"] == f"-chdir={stage.terraform}"
    assert planned["variables"]["TF_DATA_DIR"].endswith("build/terraform/staging")
    assert manifest.verify(stage.bundles)
    assert stage.text.read_text("utf-8").startswith("what would be done")
    assert stage.plan.stat().st_mode & 0o777 == 0o600


def test_the_saved_plan_is_applied_and_then_gone(operator: Operator) -> None:
    operator.plan()
    operator.deploy()
    assert operator.terraform.said("apply")["arguments"][-1] == str(operator.stage.plan)
    assert not operator.stage.plan.exists()
    with pytest.raises(DeliveryError, match="no saved plan"):
        operator.deploy()


def test_without_a_plan_nothing_is_applied(operator: Operator) -> None:
    with pytest.raises(DeliveryError, match="make plan ENV=staging"):
        operator.deploy()
    assert not operator.applied()


def test_a_failed_plan_leaves_none_of_before_behind(operator: Operator) -> None:
    operator.plan()
    operator.terraform.answer(fails=("plan",))
    with pytest.raises(DeliveryError, match="terraform plan failed"):
        operator.plan()
    with pytest.raises(DeliveryError, match="no saved plan"):
        operator.deploy()


def harm_zip(stage: Stage) -> None:
    path = stage.bundles / manifest.read(stage.bundles)["notify"].file
    path.write_bytes(path.read_bytes() + b"\0")


def harm_manifest(stage: Stage) -> None:
    bundles = manifest.read(stage.bundles)
    manifest.write(stage.bundles, {name: bundle for name, bundle in bundles.items() if name != "notify"})


def harm_plan(stage: Stage) -> None:
    stage.plan.write_text("another plan", encoding="utf-8")


def harm_variables(stage: Stage) -> None:
    stage.variables.write_text('project_id = "q"\n', encoding="utf-8")


def harm_module(stage: Stage) -> None:
    (stage.terraform / "modules" / "bus").mkdir(parents=True)
    (stage.terraform / "modules" / "bus" / "main.tf").write_text("# new\n", encoding="utf-8")


def harm_age(stage: Stage) -> None:
    rows = json.loads(stage.record.read_text("utf-8"))
    rows["made"] = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    stage.record.write_text(json.dumps(rows), encoding="utf-8")


def harm_date(stage: Stage) -> None:
    rows = json.loads(stage.record.read_text("utf-8"))
    stage.record.write_text(json.dumps({**rows, "made": datetime.now(UTC).isoformat()[:19]}), encoding="utf-8")


def harm_record(stage: Stage) -> None:
    stage.record.write_text('{"made": "today"}', encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (harm_zip, "notify"),
        (harm_manifest, "other bundles than the plan's: notify"),
        (harm_plan, "not the one that was made"),
        (harm_variables, "the configuration has changed"),
        (harm_module, "the configuration has changed"),
        (harm_age, "more than 24 h ago"),
        (harm_record, "not a record"),
        (harm_date, "not a record"),
    ],
)
def test_a_plan_that_no_longer_fits_is_not_applied(operator: Operator, harm: object, reason: str) -> None:
    operator.plan()
    assert callable(harm)
    harm(operator.stage)
    with pytest.raises(DeliveryError, match=reason):
        operator.deploy()
    assert not operator.applied()


def test_only_who_types_the_environments_name_applies(operator: Operator) -> None:
    operator.plan()
    with pytest.raises(DeliveryError, match="Not applied"):
        operator.deploy(answer="yes")
    assert not operator.applied()
    operator.deploy(answer="staging")
    assert operator.applied()


def test_the_key_is_asked_for_before_anything_runs_and_handed_on_to_the_apply(operator: Operator) -> None:
    operator.plan(**KEY)
    assert operator.terraform.said("plan")["variables"]["TF_VAR_sendgrid_api_key"] == KEY["TF_VAR_sendgrid_api_key"]
    assert not any("secret-of-the-plan" in path.read_text("utf-8") for path in operator.stage.plan.parent.iterdir())
    with pytest.raises(DeliveryError, match="TF_VAR_sendgrid_api_key is not set"):
        operator.deploy()
    assert not operator.applied()
    operator.deploy(**KEY)
    assert (
        operator.terraform.said("apply")["variables"]["TF_VAR_sendgrid_api_key"] == KEY["TF_VAR_sendgrid_api_key"]
    )


def test_a_key_that_the_plan_did_not_have_is_kept_from_the_apply(operator: Operator) -> None:
    operator.plan()
    operator.deploy(**KEY)
    assert "TF_VAR_sendgrid_api_key" not in operator.terraform.said("apply")["variables"]


def test_a_plan_that_writes_the_key_without_having_it_is_refused(operator: Operator) -> None:
    written = change("module.store.google_secret_manager_secret_version.sendgrid", "create")
    operator.terraform.answer(plan={"resource_changes": [written]})
    with pytest.raises(DeliveryError, match="TF_VAR_sendgrid_api_key"):
        operator.plan()
    assert not operator.stage.plan.exists()
    operator.plan(**KEY)
    assert operator.stage.plan.exists()


def test_the_bundles_that_each_release_replaces_hide_no_other_loss(operator: Operator) -> None:
    rows = [
        change(f'module.function["{name}"].google_storage_bucket_object.bundle', "create", "delete")
        for name in ("console", "notify")
    ]
    rows.append(change("module.zz.google_pubsub_topic.it", "delete", "create"))
    operator.terraform.answer(plan={"resource_changes": rows})
    operator.plan()
    lost = [line for line in operator.said if "LOST" in line]
    assert len(lost) == 3
    assert lost[0].endswith("google_pubsub_topic.it")


def test_a_plan_that_sends_a_backend_without_its_clients_secret_is_refused(operator: Operator) -> None:
    """Regression: a backend is sent whole, so a change of it without the secret took everybody's sign-in away."""
    backend = change('module.edge.google_compute_backend_service.web["console"]', "update")
    backend["type"] = "google_compute_backend_service"
    backend["change"]["after"] = {"iap": [{"enabled": True, "oauth2_client_id": ""}]}
    operator.terraform.answer(plan={"resource_changes": [backend]})
    operator.plan()
    backend["change"]["after"]["iap"][0]["oauth2_client_id"] = "1-a.apps.googleusercontent.com"
    operator.terraform.answer(plan={"resource_changes": [backend]})
    with pytest.raises(DeliveryError, match="set TF_VAR_iap_oauth_client_secret, at the plan and at the deploy"):
        operator.plan(**KEY)
    assert not operator.stage.plan.exists()
    operator.plan(TF_VAR_iap_oauth_client_secret="of-iap")
    with pytest.raises(DeliveryError, match="TF_VAR_iap_oauth_client_secret is not set"):
        operator.deploy()
    backend["change"] = {"actions": ["delete"], "after": None}
    operator.terraform.answer(plan={"resource_changes": [backend]})
    operator.plan()


def test_what_would_be_lost_is_said_at_the_plan_and_at_the_deploy(operator: Operator) -> None:
    rows = [
        change("module.bus.google_pubsub_topic.events", "delete", "create"),
        change("module.function.google_cloudfunctions2_function.it", "update"),
        change("module.edge.google_compute_backend_service.old", "delete"),
        change("module.watch.google_logging_metric.new", "create"),
        change("module.store.google_firestore_database.it", "no-op"),
        change("module.project.data.google_project.it", "read"),
    ]
    operator.terraform.answer(plan={"resource_changes": rows})
    markdown = operator.plan()
    assert "1 to change, 1 to create, 1 to destroy, 1 to replace" in markdown
    assert "- `replace module.bus.google_pubsub_topic.events`" in markdown
    operator.said.clear()
    operator.deploy()
    assert "  LOST: destroy module.edge.google_compute_backend_service.old" in operator.said


@pytest.mark.parametrize(
    ("actions", "told"),
    [
        (("create", "forget"), "LOST: replace"),
        (("forget", "create"), "LOST: replace"),
        (("something", "new"), "LOST: something then new"),
    ],
)
def test_a_change_that_only_a_later_terraform_knows_is_told_as_a_loss(
    operator: Operator, actions: tuple[str, ...], told: str
) -> None:
    operator.terraform.answer(plan={"resource_changes": [change("module.bus.google_pubsub_topic.it", *actions)]})
    operator.plan()
    assert f"  {told} module.bus.google_pubsub_topic.it" in operator.said


def test_a_tree_that_differs_from_its_revision_is_said(operator: Operator) -> None:
    git(operator.stage.root, "init", "--quiet")
    git(operator.stage.root, "add", ".")
    git(
        operator.stage.root, "-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "--quiet", "-m", "one"
    )
    operator.plan()
    assert not any("nobody can build" in line for line in operator.said)
    (operator.stage.root / "shared/a.py").write_text("a = 2\n", encoding="utf-8")
    operator.plan()
    assert any("nobody can build" in line for line in operator.said)


@pytest.mark.parametrize("version", ["1.10.5", "0.15.0"])
def test_an_old_terraform_is_refused(operator: Operator, version: str) -> None:
    operator.terraform.answer(version=version)
    with pytest.raises(DeliveryError, match="too old"):
        operator.plan()


def test_no_terraform_is_said(operator: Operator, tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="no terraform on the PATH"):
        plan(operator.stage, operator.said.append, {"PATH": str(tmp_path)})


@pytest.mark.parametrize("name", ["production", "../staging", "", "Staging"])
def test_an_environment_that_is_not_set_up_is_refused(operator: Operator, name: str) -> None:
    stage = Stage(operator.stage.root, name)
    with pytest.raises(DeliveryError, match=r"staging|no name"):
        plan(stage, operator.said.append, operator.environ())
    assert not operator.terraform.calls


def test_unpinned_providers_get_no_rights_in_a_workflow(operator: Operator) -> None:
    with pytest.raises(DeliveryError, match=r"\.terraform\.lock\.hcl is missing"):
        operator.plan(CI="true")
    operator.stage.lock.write_text("# pinned\n", encoding="utf-8")
    operator.plan(CI="true")
    assert "-lockfile=readonly" in operator.terraform.said("init")["arguments"]


def test_the_command_plans_deploys_and_appends_a_summary(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", operator.terraform.path)
    monkeypatch.setenv("CI", "false")  # Regression: any value of it applied without asking
    operator.stage.lock.write_text("# pinned\n", encoding="utf-8")
    summary = tmp_path / "summary.md"
    root = operator.stage.root
    assert command.main(["plan", "staging", "--summary", str(summary)], root) == 0
    assert summary.read_text("utf-8").startswith("### Plan for staging")
    assert command.main(["deploy", "staging"], root) == 1
    assert "Nobody is there to agree" in capsys.readouterr().err
    assert command.main(["deploy", "staging", "--yes"], root) == 0
    assert operator.applied()


@pytest.mark.parametrize("module", ["infra.bundles", "infra.delivery"])
def test_a_workflow_can_run_it_with_nothing_installed(module: str) -> None:
    command_line = [sys.executable, "-S", "-m", module, "--help"]
    done = subprocess.run(command_line, cwd=ROOT, capture_output=True, check=True, text=True, timeout=300)
    assert module in done.stdout


def test_every_ephemeral_variable_of_the_root_module_is_known_here() -> None:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "infra/terraform").glob("*.tf"))
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE)
    assert {name for name, block in blocks if re.search(r"ephemeral\s+= true", block)} == set(EPHEMERAL)
