"""What a plan would do, in a few lines: counts, and each thing that would be lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

_KINDS: Mapping[tuple[str, ...], str] = {
    ("create",): "create",
    ("update",): "change",
    ("delete",): "destroy",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("create", "forget"): "replace",
    ("forget", "create"): "replace",
    ("forget",): "forget",
}
"""Terraform's actions of one resource. Source: JSON output format 1.2; plans.CreateThenForget."""

_CHANGES_NOTHING = {("no-op",), ("read",)}
_LOSES_NOTHING = {None, "create", "change"}

SECRET_VERSION = "google_secret_manager_secret_version"  # noqa: S105  # a type of resource
BUNDLE = "google_storage_bucket_object"
"""Each release replaces eight, and their bucket keeps the older ones: told last, or nobody sees the others."""
BACKEND = "google_compute_backend_service"
"""Sent whole at each change, with the secret of IAP's own OAuth client: without its value nobody could sign in."""


@dataclass(frozen=True, slots=True)
class Changes:
    """A plan's changes: number by kind, and what is destroyed, replaced or of an unknown kind.

    Attributes:
        needs: ephemeral variables whose values would be sent, so the plan must have been given them.
    """

    counts: Mapping[str, int]
    losses: Sequence[str]
    needs: Sequence[str]

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> Self:
        """Read a plan as ``terraform show -json`` prints it."""
        kinds = [(_kind(each["change"]["actions"]), each) for each in plan.get("resource_changes", [])]
        lost = [
            (each["type"] == BUNDLE, f"{kind} {each['address']}")
            for kind, each in kinds
            if kind not in _LOSES_NOTHING
        ]
        needs = {name for kind, each in kinds if kind and (name := _needed(kind, each))}
        counts = Counter(kind for kind, _each in kinds if kind)
        return cls(dict(sorted(counts.items())), [told for _last, told in sorted(lost)], sorted(needs))

    def line(self) -> str:
        """Return the counts as people say them."""
        return ", ".join(f"{number} to {kind}" for kind, number in self.counts.items()) or "nothing to change"

    def markdown(self, stage: str, revision: str) -> str:
        """Return the summary of a workflow's run; addresses only, no values."""
        lost = "".join(f"\n- `{each}`" for each in self.losses)
        return f"### Plan for {stage}, {revision}\n\n{self.line()}\n" + (f"\n**Lost**:{lost}\n" if lost else "")


def _kind(actions: Sequence[str]) -> str | None:
    """Return what happens to a resource, None for nothing; what is not known here in Terraform's own words."""
    known = tuple(actions)
    return None if known in _CHANGES_NOTHING else _KINDS.get(known, " then ".join(known))


def _needed(kind: str, row: Mapping[str, Any]) -> str:
    """Return which ephemeral variable the change of a resource sends, "" for none."""
    if row["type"] == SECRET_VERSION and kind in {"create", "replace"}:
        return "sendgrid_api_key"
    blocks = (row["change"].get("after") or {}).get("iap") or () if row["type"] == BACKEND else ()
    return "iap_oauth_client_secret" if any(block.get("oauth2_client_id") for block in blocks) else ""
