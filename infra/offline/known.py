"""What the real providers already know while they plan, so that a plan here shows it too.

Only what was read in the providers' source is here; everything else that is computed stays unknown.
"""

import json
from typing import Any

from infra.offline.values import UNKNOWN, Json, is_known

PROJECT_NUMBER = "123456789012"


def complete(type_name: str, block: Json, planned: Json, config: Json) -> Json:
    """Adds to a planned Google resource its project, its merged labels, and a service account's address.

    Args:
        type_name: the resource type.
        block: its schema.
        planned: the values so far.
        config: the provider's own configuration.

    Source: https://github.com/GoogleCloudPlatform/magic-modules, DefaultProviderProject and SetLabelsDiff in
        mmv1/third_party/terraform/tpgresource, resourceServiceAccountCustomDiff in services/resourcemanager.
    """
    result = dict(planned)
    attributes = block.get("attributes", {})
    if attributes.get("project", {}).get("computed") and result.get("project") == UNKNOWN and config.get("project"):
        result["project"] = config["project"]
    if "terraform_labels" in attributes:
        result |= _labels(result.get("labels"), config.get("default_labels"))
    if type_name == "google_service_account":
        result |= _account(result["account_id"], result.get("project"))
    return result


def _labels(own: Any, default: Any) -> Json:
    if not is_known(own) or not is_known(default):
        return {}
    merged = (default or {}) | (own or {})
    # Added by the provider unless it is told not to (add_terraform_attribution_label).
    merged.setdefault("goog-terraform-provisioned", "true")
    return {"terraform_labels": merged, "effective_labels": merged}


def _account(account_id: Any, project: Any) -> Json:
    if not isinstance(account_id, str) or not isinstance(project, str):
        return {}
    email = f"{account_id}@{project}.iam.gserviceaccount.com"
    return {"email": email, "member": f"serviceAccount:{email}"}


def data_values(type_name: str, given: Json, config: Json) -> Json:
    """The answers of data sources that a plan's readers look into; stand-ins, but of the right form."""
    project = config.get("project") or "offline-project"
    if type_name in {"google_project", "google_client_config"}:
        named = given.get("project_id") or project
        return {"project_id": named, "project": named, "number": PROJECT_NUMBER, "region": config.get("region")}
    if type_name == "aws_iam_policy_document":
        return {"json": policy_json(given)}
    return {"account_id": PROJECT_NUMBER} if type_name == "aws_caller_identity" else {}


def policy_json(given: Json) -> str:
    """The document that `aws_iam_policy_document` answers, for the statements as configured.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
    """
    statements = [_statement(statement) for statement in given.get("statement") or []]
    return json.dumps({"Version": given.get("version") or "2012-10-17", "Statement": statements}, indent=2)


def _statement(given: Json) -> Json:
    result: Json = {"Effect": given.get("effect") or "Allow"}
    if given.get("sid"):
        result["Sid"] = given["sid"]
    for name, key in (("actions", "Action"), ("resources", "Resource")):
        if given.get(name):
            result[key] = _one_or_many(given[name])
    for principal in given.get("principals") or []:
        result.setdefault("Principal", {})[principal["type"]] = _one_or_many(principal["identifiers"])
    for condition in given.get("condition") or []:
        tests = result.setdefault("Condition", {}).setdefault(condition["test"], {})
        tests[condition["variable"]] = _one_or_many(condition["values"])
    return result


def _one_or_many(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else sorted(values)
