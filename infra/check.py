"""Every check of the deployment, in one command: `python -m infra.check` (a part of `make check`).

Prints one line a check; the complaints of a failed one follow it. Where Terraform is not installed its checks are
skipped with the reason; with CI=true that is a failure.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.offline.roots import ROOTS, TERRAFORM, example_values
from infra.offline.terraform import Offline, TerraformError, unavailable

REPOSITORY = Path(__file__).parents[1]
CHECKOV = REPOSITORY / ".venv-checkov" / "bin" / "checkov"
AT_ONCE = 2  # checkov and Terraform are single programs of some seconds; more at once gain nothing on two cores
TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `run` returns complaints, none if all is well."""

    name: str
    run: Callable[[], Sequence[str]]
    terraform: bool = False


def checks() -> tuple[Check, ...]:
    """All checks; the slowest first, since two run at once."""
    return (
        Check("checkov", _checkov),
        Check("the plan and the code agree (infra.checks)", lambda: _module("infra.checks"), terraform=True),
        *(
            Check(f"terraform test, {_short(root / file)}", _test(root, file), terraform=True)
            for root, file in _tests()
        ),
        *(Check(f"terraform plan, {_short(root)}", _plan(root), terraform=True) for root in ROOTS),
        *(Check(f"terraform validate, {_short(root)}", _validate(root), terraform=True) for root in ROOTS),
        Check("terraform fmt", _formatted, terraform=True),
        Check("facts.json is what the code says", lambda: _module("infra.facts", "--check")),
    )


def main() -> int:
    """Runs all of them; 0 if none complains."""
    chosen = checks()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = pool.map(_outcome, chosen)
        failed = [check for check, fine in zip(chosen, outcomes, strict=True) if not fine]
    return 1 if failed else 0


def _outcome(check: Check) -> bool:
    reason = unavailable() if check.terraform else None
    if reason and os.environ.get("CI") != "true":
        _say(f"skipped  {check.name}: {reason}")
        return True
    begun = time.monotonic()
    complaints = [reason] if reason else list(check.run())
    spent = f"({time.monotonic() - begun:.1f} s)"
    _say("\n".join([f"{'FAILED' if complaints else 'ok':8} {check.name} {spent}", *complaints]))
    return not complaints


def _validate(root: Path) -> Callable[[], Sequence[str]]:
    def run() -> Sequence[str]:
        with Offline(root) as offline:
            return offline.validate()

    return run


def _plan(root: Path) -> Callable[[], Sequence[str]]:
    def run() -> Sequence[str]:
        with Offline(root) as offline:
            try:
                offline.plan(example_values(root))
            except TerraformError as error:
                return error.diagnostics
        return []

    return run


def _tests() -> Sequence[tuple[Path, Path]]:
    """Every root with each of its test files; a file is a check of its own, so that they fill both cores."""
    return [(root, file.relative_to(root)) for root in ROOTS for file in sorted(root.glob("tests/*.tftest.hcl"))]


def _test(root: Path, file: Path) -> Callable[[], Sequence[str]]:
    def run() -> Sequence[str]:
        with Offline(root) as offline:
            try:
                done = offline.test(f"-filter={file}")
            except TerraformError as error:
                return error.diagnostics
        return [done.stdout + done.stderr] if done.returncode else []

    return run


def _formatted() -> Sequence[str]:
    found = _command(["terraform", "fmt", "-check", "-recursive", "-diff", str(TERRAFORM)])
    return [f"Not formatted; run: terraform fmt -recursive infra/terraform\n{found[0]}"] if found else []


def _checkov() -> Sequence[str]:
    if not CHECKOV.exists():
        return ["checkov is not installed; run: make check"]
    values = ["--var-file", str(TERRAFORM / "terraform.tfvars.example")]
    done = _run([str(CHECKOV), "--config-file", str(TERRAFORM / ".checkov.yaml"), "-d", str(TERRAFORM), *values])
    return _said(done) or unscanned(done.stdout)


def unscanned(said: str) -> Sequence[str]:
    """What checkov left out and does not count as a failure: a file that its parser cannot read, or everything."""
    passed = re.search(r"Passed checks: (\d+)", said)
    if passed is None or int(passed[1]) == 0:
        return [f"checkov scanned nothing\n{said}".strip()]
    return [f"checkov could not read everything\n{said}".strip()] if "Parsing errors" in said else []


def _module(name: str, *arguments: str) -> Sequence[str]:
    return _command([sys.executable, "-m", name, *arguments])


def _command(command: Sequence[str]) -> Sequence[str]:
    """What a failed command said; nothing if it went well."""
    return _said(_run(command))


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # Terraform reads its user's settings even to format; a file that is not there would be complained about.
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(  # noqa: S603 - the commands above
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )


def _said(done: subprocess.CompletedProcess[str]) -> Sequence[str]:
    return [(done.stdout + done.stderr).strip() or f"exit code {done.returncode}"] if done.returncode else []


def _short(root: Path) -> str:
    return str(root.relative_to(REPOSITORY))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
