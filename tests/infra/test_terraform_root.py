"""The root module as an operator meets it: the example of variables, and what a destroy would take away."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.offline.terraform import Offline
from tests.infra.destroying import refusals

ROOT = Path(__file__).parents[2] / "infra" / "terraform"
EXAMPLE = ROOT / "terraform.tfvars.example"
IRREPLACEABLE = ("google_firestore_database", "google_kms_crypto_key")

REFUSING = {
    "google_firestore_database": "Database",
    "google_kms_crypto_key": "key",
    "google_logging_project_bucket_config": "audit log's bucket",
    "google_pubsub_topic": "Topics",
    "google_secret_manager_secret": "the secret",
}
"""What the provider does not delete, and how the README calls it."""

SECRETS = {"sendgrid_api_key", "iap_oauth_client_secret"}
"""Come from the environment alone and must never stand in a file."""

pytestmark = pytest.mark.usefixtures("terraform_there")


@pytest.fixture(scope="module")
def planned() -> Sequence[Mapping[str, Any]]:
    with Offline(ROOT, named=True) as offline:
        changes: Sequence[Mapping[str, Any]] = offline.plan(EXAMPLE)["resource_changes"]
    return changes


def declared() -> set[str]:
    return {
        name
        for file in ROOT.glob("*.tf")
        for name in re.findall(r'^variable "(\w+)"', file.read_text(), re.MULTILINE)
    }


def without_comment_signs(text: str) -> str:
    """Put every default of the example into force, of one line and of several."""
    return re.sub(r"^# (?=\w+ += |  \w+ += |\})", "", text, flags=re.MULTILINE)


def test_the_example_names_every_variable_and_no_secret() -> None:
    named = re.findall(r"^(\w+) +=", without_comment_signs(EXAMPLE.read_text()), re.MULTILINE)

    assert sorted(named) == sorted(declared() - SECRETS)


def test_the_example_plans_every_function(planned: Sequence[Mapping[str, Any]]) -> None:
    functions = [found for found in planned if found["type"] == "google_cloudfunctions2_function"]

    assert len(functions) == 8


def test_the_example_plans_with_every_line_in_force(tmp_path: Path) -> None:
    values = tmp_path / "all.tfvars"
    text = without_comment_signs(EXAMPLE.read_text())
    values.write_text(re.sub(r"^bundles_dir .*\n", "", text, flags=re.MULTILINE))

    with Offline(ROOT) as offline:
        assert offline.plan(values)["resource_changes"]


def test_the_workflows_variables_come_out_at_the_end_of_a_deployment() -> None:
    text = (ROOT / "environments" / "README.md").read_text()
    fields = set(re.findall(r"^\| `GCP_\w+` \| `(\w+)` \|$", text, re.MULTILINE))

    with Offline(ROOT, named=True) as offline:
        outputs = offline.plan(EXAMPLE)["planned_values"]["outputs"]
    assert "the output `github`" in text
    assert set(outputs["github"]["value"]) == fields != set()


@pytest.mark.parametrize("kind", IRREPLACEABLE)
def test_a_destroy_of_what_cannot_be_replaced_is_refused(planned: Sequence[Mapping[str, Any]], kind: str) -> None:
    found = [change for change in planned if change["type"] == kind]

    assert len(found) == 1
    assert "Instance cannot be destroyed" in refusals(ROOT, EXAMPLE, found)


def test_without_the_lock_a_destroy_would_go_through(planned: Sequence[Mapping[str, Any]], tmp_path: Path) -> None:
    copy = tmp_path / "infra" / "terraform"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".terraform"))
    for file in (copy / "modules" / "store").glob("*.tf"):
        file.write_text(file.read_text().replace("prevent_destroy = true", "prevent_destroy = false"))
    found = [change for change in planned if change["type"] in IRREPLACEABLE]

    assert refusals(copy, EXAMPLE, found) == ""


def test_what_holds_data_is_not_deleted_by_the_provider(planned: Sequence[Mapping[str, Any]]) -> None:
    policies = {
        found["address"]: found["change"]["after"]["deletion_policy"]
        for found in planned
        if found["type"] in REFUSING
    }

    assert set(policies.values()) == {"PREVENT"}
    assert len(policies) == 2 + 5 + 1 + 1


def test_the_readme_names_everything_that_refuses_to_be_destroyed(planned: Sequence[Mapping[str, Any]]) -> None:
    told = (ROOT / "README.md").read_text().partition("## What cannot be destroyed")[2].partition("\n## ")[0]
    refusing = {found["type"] for found in planned if found["change"]["after"].get("deletion_policy") == "PREVENT"}

    assert refusing == set(REFUSING)
    assert [words for words in REFUSING.values() if words not in told] == []


def test_the_newcomers_page_imports_into_the_database_that_is_deployed(
    planned: Sequence[Mapping[str, Any]],
) -> None:
    told = re.findall(r"FIRESTORE_DATABASE=(\S+)", (ROOT.parents[1] / "README.md").read_text(encoding="utf-8"))
    made = {found["change"]["after"]["name"] for found in planned if found["type"] == "google_firestore_database"}

    assert set(told) == made
