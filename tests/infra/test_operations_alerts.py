"""Who is woken by an alert finds in the section that it links what the alert says, and names that are deployed."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.offline.roots import TERRAFORM, example_values
from infra.offline.terraform import Offline
from tests.infra.guide import TEXT, commands, section, section_of

pytestmark = pytest.mark.usefixtures("terraform_there")


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    with Offline(TERRAFORM, named=True) as offline:
        return offline.plan(example_values(TERRAFORM))


def planned(plan: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    return (change["change"]["after"] for change in plan["resource_changes"] if change["type"] == kind)


def policies(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return list(planned(plan, "google_monitoring_alert_policy"))


def test_every_alert_is_named_by_the_section_that_it_links(plan: dict[str, Any]) -> None:
    """A policy of codes is not: its text sends each code to a section of its own, see below."""
    for policy in policies(plan):
        content = policy["documentation"][0]["content"]
        words = re.sub(r" \([\d.]+ times\)", "", policy["display_name"].removeprefix("Passcode reset: "))
        for anchor in [] if "**" in content else re.findall(r"#([a-z-]+)", content):
            text = " ".join(section_of(anchor).split())
            assert f"*{words}*" in text or f"\n## {words}\n" in TEXT, (words, anchor)


def test_every_code_is_named_by_the_section_that_it_links(plan: dict[str, Any]) -> None:
    told = "\n".join(policy["documentation"][0]["content"] for policy in policies(plan))
    found = re.findall(r"\*\*([A-Z_]+)\*\*.*?#([a-z-]+)\)", told)
    assert len(found) >= 10
    for code, anchor in found:
        assert f"`{code}`" in section_of(anchor), (code, anchor)


def test_the_idle_cost_counts_every_condition_that_is_made(plan: dict[str, Any]) -> None:
    conditions = sum(len(policy["conditions"]) for policy in policies(plan))
    (told,) = re.findall(r"\| alert conditions \| (\d+), up to ([\d.]+) each .* \| ≤ (\d+) \|", TEXT)
    assert (int(told[0]), int(told[2])) == (conditions, round(conditions * float(told[1])))


def test_names_in_commands_are_those_of_what_is_deployed(plan: dict[str, Any]) -> None:
    subscriptions = {each["name"] for each in planned(plan, "google_pubsub_subscription")}
    topics = {each["name"] for each in planned(plan, "google_pubsub_topic")}
    jobs = {each["name"] for each in planned(plan, "google_cloud_scheduler_job")}
    services = {each["name"] for each in planned(plan, "google_cloudfunctions2_function")}
    found = 0
    for pattern, known in (
        (r"pubsub subscriptions \S+ ([a-z-]+)", subscriptions),
        (r"pubsub topics \S+ ([a-z-]+)", topics),
        (r"scheduler jobs \S+ ([a-z-]+)", jobs),
        (r'service_name=\\"([a-z-]+)', services),
        (r"--keyring=([a-z-]+)", {each["name"] for each in planned(plan, "google_kms_key_ring")}),
        (
            r"(?:--key=|remove-iam-policy-binding )([a-z-]+)",
            {each["name"] for each in planned(plan, "google_kms_crypto_key")},
        ),
        (
            r"--bucket=([a-z-]+)",
            {each["bucket_id"] for each in planned(plan, "google_logging_project_bucket_config")},
        ),
    ):
        for command in commands("gcloud"):
            for name in re.findall(pattern, command):
                found += 1
                assert name in known, command
    assert found >= 25


def test_what_the_default_bucket_leaves_out_is_read_where_it_is_kept(plan: dict[str, Any]) -> None:
    (left_out,) = planned(plan, "google_logging_project_exclusion")
    assert left_out["filter"] == 'log_id("cloudaudit.googleapis.com/data_access")'
    asked = [each for each in commands("gcloud") if "protoPayload" in each]
    assert asked
    assert [each for each in asked if "--bucket=" not in each or "--project=$AUDIT_PROJECT" not in each] == []


def test_accounts_that_may_decrypt_are_those_that_the_guide_names(plan: dict[str, Any]) -> None:
    grants = json.dumps(
        [each for each in planned(plan, "google_kms_crypto_key_iam_member") if "Decrypter" in each["role"]]
    )
    accounts = set(re.findall(r"serviceAccount:([a-z-]+)@", grants))
    assert len(accounts) == 3
    told = set(re.findall(r"`([a-z-]+-run)`", section("A passcode leaked")))
    assert told == accounts


def test_a_restore_takes_all_of_the_old_database_out_of_terraforms_hands(plan: dict[str, Any]) -> None:
    (removed,) = (each for each in commands("terraform -chdir=infra/terraform state rm") if "firestore" in each)
    planned_here = {
        change["address"].partition("[")[0]
        for change in plan["resource_changes"]
        if change["type"].startswith("google_firestore_")
    }
    assert set(re.findall(r"module\.\S+", removed)) == planned_here
    (imported,) = commands("terraform -chdir=infra/terraform import")
    assert f" {next(each for each in planned_here if 'database.this' in each)} projects/" in imported
