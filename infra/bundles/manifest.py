"""The manifest: which zip each function's current bundle is. Terraform reads it."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from infra.bundles.contents import BundleError

NAME = "manifest.json"

DIGITS = 16
"""Of the hash, in a file's name: 64 bits tell any bundles apart that one will ever keep side by side."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Bundle(NamedTuple):
    """One function's zip: the file's name beside the manifest, and its SHA-256 in hexadecimal."""

    file: str
    sha256: str


def bundle_of(function: str, content: bytes) -> Bundle:
    """Return how the zip of a function is called."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Bundle(f"{function.replace('_', '-')}-{sha256[:DIGITS]}.zip", sha256)


def write(folder: Path, bundles: Mapping[str, Bundle]) -> None:
    """Write the manifest, whole or not at all."""
    table = {function: bundle._asdict() for function, bundle in sorted(bundles.items())}
    unfinished = folder / f"{NAME}.{os.getpid()}.new"  # another build may be at it
    unfinished.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8", newline="\n")
    unfinished.replace(folder / NAME)


def read(folder: Path) -> dict[str, Bundle]:
    """Return the current bundles by function.

    Raises:
        BundleError: there is no manifest, or it is not one of ours.
    """
    path = folder / NAME
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {function: Bundle(**row) for function, row in table.items()}
    except FileNotFoundError:
        raise BundleError(f"{path} is missing: make bundles") from None
    except (ValueError, TypeError, AttributeError):
        raise BundleError(f"{path} is not a manifest: make bundles") from None


def verify(folder: Path) -> dict[str, Bundle]:
    """Return the current bundles after comparing each zip with the manifest.

    Raises:
        BundleError: a zip is missing, is not what the manifest says, or is called what it is not.
    """
    bundles = read(folder)
    faults = [fault for function, bundle in bundles.items() if (fault := _fault(folder, function, bundle))]
    if faults:
        raise BundleError("\n  ".join(["The bundles are not those of the manifest:", *faults]))
    return bundles


def _fault(folder: Path, function: str, bundle: Bundle) -> str:
    if not _SHA256.fullmatch(bundle.sha256) or "/" in bundle.file:
        return f"{function}: the manifest's row is malformed"
    try:
        content = (folder / bundle.file).read_bytes()
    except OSError:
        return f"{function}: {bundle.file} is missing"
    return "" if bundle_of(function, content) == bundle else f"{function}: {bundle.file} has another content"
