"""Which files make up a function's bundle, and what must not be among them."""

import os
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from shared.runtime.config import FUNCTIONS

LIBRARY = "shared"
LOCK = "requirements.txt"
ENTRY = "main.py"

SUFFIXES = frozenset({".py", ".po", ".html", ".j2", ".css", ".js"})
"""All that functions are made of, and all of it text. Anything else is a surprise until it is named here."""

LEFT_OUT = ("__pycache__", "*.pyc", "*~", ".*.sw?", ".#*", "#*#", ".DS_Store")
"""What Python and editors leave beside their files; nobody means these to be deployed."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""Names whose bytes in an archive depend on no locale and no file system."""


class BundleError(Exception):
    """The tree is not fit to be deployed; the message lists every reason."""


def contents(root: Path, function: str) -> dict[str, bytes]:
    """Return the bundle of a function: name in the archive → bytes, in the archive's order.

    The files of ``functions/<function>`` stand at the top, beside ``shared/`` and the hashed lock: so the bare
    framework finds all of it with no variable set. The list follows from the tree alone; where the tree is a git
    checkout it must also be what git tracks.

    Raises:
        BundleError: no such function; a link, an unknown kind of file, a name that is not plain, Windows line
            endings, an untracked or a missing file.
    """
    if function not in FUNCTIONS:
        raise BundleError(f"There is no function {function!r}; there are {', '.join(FUNCTIONS)}.")
    own = Path("functions", function)
    sources = [*_files(root, own), *_files(root, Path(LIBRARY)), Path(LOCK)]
    faults = [fault for path in sources for fault in _faults(root, path)]
    faults += _differences_from_git(root, own, sources)
    named = {_archive_name(path, own): path for path in sources}
    if len(named) != len(sources):
        faults.append(f"{own} holds a file that would replace one of {LIBRARY}/ or {LOCK}")
    if ENTRY not in named:
        faults.append(f"{own / ENTRY} is missing")
    if faults:
        raise BundleError("\n  ".join([f"{function} cannot be bundled:", *sorted(set(faults))]))
    return {name: (root / named[name]).read_bytes() for name in sorted(named)}


def _files(root: Path, folder: Path) -> Iterator[Path]:
    """Yield what is under a folder, relative to the root; links are yielded as they are, never followed."""
    for entry in sorted(os.scandir(root / folder), key=lambda each: each.name):
        if any(fnmatchcase(entry.name, pattern) for pattern in LEFT_OUT):
            continue
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files(root, path)
        else:
            yield path


def _archive_name(path: Path, own: Path) -> str:
    return (path.relative_to(own) if path.is_relative_to(own) else path).as_posix()


def _faults(root: Path, path: Path) -> Iterator[str]:
    full = root / path
    if any((root / part).is_symlink() for part in (path, *path.parents[:-1])):
        yield f"{path} is a link, or stands behind one"
    elif not full.is_file():
        yield f"{path} is not a file"
    elif path.suffix not in SUFFIXES and path != Path(LOCK):
        yield f"{path} is of a kind that is not deployed; remove it, or add {path.suffix or 'it'} to SUFFIXES"
    elif not all(_NAME.fullmatch(part) for part in path.parts):
        yield f"{path} has a name of more than letters, digits, '_', '-' and '.'"
    elif b"\r\n" in full.read_bytes():
        yield f"{path} has Windows line endings; .gitattributes asks for LF, check it out again"


def _differences_from_git(root: Path, own: Path, sources: list[Path]) -> Iterator[str]:
    if not (root / ".git").exists():
        return
    tracked = _tracked(root, own)
    yield from (f"{path} is not tracked by git; add or remove it" for path in sources if path not in tracked)
    yield from (f"{path} is tracked by git and missing, or must not be" for path in tracked - set(sources))


def _tracked(root: Path, own: Path) -> set[Path]:
    # A hook or a linked worktree sets GIT_DIR and others, which would name another repository than this tree's.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(root), "ls-files", "-z", "--", str(own), LIBRARY, LOCK]
    try:
        listed = subprocess.run(command, env=environ, capture_output=True, check=True).stdout  # noqa: S603  # own words
    except FileNotFoundError:
        raise BundleError("This is a git checkout, and there is no git to say what belongs to it.") from None
    except subprocess.CalledProcessError as failure:
        said = failure.stderr.decode(errors="replace").strip()
        raise BundleError(f"git does not list the files: {said}") from None
    return {Path(name) for name in os.fsdecode(listed).split("\0") if name}
