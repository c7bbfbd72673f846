"""The real Terraform on small configurations, offline: what is wrong fails, what is right plans."""

import json
import os
import re

import pytest

from infra.offline import terraform
from infra.offline.terraform import Offline, TerraformError, TerraformUnavailableError

pytestmark = pytest.mark.usefixtures("terraform_there")

HEAD = """
terraform {
  required_providers {
    google = { source = "hashicorp/google", version = "~> 8.7" }
    aws    = { source = "hashicorp/aws" }
  }
  backend "gcs" {}
}
provider "google" {
  project        = "first"
  default_labels = { team = "it" }
}
"""
TOPIC = 'resource "google_pubsub_topic" "t" {\n  name = "t"\n}\n'
PAINTED = """
provider "google" {
  alias  = "painted"
  colour = "red"
}
resource "google_pubsub_topic" "t" {
  provider = google.painted
  name     = "t"
}
"""
SECRET = """
variable "key" {
  type      = string
  ephemeral = true
}
resource "google_secret_manager_secret" "s" {
  secret_id = "s"
  replication {
    auto {}
  }
}
resource "google_secret_manager_secret_version" "v" {
  secret                 = google_secret_manager_secret.s.id
  secret_data_wo         = var.key
  secret_data_wo_version = 1
}
"""


def configuration(folder, *parts):
    """A root module of these parts; two folders lie above it, as above infra/terraform."""
    root = folder / "infra" / "terraform"
    root.mkdir(parents=True)
    (root / "main.tf").write_text(HEAD + "\n".join(parts), encoding="utf-8")
    return root


def complaints(folder, *parts):
    with Offline(configuration(folder, *parts)) as offline:
        return offline.validate()


def changes(plan):
    return {change["address"]: change["change"] for change in plan["resource_changes"]}


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ('resource "google_pubsub_topic" "t" {\n  name = "t"\n  colour = "red"\n}', "Unsupported argument"),
        ('resource "google_pubsub_topic" "t" {}', "Missing required argument"),
        ('resource "google_pubsub_topic" "t" {\n  name = ["t"]\n}', "string required"),
        ('resource "google_pubsub_topic" "t" {\n  name = "t"\n  labels = "red"\n}', "map of string required"),
        ('resource "google_pubsub_topik" "t" {\n  name = "t"\n}', "Invalid resource type"),
        (TOPIC + 'output "o" {\n  value = google_pubsub_topic.t.colour\n}', "Unsupported attribute"),
        ('resource "google_secret_manager_secret" "s" {\n  secret_id = "s"\n}', 'At least 1 "replication" block'),
        ('resource "google_pubsub_topic" "t" {\n  name = "t"\n  paint {}\n}', "Unsupported block type"),
        (
            TOPIC.replace("}", "  message_storage_policy {\n    allowed_persistence_regions = []\n  }\n" * 2 + "}"),
            'No more than 1 "message_storage_policy" blocks',
        ),
        ('resource "google_pubsub_topic" "t" {\n  name = "t"\n  id = var.nobody\n}', "undeclared input variable"),
        ('data "google_project" "p" {\n  colour = "red"\n}', "Unsupported argument"),
        (PAINTED, "Unsupported argument"),
    ],
)
def test_a_fault_is_found(tmp_path, fault, complaint):
    assert complaint in "\n".join(complaints(tmp_path, fault))


def test_a_complaint_names_file_and_line(tmp_path):
    (found,) = complaints(tmp_path, 'resource "google_pubsub_topic" "t" {}')
    assert re.match(r"main\.tf:\d+: error: Missing required argument: ", found)


def test_a_right_configuration_has_no_complaint_and_plans(tmp_path):
    root = configuration(tmp_path, TOPIC)
    with Offline(root) as offline:
        assert offline.validate() == []
        change = changes(offline.plan())["google_pubsub_topic.t"]
    assert change["actions"] == ["create"]
    assert change["after"]["name"] == "t"
    assert change["after_unknown"]["id"] is True


def test_what_the_provider_knows_while_planning_is_in_the_plan(tmp_path):
    account = 'resource "google_service_account" "a" {\n  account_id = "notify-run"\n}\n'
    labelled = TOPIC.replace("}", '  labels = { part = "bus" }\n}')
    with Offline(configuration(tmp_path, account, labelled)) as offline:
        found = changes(offline.plan())
    address = "notify-run@first.iam.gserviceaccount.com"
    assert found["google_service_account.a"]["after"]["member"] == f"serviceAccount:{address}"
    merged = {"team": "it", "part": "bus", "goog-terraform-provisioned": "true"}
    assert found["google_pubsub_topic.t"]["after"]["effective_labels"] == merged


def test_two_configurations_of_a_provider_are_not_mixed_up(tmp_path):
    second = 'provider "google" {\n  alias = "second"\n  project = "second"\n}\n'
    other = 'resource "google_pubsub_topic" "o" {\n  provider = google.second\n  name = "o"\n}\n'
    with Offline(configuration(tmp_path, second, TOPIC, other)) as offline:
        found = changes(offline.plan())
    assert found["google_pubsub_topic.t"]["after"]["project"] == "first"
    assert found["google_pubsub_topic.o"]["after"]["project"] == "second"


def test_a_write_only_argument_is_not_in_the_plan(tmp_path):
    with Offline(configuration(tmp_path, SECRET)) as offline:
        plan = offline.plan(variables={"key": "SG.very-secret"})
    assert "very-secret" not in json.dumps(plan)
    assert changes(plan)["google_secret_manager_secret_version.v"]["after"]["secret_data_wo"] is None


def test_dynamic_blocks_and_blocks_in_sets_plan(tmp_path):
    backend = """
resource "google_compute_backend_service" "b" {
  name = "b"
  dynamic "backend" {
    for_each = toset(["x", "y"])
    content {
      group = backend.key
    }
  }
}
"""
    with Offline(configuration(tmp_path, backend)) as offline:
        change = changes(offline.plan())["google_compute_backend_service.b"]
    assert sorted(block["group"] for block in change["after"]["backend"]) == ["x", "y"]


def test_a_data_source_is_answered(tmp_path):
    project = 'data "google_project" "p" {}\noutput "number" {\n  value = data.google_project.p.number\n}\n'
    with Offline(configuration(tmp_path, project)) as offline:
        plan = offline.plan()
    assert plan["planned_values"]["outputs"]["number"]["value"].isdigit()


def test_a_policy_document_is_written_out(tmp_path):
    document = """
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["ses:SendEmail"]
    resources = ["*"]
    principals {
      type        = "Federated"
      identifiers = ["accounts.google.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "accounts.google.com:sub"
      values   = ["1"]
    }
  }
}
output "json" {
  value = data.aws_iam_policy_document.d.json
}
"""
    with Offline(configuration(tmp_path, document)) as offline:
        plan = offline.plan()
    (statement,) = json.loads(plan["planned_values"]["outputs"]["json"]["value"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "ses:SendEmail",
        "Resource": "*",
        "Principal": {"Federated": "accounts.google.com"},
        "Condition": {"StringEquals": {"accounts.google.com:sub": "1"}},
    }


def test_a_plan_that_fails_says_why(tmp_path):
    unset = 'variable "domain" {\n  type = string\n}\n'
    with (
        Offline(configuration(tmp_path, unset)) as offline,
        pytest.raises(TerraformError, match="required variable"),
    ):
        offline.plan()


def test_values_come_from_a_file_and_single_ones_override_it(tmp_path):
    root = configuration(tmp_path, 'variable "a" {}\nvariable "b" {}\noutput "o" {\n  value = [var.a, var.b]\n}\n')
    values = tmp_path / "values.tfvars"
    values.write_text('a = "of the file"\nb = "of the file"\n', encoding="utf-8")
    with Offline(root) as offline:
        plan = offline.plan(values, {"b": "of the call"})
    assert plan["planned_values"]["outputs"]["o"]["value"] == ["of the file", "of the call"]


def test_neither_credentials_nor_values_of_the_caller_reach_terraform(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_VAR_domain", "caller.example.com")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/secret.json")
    root = configuration(tmp_path, 'variable "domain" {\n  default = "own.example.com"\n}\n')
    (root / "terraform.tfvars").write_text('domain = "operator.example.com"\n', encoding="utf-8")
    with Offline(root) as offline:
        assert offline.plan()["variables"]["domain"]["value"] == "own.example.com"
        assert "GOOGLE_APPLICATION_CREDENTIALS" not in offline.environment


def test_the_modules_folder_is_left_as_it_was(tmp_path):
    root = configuration(tmp_path, TOPIC)
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    with Offline(root) as offline:
        offline.plan()
        offline.test()
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_a_file_two_folders_above_is_found(tmp_path):
    root = configuration(tmp_path, 'output "o" {\n  value = file("../../build/words")\n}\n')
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "words").write_text("found", encoding="utf-8")
    with Offline(root) as offline:
        assert offline.plan()["planned_values"]["outputs"]["o"]["value"] == "found"


def test_a_provider_without_a_schema_is_not_looked_for_anywhere(tmp_path):
    found = "\n".join(complaints(tmp_path, 'resource "random_id" "r" {\n  byte_length = 2\n}\n'))
    assert "hashicorp/random" in found
    assert "registry.terraform.io/.well-known" not in found


@pytest.mark.parametrize(("expected", "code"), [("t", 0), ("u", 1)])
def test_terraforms_own_tests_run_on_mocked_providers(tmp_path, expected, code):
    root = configuration(tmp_path, TOPIC)
    (root / "tests").mkdir()
    (root / "tests" / "topic.tftest.hcl").write_text(
        'mock_provider "google" {}\nrun "made" {\n  command = apply\n  assert {\n'
        f'    condition = google_pubsub_topic.t.name == "{expected}"\n    error_message = "other name"\n  }}\n}}\n',
        encoding="utf-8",
    )
    with Offline(root) as offline:
        done = offline.test()
    assert done.returncode == code, done.stdout + done.stderr


def test_nothing_can_be_applied(tmp_path):
    root = configuration(tmp_path, TOPIC)
    (root / "tests").mkdir()
    (root / "tests" / "topic.tftest.hcl").write_text('run "made" {\n  command = apply\n}\n', encoding="utf-8")
    with Offline(root) as offline:
        done = offline.test()
    assert done.returncode == 1
    assert "applies nothing" in done.stdout + done.stderr


def test_without_terraform_the_reason_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    terraform.unavailable.cache_clear()
    try:
        with pytest.raises(TerraformUnavailableError, match="not installed"), Offline(tmp_path):
            pytest.fail("entered without terraform")
    finally:
        terraform.unavailable.cache_clear()


def test_an_old_terraform_is_refused(tmp_path, monkeypatch):
    binary = tmp_path / "terraform"
    binary.write_text('#!/bin/sh\necho \'{"terraform_version": "1.9.8"}\'\n', encoding="utf-8")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    terraform.unavailable.cache_clear()
    try:
        assert terraform.unavailable() == "terraform 1.9.8 is too old (1.11 or newer is needed)"
    finally:
        terraform.unavailable.cache_clear()
