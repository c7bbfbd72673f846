"""Bundles hold exactly what is listed, and have the same bytes wherever and whenever they are built."""

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.bundles import manifest
from infra.bundles.__main__ import main
from infra.bundles.archive import archive
from infra.bundles.build import build
from infra.bundles.contents import BundleError, contents
from shared.runtime.config import FUNCTIONS
from tests.infra.bundle_tree import FOLDERS, ROOT, copy_of_tree, git, small_tree

SMALL_SHA256 = "19721cf27781d524cd6da47106103f19d88bebdb99d526f22ae9e467fefd1eb5"
"""The hash of the small tree's bundle. A Python or machine that gives another breaks the promise."""


def command(tree: Path, *arguments: str, umask: int = 0o022, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, started in the tree."""
    return subprocess.run(
        [sys.executable, "-m", "infra.bundles", *arguments],
        cwd=tree,
        env={"PATH": os.environ["PATH"], **environ},
        umask=umask,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )


def built(tree: Path, umask: int, **environ: str) -> dict[str, bytes]:
    command(tree, "--out", "out", umask=umask, **environ)
    return {path.name: path.read_bytes() for path in (tree / "out").iterdir()}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return small_tree(tmp_path / "tree")


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, zipfile.ZipFile]]:
    folder = tmp_path_factory.mktemp("bundles")
    made = build(folder, root=copy_of_tree(tmp_path_factory.mktemp("tree")))
    opened = {function: zipfile.ZipFile(folder / bundle.file) for function, bundle in made.items()}
    yield opened
    for each in opened.values():
        each.close()


def test_two_copies_of_the_tree_give_the_same_bytes_on_other_paths_days_and_settings(tmp_path: Path) -> None:
    one, other = copy_of_tree(tmp_path / "one"), copy_of_tree(tmp_path / "a longer path" / "ö" / "other")
    for days, path in enumerate(sorted(other.rglob("*"))):
        os.utime(path, times=(time.time() - 86400 * days, time.time() - 86400 * days))
        path.chmod(0o700 if path.is_dir() else 0o600)
    git(other, "init", "--quiet")
    git(other, "add", *FOLDERS, "requirements.txt")
    (other / "shared/__pycache__").mkdir()
    for name in ("shared/__pycache__/a.cpython-311.pyc", "shared/.a.py.swp", "functions/notify/main.py~"):
        (other / name).write_bytes(b"noise")
    plain = built(one, 0o022, LC_ALL="C", TZ="UTC", PYTHONHASHSEED="1")
    exotic = built(other, 0o077, LC_ALL="tr_TR.UTF-8", TZ="Pacific/Kiritimati", PYTHONHASHSEED="2")
    assert len(plain) == len(FUNCTIONS) + 1
    assert plain == exotic


def test_the_bytes_of_a_known_tree_are_known(tree: Path) -> None:
    assert hashlib.sha256(archive(contents(tree, "notify"))).hexdigest() == SMALL_SHA256


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bundle_holds_the_function_at_the_top_shared_and_the_lock_and_no_more(
    zips: dict[str, zipfile.ZipFile], function: str
) -> None:
    own = ROOT / "functions" / function
    listed = [path.relative_to(own) for path in own.rglob("*")] + [
        path.relative_to(ROOT) for path in (ROOT / "shared").rglob("*")
    ]
    # Another process that imports something just now has a half-written file there, of whatever suffix.
    sources = [path for path in listed if path.suffix and "__pycache__" not in path.parts]
    expected = {path.as_posix() for path in sources} | {"requirements.txt"}
    assert set(zips[function].namelist()) == expected
    assert "main.py" in expected
    assert not [name for name in expected if name.partition("/")[0] in {"local", "tests", "infra", "functions"}]


def test_every_translation_template_and_asset_is_in(zips: dict[str, zipfile.ZipFile]) -> None:
    console, notify = set(zips["console"].namelist()), set(zips["notify"].namelist())
    assert len([name for name in console if name.startswith("console_pages/") and name.endswith(".po")]) >= 6
    for folder, kinds in {"assets": {"css", "js"}, "templates": {"html"}, "translations": {"po"}}.items():
        files = {
            path.name for path in (ROOT / "functions/console/console_pages" / folder).iterdir() if path.is_file()
        }
        assert {name.rpartition(".")[2] for name in files} == kinds
        assert {f"console_pages/{folder}/{name}" for name in files} <= console
    for folder in ("templates", "translations"):
        files = {
            path.name for path in (ROOT / "shared/adapters/mail_templates" / folder).iterdir() if path.is_file()
        }
        assert files
        assert {f"shared/adapters/mail_templates/{folder}/{name}" for name in files} <= notify


def test_every_entry_is_stored_with_one_time_and_one_mode_in_order(zips: dict[str, zipfile.ZipFile]) -> None:
    for opened in zips.values():
        entries = opened.infolist()
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
        assert opened.namelist() == sorted(opened.namelist())


def test_the_name_bears_the_hash_and_the_manifest_says_the_same(tree: Path, tmp_path: Path) -> None:
    build(tmp_path, root=tree)
    rows = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert set(rows) == set(FUNCTIONS)
    for function, row in rows.items():
        sha256 = hashlib.sha256((tmp_path / row["file"]).read_bytes()).hexdigest()
        assert row == {"file": f"{function.replace('_', '-')}-{sha256[:16]}.zip", "sha256": sha256}
    assert manifest.verify(tmp_path).keys() == FUNCTIONS.keys()


def test_a_change_makes_another_file_and_the_older_stays(tree: Path, tmp_path: Path) -> None:
    before = build(tmp_path, root=tree)
    (tree / "functions/notify/main.py").write_text("changed\n", encoding="utf-8")
    after = build(tmp_path, ["notify"], root=tree)
    assert after["notify"] != before["notify"]
    assert (tmp_path / before["notify"].file).exists()
    assert manifest.read(tmp_path) == {**before, **after}


@pytest.mark.parametrize("harm", ["other content", "missing", "other name"])
def test_a_zip_that_is_not_the_manifests_is_found(tree: Path, tmp_path: Path, harm: str) -> None:
    bundle = build(tmp_path, root=tree)["notify"]
    path = tmp_path / bundle.file
    if harm == "other content":
        path.write_bytes(path.read_bytes() + b"\0")
    else:
        path.rename(tmp_path / "notify-0000000000000000.zip")
    if harm == "other name":
        renamed = {**manifest.read(tmp_path), "notify": bundle._replace(file="notify-0000000000000000.zip")}
        manifest.write(tmp_path, renamed)
    with pytest.raises(BundleError, match="notify"):
        manifest.verify(tmp_path)


def test_a_missing_or_foreign_manifest_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="missing"):
        manifest.read(tmp_path)
    (tmp_path / "manifest.json").write_text('{"notify": {"path": "x"}}', encoding="utf-8")
    with pytest.raises(BundleError, match="not a manifest"):
        manifest.read(tmp_path)


@pytest.mark.parametrize(
    "name", ["shared/notes.txt", "shared/.env", "functions/notify/key.pem", "shared/what is.py"]
)
def test_an_unknown_kind_of_file_or_name_stops_the_build(tree: Path, name: str) -> None:
    (tree / name).write_text("x", encoding="utf-8")
    with pytest.raises(BundleError, match=Path(name).name):
        contents(tree, "notify")


def test_windows_line_endings_stop_the_build(tree: Path) -> None:
    (tree / "shared/a.py").write_bytes(b"a = 1\r\n")
    with pytest.raises(BundleError, match=r"shared/a\.py has Windows line endings"):
        contents(tree, "notify")


@pytest.mark.parametrize(
    "where", ["shared/b.py", "shared/folder", "functions/notify/shared.py", "requirements.txt"]
)
def test_a_link_stops_the_build_wherever_it_leads(tree: Path, tmp_path: Path, where: str) -> None:
    target = tmp_path / "outside"
    target.mkdir()
    (target / "b.py").write_text("b\n", encoding="utf-8")
    (tree / where).unlink(missing_ok=True)
    (tree / where).symlink_to(target if where.endswith("folder") else target / "b.py")
    with pytest.raises(BundleError, match="is a link"):
        contents(tree, "notify")


def test_a_folder_that_is_a_link_stops_the_build(tree: Path, tmp_path: Path) -> None:
    (tree / "shared").rename(tmp_path / "moved")
    (tree / "shared").symlink_to(tmp_path / "moved")
    with pytest.raises(BundleError, match="is a link"):
        contents(tree, "notify")


def test_what_git_does_not_track_stops_the_build_also_when_it_is_ignored(tree: Path) -> None:
    git(tree, "init", "--quiet")
    (tree / ".gitignore").write_text("secret.py\n", encoding="utf-8")
    git(tree, "add", ".")
    assert contents(tree, "notify")
    (tree / "shared/secret.py").write_text("x\n", encoding="utf-8")
    (tree / "functions/notify/new.py").write_text("x\n", encoding="utf-8")
    with pytest.raises(BundleError) as caught:
        contents(tree, "notify")
    assert "shared/secret.py is not tracked" in str(caught.value)
    assert "functions/notify/new.py is not tracked" in str(caught.value)


def test_a_tracked_file_that_is_missing_stops_the_build(tree: Path) -> None:
    git(tree, "init", "--quiet")
    git(tree, "add", ".")
    (tree / "shared/a.py").unlink()
    with pytest.raises(BundleError, match=r"shared/a\.py is tracked by git and missing"):
        contents(tree, "notify")


def test_another_repository_in_the_environment_does_not_change_the_list(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tree, "init", "--quiet")
    git(tree, "add", ".")
    monkeypatch.setenv("GIT_DIR", str(ROOT / ".git"))
    assert set(contents(tree, "notify")) == {"main.py", "requirements.txt", "shared/a.py"}


def test_a_file_in_the_place_of_the_lock_stops_the_build(tree: Path) -> None:
    (tree / "functions/notify/shared").mkdir()
    (tree / "functions/notify/shared/a.py").write_text("x\n", encoding="utf-8")
    with pytest.raises(BundleError, match="would replace"):
        contents(tree, "notify")


def test_no_entry_and_no_such_function_stop_the_build(tree: Path) -> None:
    (tree / "functions/notify/main.py").unlink()
    with pytest.raises(BundleError, match=r"notify/main\.py is missing"):
        contents(tree, "notify")
    with pytest.raises(BundleError, match="no function 'mail'"):
        contents(tree, "mail")


def test_a_folder_without_a_function_stops_the_build_before_anything_is_written(tree: Path, tmp_path: Path) -> None:
    (tree / "functions/new_one").mkdir()
    with pytest.raises(BundleError, match="new_one"):
        build(tmp_path / "out", root=tree)
    assert not (tmp_path / "out").exists()


def test_the_command_prints_name_size_and_hash(tmp_path: Path) -> None:
    tree = copy_of_tree(tmp_path)
    printed = command(tree, "--out", "out", "notify").stdout
    (path,) = (tree / "out").glob("notify-*.zip")
    assert path.name in printed
    assert f"{path.stat().st_size:,} bytes" in printed
    assert hashlib.sha256(path.read_bytes()).hexdigest() in printed


def test_a_reader_that_has_seen_enough_gets_no_traceback(tmp_path: Path) -> None:
    """Regression: ``python -m infra.bundles | head -1`` ended in one."""
    reading, writing = os.pipe()
    os.close(reading)
    tree = copy_of_tree(tmp_path)
    command = [sys.executable, "-m", "infra.bundles", "--out", "out", "notify"]
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(command, cwd=tree, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tree / "out" / manifest.NAME).is_file()


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path), "mail"]) == 1
    assert "no function 'mail'" in capsys.readouterr().err


def test_builds_at_the_same_time_do_not_disturb_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: both wrote the same unfinished file, and the slower one did not find it any more."""
    tree, out = copy_of_tree(tmp_path / "tree"), tmp_path / "out"
    write = Path.write_bytes

    def another_build_comes_between(path: Path, content: bytes) -> int:
        written = write(path, content)
        monkeypatch.setattr(Path, "write_bytes", write)
        command(tree, "--out", str(out))
        return written

    monkeypatch.setattr(Path, "write_bytes", another_build_comes_between)
    build(out, root=tree)
    assert manifest.verify(out).keys() == FUNCTIONS.keys()
    assert not list(out.glob("*.new"))
