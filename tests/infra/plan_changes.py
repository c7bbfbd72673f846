"""Ways to change a plan: what Terraform would plan if somebody wrote it so."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Plan = dict[str, Any]
Change = Callable[[Plan], None]


@dataclass(frozen=True, slots=True)
class PlanMutant:
    """A change of a plan, and the check that must name it."""

    caught_by: str
    change: Change

    def of(self, plan: Plan) -> Plan:
        """Return a changed copy of a plan."""
        changed = copy.deepcopy(plan)
        self.change(changed)
        return changed


def modules(module: Plan) -> Iterator[Plan]:
    yield module
    for child in module.get("child_modules", ()):
        yield from modules(child)


def planned(plan: Plan, kind: str, where: str = "") -> list[Plan]:
    """Return the planned resources of a type whose address holds a word; at least one, or the mutant is stale."""
    root = plan["planned_values"]["root_module"]
    every = [each for module in modules(root) for each in module.get("resources", ())]
    found = [each for each in every if each["type"] == kind and where in each["address"]]
    assert found, f"the plan has no {kind} with {where}"
    return found


def put(kind: str, where: str, path: str, value: Any) -> Change:
    """Set an argument: ``put("google_pubsub_topic", "dead", "message_storage_policy.0.x", 1)``."""

    def change(plan: Plan) -> None:
        for each in planned(plan, kind, where):
            *steps, last = (int(step) if step.isdecimal() else step for step in path.split("."))
            target: Any = each["values"]
            for step in steps:
                target = target[step]
            assert target[last] != value if isinstance(last, int) or last in target else True
            target[last] = value

    return change


def drop(kind: str, where: str = "") -> Change:
    """Take resources out."""

    def change(plan: Plan) -> None:
        gone = [each["address"] for each in planned(plan, kind, where)]
        for module in modules(plan["planned_values"]["root_module"]):
            module["resources"] = [each for each in module.get("resources", ()) if each["address"] not in gone]

    return change


def add(kind: str, **values: Any) -> Change:
    """Put a resource beside the others, as planned and as written."""

    def change(plan: Plan) -> None:
        new = {"address": f"{kind}.mutant", "mode": "managed", "type": kind, "name": "mutant"}
        plan["planned_values"]["root_module"].setdefault("resources", []).append({**new, "values": values})
        plan["configuration"]["root_module"].setdefault("resources", []).append({**new, "expressions": {}})

    return change


def grant(member: str, role: str, kind: str = "google_project_iam_member", **on: str) -> Change:
    """Give a role, on the project if nothing else is named; ``member`` may be an account's address in the plan."""

    def change(plan: Plan) -> None:
        accounts = [
            each["values"]["member"]
            for each in planned(plan, "google_service_account")
            if each["address"] == member
        ]
        add(kind, **(on or {"project": "example"}), role=role, member=(accounts or [member])[0])(plan)

    return change


def permit(role: str, permission: str) -> Change:
    """Put a permission into a custom role."""

    def change(plan: Plan) -> None:
        for each in planned(plan, "google_project_iam_custom_role", role):
            each["values"]["permissions"] = [*each["values"]["permissions"], permission]

    return change


def written(module: str, kind: str, argument: str, value: Any) -> Change:
    """Set what stands in the configuration of a resource of a module."""

    def change(plan: Plan) -> None:
        resources = plan["configuration"]["root_module"]["module_calls"][module]["module"]["resources"]
        found = [each for each in resources if each["type"] == kind]
        assert found
        for each in found:
            each[argument] = value

    return change


def backend_by_reference(plan: Plan) -> None:
    services = plan["configuration"]["root_module"]["module_calls"]["edge"]["expressions"]["services"]
    services["references"].append("module.function")


def not_passed(module: str, variable: str) -> Change:
    """Leave a variable out of a module's call."""

    def change(plan: Plan) -> None:
        del plan["configuration"]["root_module"]["module_calls"][module]["expressions"][variable]

    return change
