"""What the account that plans may see: every setting that it compares, and no line of data.

A pull request's own code runs with it, so whatever it can read, whoever may push a branch can read.
"""

from collections.abc import Iterator

from infra.checks.evidence import Evidence
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import grants

SETTINGS_READER = "passcodeResetSettingsReader"
LISTING = frozenset({"roles/iam.securityAdmin", "roles/iam.securityReviewer"})
"""Said to be about rights, and list everything: log lines, private ones too, documents and objects.
Source: https://cloud.google.com/iam/docs/roles-permissions/iam"""
WHO_MAY = {
    "artifact_registry_repository": "artifactregistry.repositories.getIamPolicy",
    "cloud_run_v2_service": "run.services.getIamPolicy",
    "iap_web_backend_service": "iap.webServices.getIamPolicy",
    "kms_crypto_key": "cloudkms.cryptoKeys.getIamPolicy",
    "project": "resourcemanager.projects.getIamPolicy",
    "pubsub_subscription": "pubsub.subscriptions.getIamPolicy",
    "pubsub_topic": "pubsub.topics.getIamPolicy",
    "secret_manager_secret": "secretmanager.secrets.getIamPolicy",
    "service_account": "iam.serviceAccounts.getIamPolicy",
    "storage_bucket": "storage.buckets.getIamPolicy",
}
"""Kind of what a grant is on → the permission that a plan compares the grant with."""


@check("planner.data", "Name the permissions that are needed: this role reads logs and lists documents as well.")
def data(evidence: Evidence) -> Iterator[Fault]:
    """Find roles that sound as if they were about rights alone."""
    for grant in grants(evidence):
        if grant.role in LISTING:
            yield grant.address, f"{grant.member} has {grant.role}"


@check("planner.reads", "Without it every plan of a workflow ends with 403 where it reads who has that right.")
def reads(evidence: Evidence) -> Iterator[Fault]:
    """Find kinds of grants that the account could not compare."""
    roles = [
        each for each in evidence.of("google_project_iam_custom_role") if each.get("role_id") == SETTINGS_READER
    ]
    if not roles and evidence.variables.get("github") is not None:
        yield SETTINGS_READER, "there is no such role"
    for role in roles:
        for kind in sorted({grant.kind for grant in grants(evidence)}):
            if WHO_MAY.get(kind) not in (role.get("permissions") or ()):
                yield role.address, f"lacks {WHO_MAY.get(kind, f'what reads grants of a {kind}')}"


CHECKS: tuple[Check, ...] = (data, reads)
