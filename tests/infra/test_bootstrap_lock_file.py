"""The commands that make Terraform's lock file, out of a fresh clone."""

import os
import shutil
import subprocess
from pathlib import Path

from infra.bootstrap.state_bucket import LOCK_COMMANDS

ROOT = Path(__file__).parents[2] / "infra" / "terraform"


def test_the_commands_find_every_provider_in_a_fresh_clone(terraform_there, tmp_path):
    """Regression: alone, the second ends with "Module not installed". A mirror without providers keeps it here."""
    clone, mirror, settings = tmp_path / "terraform", tmp_path / "mirror", tmp_path / "settings.tfrc"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns(".terraform*"))
    mirror.mkdir()
    settings.touch()
    get, lock = (["terraform", f"-chdir={clone}", *command.split()] for command in LOCK_COMMANDS)
    environ = {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": str(settings)}
    subprocess.run(get, env=environ, check=True, capture_output=True, timeout=300)
    done = subprocess.run(
        [*lock, f"-fs-mirror={mirror}"], env=environ, check=False, capture_output=True, text=True, timeout=300
    )
    assert "Module not installed" not in done.stderr
    assert {line for line in ("hashicorp/google:", "hashicorp/google-beta:") if line not in done.stderr} == set()


def test_the_readme_has_the_same_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"terraform -chdir=infra/terraform {command}\n" in text for command in LOCK_COMMANDS)
