"""What checks look at: a plan with names for what is not made yet, and the sources of Terraform."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Resource:
    """One planned resource.

    Attributes:
        address: with its modules and its key.
        type: such as ``google_pubsub_topic``.
        name: the last word of its address, without the key.
        key: of ``for_each`` or ``count``; empty where there is neither.
        values: its arguments; what is computed holds a stand-in (see ``infra.offline.names``).
    """

    address: str
    type: str
    name: str
    values: Json
    key: str = ""

    def block(self, *path: str) -> Json:
        """Return a nested block, the first of its kind; empty where there is none."""
        found: Any = self.values
        for step in path:
            found = found.get(step)
            found = (found[0] if found else {}) if isinstance(found, list) else found or {}
        return dict(found)

    def get(self, argument: str, default: Any = None) -> Any:
        """Return an argument of the top level."""
        return self.values.get(argument, default)


@dataclass(frozen=True, slots=True)
class Configured:
    """One resource as it is written, before any expression is worked out.

    Attributes:
        path: modules and name, such as ``module.store.google_kms_crypto_key.passcodes``.
        source: Terraform's own JSON of it: ``expressions``, ``depends_on``, ``provider_config_key``.
    """

    path: str
    type: str
    source: Json


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a check may ask for.

    Attributes:
        resources: all planned ones.
        variables: values of the root's variables.
        configuration: ``configuration.root_module`` of ``terraform show -json``.
        terraform: folder of the root module.
    """

    resources: tuple[Resource, ...]
    variables: Mapping[str, Any] = field(default_factory=dict)
    configuration: Json = field(default_factory=dict)
    terraform: Path = REPOSITORY / "infra" / "terraform"

    def of(self, *types: str) -> list[Resource]:
        """Return the planned resources of these types."""
        return [resource for resource in self.resources if resource.type in types]

    def configured(self) -> Iterator[Configured]:
        """Yield every resource as it is written, modules included."""
        yield from _configured(self.configuration, "")

    def module_calls(self) -> Iterator[tuple[str, Json]]:
        """Yield each ``module`` block with its path, outermost first."""
        yield from _calls(self.configuration, "")


def seconds(duration: object) -> float:
    """Return a duration such as ``600s`` in seconds; infinity where it is not set, or left to Google."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)s", str(duration))
    return float(found[1]) if found else math.inf


def evidence(plan: Json, terraform: Path) -> Evidence:
    """Return what ``terraform show -json`` says of a plan, in the form that checks read."""
    return Evidence(
        resources=tuple(_planned(plan["planned_values"]["root_module"])),
        variables={name: each.get("value") for name, each in plan.get("variables", {}).items()},
        configuration=plan["configuration"]["root_module"],
        terraform=terraform,
    )


def _planned(module: Json) -> Iterator[Resource]:
    for each in module.get("resources", ()):
        if each["mode"] == "managed":
            key = str(each.get("index", ""))
            yield Resource(each["address"], each["type"], each["name"], each["values"], key)
    for child in module.get("child_modules", ()):
        yield from _planned(child)


def _configured(module: Json, prefix: str) -> Iterator[Configured]:
    for each in module.get("resources", ()):
        if each["mode"] == "managed":
            yield Configured(prefix + each["address"], each["type"], each)
    for name, call in module.get("module_calls", {}).items():
        yield from _configured(call["module"], f"{prefix}module.{name}.")


def _calls(module: Json, prefix: str) -> Iterator[tuple[str, Json]]:
    for name, call in module.get("module_calls", {}).items():
        yield f"{prefix}module.{name}", call
        yield from _calls(call["module"], f"{prefix}module.{name}.")
