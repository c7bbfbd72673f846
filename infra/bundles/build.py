"""Builds bundles into a folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from infra.bundles import manifest
from infra.bundles.archive import archive
from infra.bundles.contents import BundleError, contents
from infra.bundles.manifest import Bundle
from shared.runtime.config import FUNCTIONS

ROOT = Path(__file__).parents[2]
OUT = Path("build", "bundles")


def build(folder: Path, functions: Sequence[str] = (), root: Path = ROOT) -> dict[str, Bundle]:
    """Build the bundles of some functions, of all where none is named, and return them.

    Zips of before stay, for a way back; the manifest names the current ones. Safe to repeat: an equal bundle is
    the same file.

    Raises:
        BundleError: the tree is not fit; nothing is written then.
    """
    _check_folders(root)
    made = {function: archive(contents(root, function)) for function in functions or FUNCTIONS}
    folder.mkdir(parents=True, exist_ok=True)
    others = manifest.read(folder) if functions and (folder / manifest.NAME).exists() else {}
    bundles = {function: manifest.bundle_of(function, content) for function, content in made.items()}
    for function, bundle in bundles.items():
        _write(folder / bundle.file, made[function])
    manifest.write(folder, {**others, **bundles})
    return bundles


def _check_folders(root: Path) -> None:
    found = {path.name for path in (root / "functions").iterdir() if path.is_dir() and path.name != "__pycache__"}
    if found != set(FUNCTIONS):
        differing = ", ".join(sorted(found ^ set(FUNCTIONS)))
        raise BundleError(f"functions/ and the table FUNCTIONS differ: {differing}")


def _write(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    unfinished = path.with_suffix(f".{os.getpid()}.new")  # another build may be at the same file
    unfinished.write_bytes(content)
    unfinished.replace(path)
