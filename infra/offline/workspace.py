"""The folder that Terraform works in: links to a root module, and stand-ins for what is built elsewhere."""

import json
from pathlib import Path

from shared.runtime.config import FUNCTIONS

# Replaces whatever backend the module names: the real one needs a bucket and credentials.
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
# An operator's own values and state, which Terraform would load by itself.
PRIVATE = ("terraform.tfvars", "terraform.tfvars.json", ".terraform")
PRIVATE_ENDINGS = (".auto.tfvars", ".auto.tfvars.json", ".tfstate", ".tfstate.backup")
SAMPLE_SHA256 = "0" * 64


def lay_out(root: Path, tree: Path) -> Path:
    """Makes `tree` look like `root` and the two folders above it, by links.

    The folders above are there because modules name files by relative paths such as `../../build`.

    Returns:
        the folder that stands for `root`; files written there stay there.
    """
    folder = tree / root.parent.name / root.name
    folder.mkdir(parents=True)
    _link_entries(root.parent.parent, tree)
    _link_entries(root.parent, folder.parent)
    _link_entries(root, folder)
    (folder / "offline_backend_override.tf").write_text(BACKEND, encoding="utf-8")
    return folder


def _link_entries(source: Path, target: Path) -> None:
    for entry in source.iterdir():
        link = target / entry.name
        if entry.name not in PRIVATE and not entry.name.endswith(PRIVATE_ENDINGS) and not link.exists():
            link.symlink_to(entry)


def sample_bundles(folder: Path) -> Path:
    """Writes the manifest that `python -m infra.bundles` would, and empty files where the zips would be."""
    folder.mkdir()
    manifest = {}
    for entry_point in FUNCTIONS:
        file = f"{entry_point.replace('_', '-')}-{SAMPLE_SHA256[:16]}.zip"
        (folder / file).touch()
        manifest[entry_point] = {"file": file, "sha256": SAMPLE_SHA256}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
