"""Whoever follows the operations guide at night finds that its commands are taken, and its links lead somewhere."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.delivery.stage import Stage
from shared.domain.alerts import ALERTS
from tests.infra.guide import ROOT, TEXT, anchors, commands, lines

PLACEHOLDERS = {
    "ACTION": "enterprises/LC0/actions/01M858YXFKFXYSK47JS06CRHDG",
    "BACKUP": "projects/p/locations/eur3/backups/b",
    "DATABASE": "passcode-reset",
    "ENV": "staging",
    "FIRESTORE_LOCATION": "eur3",
    "NOW": "2026-11-23T12:00:00Z",
    "PROJECT": "my-project",
    "REGION": "europe-west1",
    "index": "projects/p/databases/d/collectionGroups/actions/indexes/i",
}


def filled(command: str) -> str:
    return re.sub(r"\$(\w+)", lambda found: PLACEHOLDERS[found[1]], command)


def test_google_cloud_takes_every_command(tmp_path: Path) -> None:
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        assert os.environ.get("CI") != "true", "gcloud is missing"
        pytest.skip("gcloud is not installed")
    asked = [{"command_string": filled(command)} for command in commands("gcloud")]
    file = tmp_path / "commands.json"
    file.write_text(json.dumps(asked), encoding="utf-8")
    lint = [gcloud, "meta", "lint-gcloud-commands", f"--commands-file={file}"]
    answer = subprocess.run(lint, capture_output=True, text=True, timeout=100, check=False)
    judged = json.loads(answer.stdout)
    refused = {each["command_string"]: each["error_message"] for each in judged if not each["success"]}
    assert refused == {}
    assert len(judged) == len({each["command_string"] for each in asked}) >= 25


def test_every_make_target_is_there() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+(?: [a-z0-9-]+)*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {word for group in targets for word in group.split()}
    wanted = set(re.findall(r"\bmake ([a-z][a-z0-9-]+)", "\n".join(lines())))
    assert wanted <= known
    assert {"bootstrap", "plan", "deploy", "check"} <= wanted


def test_terraform_addresses_and_outputs_are_there() -> None:
    root = ROOT / "infra" / "terraform"
    outputs = set(re.findall(r'^output "(\w+)"', (root / "outputs.tf").read_text(), re.MULTILINE))
    assert set(re.findall(r"terraform output (\w+)|terraform \S+ output (\w+)", TEXT)) >= {("", "dns_records")}
    for pair in re.findall(r"-chdir=infra/terraform output (\w+)", TEXT):
        assert pair in outputs
    for module, kind, name in re.findall(r"\bmodule\.(\w+)\.(\w+)\.(\w+)", TEXT):
        source = "\n".join(path.read_text() for path in (root / "modules" / module).glob("*.tf"))
        assert f'resource "{kind}" "{name}"' in source


def test_every_variable_of_a_command_is_set_or_explained() -> None:
    text = "\n".join(lines())
    wanted = set(re.findall(r"\$([A-Za-z_]+)", text)) - set(re.findall(r"\bfor (\w+) in", text)) - {"PWD"}
    known = set(re.findall(r"\b([A-Z_]+)=", text)) | set(re.findall(r"`([A-Z]+)` (?:is|an)\b", TEXT))
    assert wanted <= known
    assert {"ACTION", "ENV", "PROJECT", "REGION"} <= wanted


def test_plain_terraform_meets_the_state_that_make_plan_connected_to() -> None:
    (told,) = (line for line in lines() if line.startswith("export TF_DATA_DIR="))
    folder = told.removeprefix("export TF_DATA_DIR=").replace("$PWD", str(ROOT)).replace("$ENV", "staging")
    assert folder == str(Stage(ROOT, "staging").data)
    assert TEXT.index(told) < TEXT.index("terraform -chdir=")
    assert commands("terraform")
    assert [
        each for each in commands("terraform") if not each.startswith("terraform -chdir=infra/terraform ")
    ] == []


def test_old_code_is_deployed_with_the_settings_of_today() -> None:
    told = lines()
    assert told[told.index("git checkout v1.2.4") + 1] == "git checkout main -- infra/terraform/environments"
    assert (ROOT / "infra" / "terraform" / "environments").is_dir()


def test_every_alert_leads_to_a_section() -> None:
    assert {kind.runbook for kind in ALERTS.values()} <= anchors()
    assert [code for code in ALERTS if f"`{code}`" not in TEXT] == []


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        if target.startswith("https://"):
            continue
        assert not path or (ROOT / "docs" / path).exists(), target
        assert not anchor or path or anchor in anchors(), target


def test_the_horizon_is_the_one_that_terraform_sets() -> None:
    source = (ROOT / "infra" / "terraform" / "variables_service.tf").read_text()
    daily, weekly = re.findall(r"(?:daily_days|weekly_weeks)\s+= optional\(number, (\d+)\)", source)
    later = max(7, int(daily), 7 * int(weekly))
    assert f"30 + max(7, {daily}, {7 * int(weekly)}) = **{30 + later} days**" in TEXT
    assert f"one {later} days after the later reset" in " ".join(TEXT.replace(">", " ").split())
