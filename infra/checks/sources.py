"""What stands in Terraform's files and in no plan: ``lifecycle``."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2

KEEPING = "prevent_destroy"


def prevented(folder: Path) -> set[tuple[str, str]]:
    """Return (type, name) of every resource with ``prevent_destroy = true``, in all modules of a folder."""
    found: set[tuple[str, str]] = set()
    for path in sorted(folder.rglob("*.tf")):
        text = path.read_text(encoding="utf-8")
        if KEEPING in text:
            found.update(_prevented(text))
    return found


@functools.lru_cache(maxsize=256)
def _prevented(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(key for key, block in _resources(hcl2.loads(text)) if _keeps(block))


def _resources(document: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for each in document.get("resource", ()):
        for kind, named in each.items():
            if isinstance(named, dict):
                for name, block in named.items():
                    if isinstance(block, dict):
                        yield (kind.strip('"'), name.strip('"')), block


def _keeps(block: dict[str, Any]) -> bool:
    return any(each.get(KEEPING) is True for each in block.get("lifecycle", ()))
