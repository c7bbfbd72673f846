"""Step ``project``: it exists, it is billed, and the operator may do what comes."""

from infra.bootstrap import deployment, org_policies
from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError

PERMISSIONS = (
    "androidmanagement.enterprises.manage",
    "cloudfunctions.functions.create",
    "cloudkms.keyRings.create",
    "compute.backendServices.create",
    "datastore.databases.create",
    "datastore.entities.create",
    "datastore.entities.get",
    "iam.roles.create",
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.create",
    "logging.buckets.create",
    "pubsub.subscriptions.consume",
    "pubsub.subscriptions.create",
    "pubsub.subscriptions.delete",
    "pubsub.topics.attachSubscription",
    "pubsub.topics.create",
    "pubsub.topics.get",
    "pubsub.topics.getIamPolicy",
    "pubsub.topics.setIamPolicy",
    "resourcemanager.projects.setIamPolicy",
    "run.services.setIamPolicy",
    "secretmanager.secrets.create",
    "serviceusage.services.enable",
    "storage.buckets.create",
)
"""One or a few for each kind of thing that bootstrap and the first apply make; roles/owner has them all.

Rights on a bucket and its objects are not among them: an owner of the project has those by each bucket's own
policy, so asked of the project Google says that they are missing. The step state finds out by using them.
Source: https://github.com/skypilot-org/skypilot/issues/5020
"""


def run(context: Context) -> None:
    """Look at the project, its billing, the operator's rights and the organisation's policies."""
    if _exists(context):
        _billing(context)
        _permissions(context)
        org_policies.look(context, lambda: deployment.is_granted(context))


def _exists(context: Context) -> bool:
    project, tell = context.options.project, context.tell
    how = [f"gcloud projects create {project}", "or sign in with an account that may see it"]
    try:
        found = context.api.find("cloudresourcemanager", f"/v3/projects/{project}")
    except CallError as error:
        if error.is_disabled:
            tell.note("The project cannot be looked at before the step services has switched on its API.")
        else:
            tell.needs_you(f"Project {project} does not exist, or not for you. {error}", how)
        return False
    if found is None or found.get("state") != "ACTIVE":
        tell.needs_you(f"Project {project} is not there or not active.", how)
        return False
    number = str(found.get("name", "")).rpartition("/")[2]
    if context.options.project_number not in {"", number}:
        file = context.options.variables_file
        tell.needs_you(
            f"{file} has the project number {context.options.project_number}, Google says {number}.",
            ["Correct project_number: IAP's audiences are made of it, and every sign-in would fail."],
        )
    tell.ok(f"project {project}, number {number}")
    return True


def _billing(context: Context) -> None:
    project = context.options.project
    try:
        info = context.api.call("cloudbilling", "GET", f"/v1/projects/{project}/billingInfo")
    except CallError as error:
        context.tell.note(f"Billing could not be looked at. {error}")
        return
    if info.get("billingEnabled"):
        context.tell.ok("billing is on")
    else:
        command = f"gcloud billing projects link {project} --billing-account=ACCOUNT"
        context.tell.needs_you("Billing is off: functions, KMS and the load balancer need it.", [command])


def _permissions(context: Context) -> None:
    project = context.options.project
    answer = context.api.call(
        "cloudresourcemanager",
        "POST",
        f"/v3/projects/{project}:testIamPermissions",
        body={"permissions": list(PERMISSIONS)},
    )
    missing = [name for name in PERMISSIONS if name not in answer.get("permissions", ())]
    if not missing:
        context.tell.ok(f"{len(PERMISSIONS)} permissions are yours")
        return
    kind = "serviceAccount" if context.account.endswith(".gserviceaccount.com") else "user"
    member = f"{kind}:{context.account or 'ACCOUNT'}"
    context.tell.needs_you(
        f"You lack {len(missing)} permissions: {', '.join(missing)}.",
        [
            "Ask an owner of the project for roles/owner until the first deployment is done:",
            f"gcloud projects add-iam-policy-binding {project} --member={member} --role=roles/owner",
            "Take it back afterwards: deployments run as the account that Terraform makes.",
        ],
    )
