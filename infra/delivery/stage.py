"""One environment: where its settings are, and where what is made for it lies."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.bootstrap.variables_file import texts_of

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_CONFIGURATION = ("*.tf", "*.tf.json", "facts.json", ".terraform.lock.hcl")
_TAKEN_BY_ITSELF = ("terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json")
"""Files of variables that Terraform reads unasked. Git ignores them, so no other machine would plan the same."""


class DeliveryError(Exception):
    """The message says what to do. Nothing was changed, but where an apply had begun."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The files of one environment.

    Attributes:
        root: the repository's folder.
        name: such as ``staging``; its settings are ``infra/terraform/environments/staging.{tfvars,backend}``.
    """

    root: Path
    name: str

    @property
    def terraform(self) -> Path:
        """The root module."""
        return self.root / "infra" / "terraform"

    @property
    def variables(self) -> Path:
        """Terraform's variables of the environment; no secret is among them."""
        return self.terraform / "environments" / f"{self.name}.tfvars"

    @property
    def backend(self) -> Path:
        """Bucket and prefix of the environment's state."""
        return self.terraform / "environments" / f"{self.name}.backend"

    @property
    def bundles(self) -> Path:
        """The zips and their manifest; Terraform's default for ``bundles_dir``."""
        return self.root / "build" / "bundles"

    @property
    def plan(self) -> Path:
        """The saved plan."""
        return self.root / "build" / "plan" / f"{self.name}.tfplan"

    @property
    def record(self) -> Path:
        """What the saved plan was made of."""
        return self.plan.with_suffix(".json")

    @property
    def text(self) -> Path:
        """The saved plan as people read it."""
        return self.plan.with_suffix(".txt")

    @property
    def data(self) -> Path:
        """Terraform's own folder, one an environment: none is ever applied with the backend of another."""
        return self.root / "build" / "terraform" / self.name

    @property
    def lock(self) -> Path:
        """Versions and hashes of the providers."""
        return self.terraform / ".terraform.lock.hcl"

    def check(self) -> None:
        """Raise DeliveryError where the environment is not set up."""
        if not _NAME.fullmatch(self.name):
            raise DeliveryError(f"{self.name!r} is no name of an environment: lower-case letters, digits, hyphens.")
        missing = [path.relative_to(self.root) for path in (self.variables, self.backend) if not path.is_file()]
        if missing:
            known = ", ".join(sorted(path.stem for path in self.variables.parent.glob("*.tfvars"))) or "none"
            files = " and ".join(map(str, missing))
            raise DeliveryError(
                f"{files} missing (make bootstrap ENV={self.name}); environments there are: {known}"
            )
        self._check_own()
        unasked = sorted(path.name for pattern in _TAKEN_BY_ITSELF for path in self.terraform.glob(pattern))
        if unasked:
            raise DeliveryError(
                f"Terraform would read {', '.join(unasked)} in {self.terraform.relative_to(self.root)} as well: "
                f"move it away, {self.variables.name} alone says what {self.name} is."
            )

    def _check_own(self) -> None:
        """Raise DeliveryError where a file was copied from another environment and still is of that one."""
        for path, name in ((self.variables, "environment"), (self.backend, "prefix")):
            said = texts_of(path).get(name, self.name)
            if said.rpartition("/")[2] != self.name:  # a prefix may have folders before it
                raise DeliveryError(f'{path.relative_to(self.root)} says {name} = "{said}", not "{self.name}".')

    def configuration_sha256(self) -> str:
        """Return the hash of all that Terraform reads here beside the bundles."""
        whole = hashlib.sha256()
        for path in sorted(self._configuration()):
            whole.update(
                f"{path.relative_to(self.root)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
            )
        return whole.hexdigest()

    def _configuration(self) -> Iterator[Path]:
        yield from (self.variables, self.backend)
        for pattern in _CONFIGURATION:
            yield from self.terraform.glob(pattern)
        yield from self.terraform.glob("modules/**/*.tf")
