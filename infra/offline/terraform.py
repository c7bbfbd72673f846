"""Runs the real Terraform on a root module, offline: schemas from `infra.offline.provider`, state nowhere.

The module's folder is never written to. Terraform works in a temporary folder of links to it, where an override
replaces the state backend, so that a plan needs neither credentials nor the bucket.
"""

import functools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.offline.provider import serving
from infra.offline.workspace import lay_out, sample_bundles
from infra.terraform_version import NEEDED, is_enough

TIMEOUT_S = 120.0  # a plan takes about a second; this only ends a hang


class TerraformUnavailableError(Exception):
    """There is no terraform on the PATH, or it is too old; the message says which."""


class TerraformError(Exception):
    """Terraform refused the configuration. `diagnostics` are its complaints, one a text."""

    def __init__(self, diagnostics: list[str]) -> None:
        self.diagnostics = diagnostics
        super().__init__("\n".join(diagnostics))


@functools.cache
def unavailable() -> str | None:
    """Why Terraform cannot be run here, or None."""
    binary = shutil.which("terraform")
    if binary is None:
        return f"terraform is not installed ({NEEDED} is needed on the PATH)"
    found = subprocess.run(  # noqa: S603 - a constant command
        [binary, "version", "-json"], capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    text = json.loads(found.stdout)["terraform_version"] if found.returncode == 0 else "0.0"
    return None if is_enough(text) else f"terraform {text} is too old ({NEEDED} is needed)"


class Offline:
    """A context in which Terraform runs on the root module in `root`; safe to enter once.

    With ``named``, plans hold the stand-ins of `infra.offline.names` instead of unknown values. `environment` is
    all that Terraform gets to see, known once the context is entered.

    Raises:
        TerraformUnavailableError: on entering, where Terraform cannot run.
    """

    def __init__(self, root: Path, *, named: bool = False) -> None:
        self._root = root.resolve()
        self._named = named
        self._stack = ExitStack()
        self.environment: dict[str, str] = {}
        self._folder = Path()
        self._scratch = Path()
        self._initialised = False

    def __enter__(self) -> Self:
        reason = unavailable()
        if reason:
            raise TerraformUnavailableError(reason)
        self._scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="offline-terraform-")))
        self._folder = lay_out(self._root, self._scratch / "tree")
        self.environment = _environment(self._scratch, self._stack.enter_context(serving(named=self._named)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def validate(self) -> list[str]:
        """Every complaint of `terraform init` and `terraform validate`, warnings too; empty if there is none."""
        try:
            self._initialise()
        except TerraformError as error:
            return error.diagnostics
        found = json.loads(self._run("validate", "-json").stdout)
        return [_diagnostic(item) for item in found["diagnostics"]]

    def plan(
        self, variables_file: Path | None = None, variables: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """A plan to create everything, as `terraform show -json` prints it.

        Args:
            variables_file: values in the language of .tfvars (or JSON, if it is called .json).
            variables: single values that override those of the file.

        Raises:
            TerraformError: the plan failed; its diagnostics say why.
        """
        self._initialise()
        chosen = [f"-var-file={variables_file.resolve()}"] if variables_file else []
        chosen += [f"-var={name}={_literal(value)}" for name, value in (variables or {}).items()]
        out = self._scratch / "plan"
        done = self._run("plan", "-json", "-lock=false", "-input=false", f"-out={out}", *chosen)
        if done.returncode:
            raise TerraformError(_logged(done.stdout))
        shown: dict[str, Any] = json.loads(self._run("show", "-json", str(out)).stdout)
        return shown

    def test(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`terraform test` with the module's own test files; a failed test is a return code, not an exception.

        Raises:
            TerraformError: the configuration cannot even be initialised.
        """
        self._initialise()
        return self._run("test", "-no-color", *arguments)

    def _initialise(self) -> None:
        """Finds the modules; once, and only when a command needs it."""
        if self._initialised:
            return
        done = self._run("init", "-json", "-input=false", "-lockfile=readonly")
        if done.returncode:
            raise TerraformError(_logged(done.stdout) or [done.stderr.strip()])
        self._initialised = True

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - Terraform with arguments of ours
            ["terraform", *arguments],  # noqa: S607 - the PATH is the caller's choice of Terraform
            cwd=self._folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )


def _environment(scratch: Path, reattach: str) -> dict[str, str]:
    """No credentials, variables or settings of the caller reach Terraform, and no provider source is left to it."""
    mirror = scratch / "no-providers"
    mirror.mkdir()
    settings = scratch / "settings.tfrc"
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return kept | {
        "TF_REATTACH_PROVIDERS": reattach,
        "TF_CLI_CONFIG_FILE": str(settings),
        "TF_DATA_DIR": str(scratch / "data"),
        "TF_IN_AUTOMATION": "1",
        "TF_VAR_bundles_dir": str(sample_bundles(scratch / "bundles")),
        "CHECKPOINT_DISABLE": "1",
        # A plan makes much short-lived garbage: collecting it later takes a third off the time, for 100 MB.
        "GOGC": "400",
    }


def _literal(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _logged(lines: str) -> list[str]:
    """The diagnostics in the JSON lines that Terraform logs."""
    found = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
    return [_diagnostic(line["diagnostic"]) for line in found if "diagnostic" in line]


def _diagnostic(found: dict[str, Any]) -> str:
    """One line: `main.tf:3: error: Unsupported argument: An argument named "colour" is not expected here.`."""
    at = found.get("range")
    place = f"{at['filename']}:{at['start']['line']}: " if at else ""
    detail = found.get("detail", "").strip()
    return f"{place}{found['severity']}: {found['summary']}" + (f": {detail}" if detail else "")
