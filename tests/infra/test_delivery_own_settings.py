"""What is planned follows from the committed files of an environment, whoever plans it on which machine."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.delivery.stage import DeliveryError, Stage
from infra.delivery.steps import plan
from tests.infra.fake_terraform import FakeTerraform


@pytest.mark.parametrize(
    ("file", "line", "own"),
    [
        ("variables", 'environment = "production"', "staging"),
        ("backend", 'prefix = "production"', "passcodes/staging"),
    ],
)
def test_a_file_that_was_copied_from_another_environment_is_refused(
    stage: Stage, terraform: FakeTerraform, file: str, line: str, own: str
) -> None:
    """Regression: with the settings of one environment and the state of another everything was planned anew."""
    path: Path = getattr(stage, file)
    path.write_text(line.replace("production", own) + "\n", encoding="utf-8")
    plan(stage, lambda _line: None, {"PATH": terraform.path})
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match=f'{path.name} says {line}, not "staging"'):
        plan(stage, lambda _line: None, {"PATH": terraform.path})


OWN: Mapping[str, str] = {
    "TF_WORKSPACE": "mine",
    "TF_CLI_ARGS": "-destroy",
    "TF_CLI_ARGS_plan": "-target=module.bus",
    "TF_VAR_region": "us-central1",
}


def test_a_machines_own_settings_of_terraform_are_not_taken_and_that_is_said(
    stage: Stage, terraform: FakeTerraform
) -> None:
    """Regression: with TF_WORKSPACE another state was planned, with TF_CLI_ARGS_plan another thing."""
    said: list[str] = []
    plan(stage, said.append, {"PATH": terraform.path, "TF_VAR_sendgrid_api_key": "SG.x", **OWN})
    for call in terraform.calls:
        assert not call["variables"].keys() & OWN.keys()
        assert call["variables"]["TF_VAR_sendgrid_api_key"] == "SG.x"
    assert [line for line in said if line.startswith("Not taken: TF_CLI_ARGS, TF_CLI_ARGS_plan, TF_VAR_region, ")]


def test_terraform_writes_no_log_of_its_own_while_it_is_given_a_secret(
    stage: Stage, terraform: FakeTerraform
) -> None:
    """Google's provider logs the bodies of its requests at DEBUG, and one of them makes the secret's version."""
    loud = {"PATH": terraform.path, "TF_LOG": "DEBUG", "TF_LOG_PROVIDER": "TRACE", "TF_LOG_PATH": "terraform.log"}
    plan(stage, lambda _line: None, {**loud, "TF_VAR_sendgrid_api_key": "SG.x"})
    assert not [call for call in terraform.calls if call["variables"].keys() & loud.keys()]
    plan(stage, lambda _line: None, loud)
    assert terraform.calls[-1]["variables"]["TF_LOG"] == "DEBUG"


@pytest.mark.parametrize(
    "name", ["terraform.tfvars", "terraform.tfvars.json", "mine.auto.tfvars", "mine.auto.tfvars.json"]
)
def test_variables_that_terraform_takes_unasked_are_refused(
    stage: Stage, terraform: FakeTerraform, name: str
) -> None:
    (stage.terraform / name).write_text("{}", encoding="utf-8")
    with pytest.raises(DeliveryError, match=name):
        plan(stage, lambda _line: None, {"PATH": terraform.path})
    assert not terraform.calls
