"""Trees to build bundles of: a copy of this one, and the smallest there is."""

import os
import shutil
import subprocess
from pathlib import Path

from shared.runtime.config import FUNCTIONS

ROOT = Path(__file__).parents[2]
FOLDERS = ("functions", "shared")
NOISE = shutil.ignore_patterns("__pycache__", "*.pyc")


def copy_of_tree(target: Path) -> Path:
    """Copy what is deployed and what builds it, without git: a file that is not yet added is no fault there."""
    for name in (*FOLDERS, "infra/bundles"):
        shutil.copytree(ROOT / name, target / name, ignore=NOISE)
    for name in ("requirements.txt", "infra/__init__.py"):
        shutil.copyfile(ROOT / name, target / name)
    return target


def small_tree(root: Path) -> Path:
    texts = {"shared/a.py": "a = 'ä'\n", "requirements.txt": "flask==1\n"}
    for name, text in {**texts, **{f"functions/{each}/main.py": "entry\n" for each in FUNCTIONS}}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    return root


def git(root: Path, *arguments: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], env=environ, check=True, capture_output=True, text=True, timeout=300
    )
    return done.stdout
