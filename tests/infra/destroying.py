"""Asks the real Terraform, offline, what a `terraform destroy` of given resources would answer."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.offline.provider import serving
from infra.offline.workspace import lay_out, sample_bundles

TIMEOUT_S = 300.0  # a plan takes about a second; this only ends a hang


def refusals(root: Path, variables_file: Path, resources: Sequence[Mapping[str, Any]]) -> str:
    """What `terraform plan -destroy` says against it, "" where it would destroy everything.

    Args:
        root: a root module.
        variables_file: its values.
        resources: what exists: items of ``resource_changes`` of a plan without unknown values.
    """
    with tempfile.TemporaryDirectory(prefix="destroying-") as scratch, serving() as reattach:
        folder = lay_out(root.resolve(), Path(scratch) / "tree")
        (folder / "terraform.tfstate").write_text(json.dumps(_state(resources)), encoding="utf-8")
        environment = {
            "PATH": os.environ["PATH"],
            "TF_REATTACH_PROVIDERS": reattach,
            "TF_DATA_DIR": f"{scratch}/data",
            "TF_VAR_bundles_dir": str(sample_bundles(Path(scratch) / "bundles")),
            "CHECKPOINT_DISABLE": "1",
        }
        for command in (["init"], ["plan", "-destroy", f"-var-file={variables_file.resolve()}"]):
            done = subprocess.run(
                ["terraform", *command, "-no-color", "-input=false"],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT_S,
            )
    return done.stderr if done.returncode else ""


def _state(resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "version": 4,
        "terraform_version": "1.11.0",
        "serial": 1,
        "lineage": "00000000-0000-0000-0000-000000000000",
        "outputs": {},
        "resources": [
            {
                "module": found["module_address"],
                "mode": "managed",
                "type": found["type"],
                "name": found["name"],
                "provider": f'provider["{found["provider_name"]}"]',
                "instances": [{"schema_version": 0, "attributes": found["change"]["after"]}],
            }
            for found in resources
        ],
    }
