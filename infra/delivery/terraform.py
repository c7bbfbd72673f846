"""Runs Terraform for one environment."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from infra.delivery.stage import DeliveryError, Stage
from infra.terraform_version import NEEDED, is_enough

LOCK_TIMEOUT = "-lock-timeout=5m"  # another run may be at it; an apply takes that long

BUNDLES_DIR = "-var=bundles_dir=../../build/bundles"
"""Relative: a saved plan names its zips by this path, and is applied in another checkout."""

EPHEMERAL = ("sendgrid_api_key", "iap_oauth_client_secret")
"""Variables that are in neither plan nor state: Terraform wants the same ones at the apply as at the plan.
Source: https://developer.hashicorp.com/terraform/language/values/variables#ephemeral"""

OWN_WAY = ("TF_WORKSPACE", "TF_CLI_ARGS", "TF_VAR_")
"""Beginnings of variables by which one machine would plan another thing than the environment's files say."""

LOUD = "TF_LOG"
"""Of such names, where a secret is given: at DEBUG Google's provider writes its requests down, the secret in them.
Source: https://github.com/hashicorp/terraform/pull/14281"""


class Terraform:
    """Terraform on the root module, with the environment's own data folder."""

    def __init__(self, stage: Stage, environ: Mapping[str, str] = os.environ) -> None:
        """Find Terraform.

        Raises:
            DeliveryError: there is none, or it is too old.
        """
        self._stage = stage
        found = shutil.which("terraform", path=environ.get("PATH"))
        if not found:
            raise DeliveryError(f"There is no terraform on the PATH; {NEEDED} is needed.")
        self._binary = found
        without = (*OWN_WAY, LOUD) if ephemeral_values(environ) else OWN_WAY
        self.not_taken = [name for name in sorted(environ) if name.startswith(without) and not _is_ephemeral(name)]
        taken = {name: value for name, value in environ.items() if name not in self.not_taken}
        self._environ = {**taken, "TF_DATA_DIR": str(stage.data), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        self.version = str(self._asked("version", "-json")["terraform_version"])
        if not is_enough(self.version):
            raise DeliveryError(f"terraform {self.version} is too old; {NEEDED} is needed.")

    def init(self) -> None:
        """Install providers and connect to the state; safe to repeat."""
        pinned = ["-lockfile=readonly"] if self._stage.lock.exists() else []
        backend = f"-backend-config={self._stage.backend.relative_to(self._stage.terraform)}"
        self._run("init", "-reconfigure", backend, *pinned)

    def plan(self) -> None:
        """Save a plan, and its text."""
        self._stage.plan.parent.mkdir(parents=True, exist_ok=True)
        variables = f"-var-file={self._stage.variables.relative_to(self._stage.terraform)}"
        self._run("plan", LOCK_TIMEOUT, variables, BUNDLES_DIR, f"-out={self._stage.plan}")
        self._stage.plan.chmod(0o600)
        shown = self._done("show", "-no-color", str(self._stage.plan)).stdout
        self._stage.text.write_text(shown, encoding="utf-8")

    def planned(self) -> Mapping[str, Any]:
        """Return the saved plan. It is kept in no file: JSON shows sensitive values."""
        return self._asked("show", "-json", str(self._stage.plan))

    def apply(self, ephemeral: Mapping[str, str]) -> None:
        """Apply the saved plan; ``ephemeral`` are the values of the variables that it does not keep."""
        for name in EPHEMERAL:
            self._environ.pop(f"TF_VAR_{name}", None)
        self._environ |= {f"TF_VAR_{name}": value for name, value in ephemeral.items()}
        status, stopped = self._ended("apply", LOCK_TIMEOUT, str(self._stage.plan))
        if status:
            raise DeliveryError(
                f"terraform apply {'was stopped' if stopped else 'failed'}. What it had done by then is done, and "
                f"in the state: make plan ENV={self._stage.name} says what is left."
            )

    def _run(self, *arguments: str) -> None:
        """Run with output and end as people see them.

        Raises:
            DeliveryError: it failed, and has said why itself, or somebody stopped it.
        """
        status, stopped = self._ended(*arguments)
        if status or stopped:
            raise DeliveryError(f"terraform {arguments[0]} {'was stopped' if stopped else 'failed'}.")

    def _ended(self, *arguments: str) -> tuple[int, bool]:
        """Run, and return the exit status and whether somebody pressed Ctrl-C meanwhile.

        Ctrl-C reaches Terraform itself, which ends what it has begun and writes it into the state. So it is waited
        for however long that takes: ``subprocess.run`` kills after a quarter of a second, and what was being made
        would be in no state. A second Ctrl-C ends Terraform at once.
        """
        stopped = False
        with subprocess.Popen(self._command(arguments), env=self._environ, stdin=subprocess.DEVNULL) as running:  # noqa: S603  # own words
            while True:
                try:
                    return running.wait(), stopped
                except KeyboardInterrupt:
                    stopped = True

    def _asked(self, *arguments: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = json.loads(self._done(*arguments).stdout)
        return answer

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = self._command(arguments)
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, check=False)  # noqa: S603  # own words
        if done.returncode:
            raise DeliveryError(f"terraform {arguments[0]} failed: {done.stderr.strip()}")
        return done

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [self._binary, f"-chdir={self._stage.terraform}", *arguments]


def _is_ephemeral(variable: str) -> bool:
    return variable.removeprefix("TF_VAR_") in EPHEMERAL


def ephemeral_values(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the ephemeral variables that are set, by name."""
    return {name: value for name in EPHEMERAL if (value := environ.get(f"TF_VAR_{name}"))}
