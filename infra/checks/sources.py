"""What stands in Terraform's files and in no plan: ``lifecycle``, versions, and what providers are told."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2

KEEPING = "prevent_destroy"


def prevented(folder: Path) -> set[tuple[str, str]]:
    """Return (type, name) of every resource with ``prevent_destroy = true``, in all modules of a folder."""
    return {key for key, found in lifecycles(folder).items() if found.get(KEEPING) is True}


def lifecycles(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Return by (type, name) the ``lifecycle`` of every resource that has one, in all modules of a folder."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(folder.rglob("*.tf")):
        text = path.read_text(encoding="utf-8")
        if "lifecycle" in text:
            found.update(_lifecycles(text))
    return found


@functools.lru_cache(maxsize=256)
def _lifecycles(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {key: each for key, block in _resources(hcl2.loads(text)) for each in block.get("lifecycle", ())}


def providers(folder: Path) -> dict[str, dict[str, Any]]:
    """Return by name what each provider of a root module is told, as it is written."""
    documents = [hcl2.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("providers*.tf"))]
    blocks = [block for document in documents for block in document.get("provider", ())]
    return {name.strip('"'): told for block in blocks for name, told in block.items() if isinstance(told, dict)}


def versions(folder: Path) -> dict[str, dict[str, str]]:
    """Return ``source`` and ``version`` of each provider that a root module asks for, and of Terraform itself."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("versions*.tf")):
        for block in hcl2.loads(path.read_text(encoding="utf-8")).get("terraform", ()):
            found["terraform"] = {"version": _plain(block.get("required_version"))}
            for each in block.get("required_providers", ()):
                found |= {
                    name: {key: _plain(text) for key, text in told.items()}
                    for name, told in each.items()
                    if isinstance(told, dict)
                }
    return found


def _plain(text: object) -> str:
    return str(text or "").strip('"')


def _resources(document: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for each in document.get("resource", ()):
        for kind, named in each.items():
            if isinstance(named, dict):
                for name, block in named.items():
                    if isinstance(block, dict):
                        yield (kind.strip('"'), name.strip('"')), block
