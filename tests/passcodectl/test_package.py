"""The package that pipx would install, built offline."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from passcodectl.version import VERSION

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "passcodectl"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(out)], cwd=SOURCE, check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_holds_every_module_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as content:
        names = {name for name in content.namelist() if ".dist-info/" not in name}
    modules = {path.relative_to(ROOT).as_posix() for path in SOURCE.rglob("*.py")}
    assert names == modules | {"passcodectl/py.typed"}


def test_the_wheel_runs_where_nothing_of_this_repository_is(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as content:
        content.extractall(tmp_path)
        (entry,) = (name for name in content.namelist() if name.endswith("entry_points.txt"))
        assert "passcodectl = passcodectl.program:main" in content.read(entry).decode()
    code = "from passcodectl.program import main; main()"
    told = subprocess.run(
        [sys.executable, "-c", code, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout == f"passcodectl, version {VERSION}\n"


def test_building_leaves_nothing_behind(wheel):
    assert wheel.exists()
    known = {"commands", "__pycache__", "pyproject.toml", "py.typed"}
    assert {path.name for path in SOURCE.iterdir() if path.suffix != ".py"} <= known


def test_what_it_needs_is_what_it_imports():
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [need.partition(">")[0] for need in project["dependencies"]] == ["click", "requests", "google-auth"]
    outside = {"click", "requests", "urllib3", "google"}  # urllib3 comes with requests
    assert imported() - set(sys.stdlib_module_names) - {"passcodectl"} == outside


def test_no_click_is_allowed_that_it_does_not_start_with_or_that_hides_the_environment():
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (need,) = (each for each in map(Requirement, project["dependencies"]) if each.name == "click")
    assert not [version for version in ("8.2.1", "8.3.3", "8.4.0") if need.specifier.contains(version)]
    assert need.specifier.contains("8.4.1")


def imported() -> set[str]:
    found = set()
    for path in SOURCE.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]) and len(words) > 1:
                found.add(words[1].partition(".")[0])
    return found


def test_the_launcher_of_a_clone_runs_it_from_anywhere(tmp_path):
    told = subprocess.run(
        [ROOT / "bin" / "passcodectl", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout == f"passcodectl, version {VERSION}\n"


def test_a_link_to_the_launcher_of_a_clone_runs_it_too(tmp_path):
    """Where it was looked for beside the link, it asked for an environment that was there."""
    (tmp_path / "passcodectl").symlink_to(ROOT / "bin" / "passcodectl")
    ended = subprocess.run([tmp_path / "passcodectl", "--version"], capture_output=True, check=False, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
