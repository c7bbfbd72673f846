"""The steps with the real Terraform: on a module that needs no provider, and on ours with Google's schema alone."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.delivery.record import Record
from infra.delivery.stage import DeliveryError, Stage
from infra.delivery.steps import deploy, plan
from infra.offline.terraform import Offline
from tests.infra.bundle_tree import ROOT, copy_of_tree, small_tree

pytestmark = pytest.mark.usefixtures("terraform_there")

MODULE = """
terraform {
  backend "local" {}
}
variable "sendgrid_api_key" {
  type      = string
  default   = null
  ephemeral = true
  sensitive = true
}
variable "bundles_dir" {
  type = string
}
variable "size" {
  type = number
}
resource "terraform_data" "it" {
  count = var.size
  input = jsondecode(file("${path.module}/${var.bundles_dir}/manifest.json"))["notify"].sha256
}
"""
KEY = {"TF_VAR_sendgrid_api_key": "SG.a-key-of-no-account-at-all"}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Nothing of the developer's own Terraform: no settings, variables or folder of its."""
    settings = tmp_path / "settings.tfrc"
    settings.touch()
    return {"PATH": str(Path(str(shutil.which("terraform"))).parent), "TF_CLI_CONFIG_FILE": str(settings)}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(small_tree(tmp_path / "tree"), "staging")
    (made.terraform / "environments").mkdir(parents=True)
    (made.terraform / "main.tf").write_text(MODULE, encoding="utf-8")
    made.backend.write_text(f'path = "{tmp_path / "staging.tfstate"}"\n', encoding="utf-8")
    made.variables.write_text("size = 1\n", encoding="utf-8")
    return made


def quiet(_line: str) -> None:
    pass


def test_what_was_planned_is_applied_with_the_key_given_twice(
    stage: Stage, environ: dict[str, str], tmp_path: Path
) -> None:
    assert "1 to create" in plan(stage, quiet, {**environ, **KEY})
    sha256 = Record.read(stage).bundles["notify"]
    with pytest.raises(DeliveryError, match="TF_VAR_sendgrid_api_key is not set"):
        deploy(stage, quiet, None, environ)
    deploy(stage, quiet, None, {**environ, **KEY})
    state = (tmp_path / "staging.tfstate").read_text("utf-8")
    assert sha256 in state
    assert KEY["TF_VAR_sendgrid_api_key"] not in state
    assert "nothing to change" in plan(stage, quiet, environ)
    deploy(stage, quiet, None, {**environ, **KEY})  # a plan without the key is applied without it


def test_terraform_refuses_a_plan_whose_state_has_moved_on(stage: Stage, environ: dict[str, str]) -> None:
    plan(stage, quiet, environ)
    kept = {path: path.read_bytes() for path in (stage.plan, stage.record)}
    deploy(stage, quiet, None, environ)
    for path, content in kept.items():
        path.write_bytes(content)
    with pytest.raises(DeliveryError, match="terraform apply failed"):
        deploy(stage, quiet, None, environ)


def test_a_loss_is_counted_as_terraform_tells_it(stage: Stage, environ: dict[str, str]) -> None:
    plan(stage, quiet, environ)
    deploy(stage, quiet, None, environ)
    stage.variables.write_text("size = 0\n", encoding="utf-8")
    assert "- `destroy terraform_data.it[0]`" in plan(stage, quiet, environ)


def test_our_own_module_is_planned_with_the_bundles_just_built(tmp_path: Path) -> None:
    stage = Stage(copy_of_tree(tmp_path / "tree"), "production")
    shutil.copytree(ROOT / "infra/terraform", stage.terraform, ignore=shutil.ignore_patterns(".terraform*"))
    (stage.terraform / "environments").mkdir(exist_ok=True)
    shutil.copyfile(ROOT / "infra/terraform/terraform.tfvars.example", stage.variables)
    local = 'terraform {\n  backend "local" {}\n}\n'
    (stage.terraform / "backend_override.tf").write_text(local, encoding="utf-8")
    stage.backend.write_text(f'path = "{tmp_path / "state"}"\n', encoding="utf-8")
    with Offline(stage.terraform) as offline:
        environ: dict[str, Any] = {**offline.environment, **KEY}
        del environ["TF_VAR_bundles_dir"]
        assert "to create" in plan(stage, quiet, environ)
    record = Record.read(stage)
    assert record.losses == []
    assert len(record.bundles) == 8
    text = stage.text.read_text("utf-8")
    assert all(sha256[:16] in text for sha256 in record.bundles.values())
    assert KEY["TF_VAR_sendgrid_api_key"] not in text
