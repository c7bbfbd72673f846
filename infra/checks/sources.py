"""What stands in Terraform's files and in no plan: ``lifecycle``."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2

KEEPING, LASTING, FOLLOWING = "prevent_destroy", "create_before_destroy", "replace_triggered_by"
Key = tuple[str, str]
"""Type and name of a resource."""


def prevented(folder: Path) -> set[Key]:
    """Return every resource with ``prevent_destroy = true``, in all modules of a folder."""
    return {key for key, value in _lifecycle(folder, KEEPING) if value is True}


def leaving_last(folder: Path) -> set[Key]:
    """Return every resource that Terraform deletes after it has changed what names it."""
    return {key for key, value in _lifecycle(folder, LASTING) if value is True}


def following(folder: Path) -> dict[Key, str]:
    """Return what each resource is replaced along with, in Terraform's words."""
    return {key: str(value) for key, value in _lifecycle(folder, FOLLOWING)}


def _lifecycle(folder: Path, argument: str) -> Iterator[tuple[Key, Any]]:
    for path in sorted(folder.rglob("*.tf")):
        text = path.read_text(encoding="utf-8")
        if argument in text:
            yield from ((key, settings[argument]) for key, settings in _settings(text) if argument in settings)


@functools.lru_cache(maxsize=256)
def _settings(text: str) -> tuple[tuple[Key, dict[str, Any]], ...]:
    return tuple((key, each) for key, block in _resources(hcl2.loads(text)) for each in block.get("lifecycle", ()))


def _resources(document: dict[str, Any]) -> Iterator[tuple[Key, dict[str, Any]]]:
    for each in document.get("resource", ()):
        for kind, named in each.items():
            if isinstance(named, dict):
                for name, block in named.items():
                    if isinstance(block, dict):
                        yield (kind.strip('"'), name.strip('"')), block
