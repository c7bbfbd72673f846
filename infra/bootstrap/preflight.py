"""Step ``preflight``: the programs on this machine, and who the operator is for Google."""

import json
import sys

from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError
from infra.terraform_version import NEEDED, is_enough

PYTHON = (3, 11)
LOGIN = (
    "gcloud auth application-default login --scopes=openid,"
    "https://www.googleapis.com/auth/userinfo.email,"
    "https://www.googleapis.com/auth/cloud-platform,"
    "https://www.googleapis.com/auth/androidmanagement"
)
"""AMAPI takes its own scope only; gcloud's default login does not ask for it."""


def run(context: Context) -> None:
    """Look at Python, Terraform and gcloud, and ask who is signed in."""
    tell = context.tell
    if sys.version_info >= PYTHON:
        tell.ok(f"Python {sys.version_info.major}.{sys.version_info.minor}")
    else:
        tell.needs_you("Python is too old.", ["Install Python 3.11 or newer."])
    _terraform(context)
    gcloud = context.output_of(["gcloud", "version", "--format=json"])
    if gcloud is None:
        tell.note("gcloud is not installed. Only signing in needs it; a workload identity does without.")
    else:
        tell.ok("gcloud is installed")
    _who(context)


def _terraform(context: Context) -> None:
    shown = context.output_of(["terraform", "version", "-json"])
    try:
        version = str(json.loads(shown or "{}").get("terraform_version", ""))
    except ValueError:
        version = ""
    if is_enough(version):
        context.tell.ok(f"Terraform {version}")
    else:
        which = f"Terraform {version} is too old." if version else "Terraform was not found."
        context.tell.needs_you(which, [f"Install {NEEDED}: https://developer.hashicorp.com/terraform/install"])


def _who(context: Context) -> None:
    account = context.account
    if not account:
        try:
            account = str(context.api.call("openid", "GET", "/v1/userinfo").get("email", ""))
        except CallError as error:
            context.tell.needs_you(f"Google does not know who you are. {error}", [f"Sign in: {LOGIN}"])
            return
    if account:
        context.account = account
        context.tell.ok(f"signed in as {account}")
    else:
        context.tell.note(f"signed in, but the login does not tell as whom. Audit rows will not either. {LOGIN}")
