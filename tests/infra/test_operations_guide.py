"""Whoever follows the operations guide at night finds that its commands are taken, and its links lead somewhere."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.bootstrap.__main__ import SCOPES
from infra.delivery.stage import Stage
from shared.domain.alerts import ALERTS
from shared.domain.settings import MAX_VALID_FOR
from shared.domain.timing import LATE_LOOK_UNTIL
from tests.infra.guide import ROOT, TEXT, anchors, blocks, commands, lines, section

(SCOPE,) = (each for each in SCOPES if each.endswith("/androidmanagement"))
PLACEHOLDERS = {
    "ACCOUNT": "notify-run@my-project.iam.gserviceaccount.com",
    "ACTION": "enterprises/LC0/actions/01M858YXFKFXYSK47JS06CRHDG",
    "AUDIT_PROJECT": "my-project",
    "BACKUP": "projects/p/locations/eur3/backups/b",
    "DATABASE": "passcode-reset",
    "ENV": "staging",
    "FIRESTORE_LOCATION": "eur3",
    "NEW_DATABASE": "passcode-reset-2",
    "NOW": "2026-11-23T12:00:00Z",
    "OLD_DATABASE": "passcode-reset",
    "PROJECT": "my-project",
    "REGION": "europe-west1",
    "SCHEDULER_REGION": "europe-west1",
    "SCOPE": SCOPE,
    "SNAPSHOT": "2026-11-23T04:00:00Z",
    "VERSION": "1",
    "index": "projects/p/databases/d/collectionGroups/actions/indexes/i",
    "version": "2",
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
    answer = subprocess.run(lint, capture_output=True, text=True, timeout=500, check=False)
    judged = json.loads(answer.stdout)
    refused = {each["command_string"]: each["error_message"] for each in judged if not each["success"]}
    assert refused == {}
    assert len(judged) == len({each["command_string"] for each in asked}) >= 25


def test_no_command_names_an_environment_of_its_own() -> None:
    """At night a line is pasted as it stands: what names staging would leave production as it is, and look well."""
    text = "\n".join(lines())
    named = re.findall(r"(?:\bENV=|--env |environments/|--project[= ]|--location=)[^\s;)]+", text)
    laptop = {"--env laptop", "--project demo-passcode-reset"}
    first = {"ENV=staging"}  # the line that says which
    assert [each for each in named if "$" not in each and each not in laptop | first | {"environments/"}] == []
    assert text.count("ENV=staging") == 1
    assert len([each for each in named if "$" in each]) >= 40


def test_a_filter_is_not_given_an_age_that_gcloud_ignores() -> None:
    """``--freshness`` holds for descending order and no timestamp. Source: ``gcloud logging read --help``."""
    asked = commands("gcloud logging read")
    ignored = {each for each in asked if "--order=asc" in each or "timestamp>=" in each}
    assert {each for each in asked if "--freshness" in each} == set(asked) - ignored
    assert len(asked) >= 7


def test_the_token_for_amapi_is_asked_for_with_its_scope() -> None:
    """Impersonated credentials get cloud-platform alone unless another scope is named, and AMAPI refuses that."""
    assert f"SCOPE={SCOPE}" in lines()
    printed = commands("gcloud auth application-default print-access-token")
    assert printed == ["gcloud auth application-default print-access-token --scopes=$SCOPE"]


def test_what_asks_a_person_is_the_last_line_of_its_block() -> None:
    """A block is pasted whole: what asks would take the next line for the answer, and never run it."""
    asks = re.compile(r"\bread -rs|make deploy|make bootstrap(?!.*--dry-run)|databases delete")
    early = [line for block in blocks() for line in block[:-1] if asks.search(line)]
    assert early == []
    assert len([block for block in blocks() if asks.search(block[-1])]) >= 10


def test_gcloud_itself_is_signed_in_before_it_is_used() -> None:
    """Application default credentials are not its own: "You do not currently have an active account selected"."""
    asked = commands("gcloud")
    assert asked[0] == "gcloud auth login"
    assert section("Deploy").index("gcloud auth login") < section("Deploy").index("gcloud auth application-default")


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


def test_code_of_another_day_is_deployed_with_the_settings_of_today() -> None:
    """A tag holds the settings of its day: by them whoever has left since would be let in again."""
    told = lines()
    taken = [number for number, line in enumerate(told) if re.search(r"git checkout v\d", line)]
    assert len(taken) >= 2
    for number in taken:
        assert told[number + 1] == "git checkout main -- infra/terraform/environments"
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


def test_a_key_version_may_go_when_nothing_sealed_by_it_is_left() -> None:
    """It seals until the next one is made; what it sealed last may run, be answered late, be kept, be backed up."""
    (horizon,) = re.findall(r"= \*\*(\d+) days\*\* after the reset ended", TEXT)
    valid, late = MAX_VALID_FOR.days, LATE_LOOK_UNTIL.days
    told = " ".join(section("Rotate keys").split())
    whole = 1 + valid + late + int(horizon)  # a new version is the primary everywhere after hours
    assert f"= 1 + {valid} + {late} + {horizon} = **{whole} days**" in told
    key = (ROOT / "infra" / "terraform" / "modules" / "store" / "key.tf").read_text()
    (rotation_s,) = re.findall(r'rotation_period = "(\d+)s"', key)
    assert whole < int(rotation_s) / 86400, "the newest two are not enough then"
    listed = next(each for each in commands("gcloud kms keys versions list"))
    assert "createTime" in listed


def test_what_destroys_is_never_pasted_together_with_what_comes_before() -> None:
    """The line before says what may be destroyed; both at once would destroy what nobody has looked at."""
    found = [
        block
        for block in blocks()
        if any(re.search(r"versions (destroy|disable)|databases delete", line) for line in block)
    ]
    assert [block for block in found if len(block) > 1 and not block[0].startswith("for ")] == []
    assert len(found) >= 3


def test_the_old_database_goes_last() -> None:
    told = lines()
    store = "state rm module.store.google_firestore_database"
    words = ("databases restore", store, "subscriptions seek", "xargs -r -n 1 passcodectl", "databases delete")
    steps = [next(number for number, line in enumerate(told) if word in line) for word in words]
    assert steps == sorted(steps)
    assert "Take the old database away" in section("Restore drill")
    assert "Restore drill" in section("Backups")


@pytest.mark.parametrize(
    ("known", "old", "deleted"),
    [
        ("passcode-reset-2", "passcode-reset", True),
        ("passcode-reset", "passcode-reset", False),
        ("passcode-reset-2", "passcode-reset-2", False),
        ("", "passcode-reset", False),
    ],
    ids=["after the drill", "before it", "names set anew afterwards", "no state in reach"],
)
def test_the_database_in_use_is_never_deleted(tmp_path: Path, known: str, old: str, deleted: bool) -> None:
    """The guide's own line, with a Terraform that holds one database and a gcloud that notes what it is told."""
    (line,) = (each for each in lines() if "databases delete" in each)
    done = tmp_path / "done"
    programs = {
        "terraform": f'case "$*" in *" -id=projects/p/databases/{known or "-"}") echo module.store.x ;; esac',
        "gcloud": f'echo "$*" >> {done}',
    }
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    shell = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PROJECT": "p", "OLD_DATABASE": old}
    subprocess.run(["bash", "-c", line], env=shell | {"NEW_DATABASE": "passcode-reset-2"}, check=False)
    assert done.exists() is deleted
    if deleted:
        assert done.read_text().splitlines()[-1].endswith(f"databases delete --project=p --database={old}")
