"""Whatever a bundle imports is in the bundle, in Python itself or in the lock that it carries."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from infra.bundles.contents import contents
from shared.runtime.config import FUNCTIONS
from tests.infra.bundle_tree import copy_of_tree


@cache
def installed() -> dict[str, set[str]]:
    """Import name → normalised names of the distributions that give it."""
    return {name: {_normal(each) for each in given} for name, given in packages_distributions().items()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> set[str]:
    return {
        _normal(re.split(r"==|\[", line, maxsplit=1)[0])
        for line in lock.splitlines()
        if re.match(r"[A-Za-z0-9]", line)
    }


def imports(source: bytes) -> Iterator[str]:
    """Yield what is imported at run time: what stands under ``if TYPE_CHECKING`` is not."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports would need their own check"
            yield node.module or ""
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def strangers(bundle: dict[str, bytes]) -> set[str]:
    """Return the modules that a bundle imports and that nothing in it explains."""
    inside = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in bundle}
    known = locked(bundle["requirements.txt"].decode())
    wanted = {module for name, source in bundle.items() if name.endswith(".py") for module in imports(source)}
    ours = {name.partition(".")[0] for name in inside}
    return {module for module in wanted if not _explained(module, inside, ours, known)}


def _explained(module: str, inside: set[str], ours: set[str], known: set[str]) -> bool:
    top = module.partition(".")[0]
    if top in ours:
        return module in inside
    return top in sys.stdlib_module_names or bool(installed().get(top, set()) & known)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_tree(tmp_path_factory.mktemp("tree"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bundle_imports_only_from_inside_from_python_and_from_its_lock(tree: Path, function: str) -> None:
    assert strangers(contents(tree, function)) == set()


@pytest.mark.parametrize("module", ["local.stack", "pytest", "shared.domain.nowhere", "infra.facts"])
def test_an_import_from_elsewhere_is_found(tree: Path, module: str) -> None:
    assert strangers({**contents(tree, "notify"), "extra.py": f"import {module}\n".encode()}) == {module}
