"""The table of rights against the code: what each function's builder gives it, read from the composition root."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from infra.checks.evidence import REPOSITORY, Evidence
from infra.checks.findings import Check, Fault, check
from infra.rights import EVENTS, EXPECTED, REQUESTS, Invoker, Key, Rights, Store
from shared.runtime.config import FUNCTIONS

WIRING = REPOSITORY / "shared" / "runtime" / "wiring.py"
SERVICES = "shared.services."
HALVES = {"Encryptor": Key.ENCRYPT, "Decryptor": Key.DECRYPT}
TOPICS = {"REQUEST_TOPIC": REQUESTS, "EVENT_TOPIC": EVENTS}


def capabilities(function: str, wiring: Path = WIRING) -> Rights:
    """Return the rights that the code of a function makes use of; who calls it is taken from the table.

    Raises:
        ValueError: the code both encrypts and decrypts.
    """
    built = _reachable(_tree(wiring), function)
    names = {node.id for part in built for node in ast.walk(part) if isinstance(node, ast.Name)}
    halves = {HALVES[word] for path in _services(built) for word in HALVES if word in _imported(path)}
    needs = FUNCTIONS[function]
    if len(halves) > 1:
        raise ValueError(f"{function} both encrypts and decrypts")
    published = [topic for name, topic in TOPICS.items() if name in needs.required and "_announcer" in names]
    return Rights(
        store=Store.WRITE if "_book" in names else Store.READ,
        invoker=EXPECTED[function].invoker if function in EXPECTED else Invoker.IAP,
        key=next(iter(halves), Key.NONE) if "_cipher" in names else Key.NONE,
        amapi="_amapi" in names,
        publishes=tuple(sorted(published)),
        secrets=("SENDGRID_API_KEY",) if "_mail_providers" in names else (),
        besides=EXPECTED[function].besides if function in EXPECTED else (),
    )


def deleters(function: str, wiring: Path = WIRING) -> list[str]:
    """Return the services that a function loads, at any depth, and that delete documents."""
    waiting = _services(_reachable(_tree(wiring), function))
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _services([_tree(path)])
    return sorted(path.relative_to(REPOSITORY).as_posix() for path in seen if _deletes(path))


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _reachable(module: ast.Module, function: str) -> list[ast.stmt]:
    """Return a function of the module and every one that it names, at any depth."""
    defined = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    waiting, found = [function], {}
    while waiting:
        name = waiting.pop()
        if name in defined and name not in found:
            found[name] = defined[name]
            waiting += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
    return list(found.values())


def _services(parts: list[ast.stmt] | list[ast.Module]) -> list[Path]:
    nodes = [node for part in parts for node in ast.walk(part) if isinstance(node, ast.ImportFrom)]
    named = {node.module for node in nodes if node.module and node.module.startswith(SERVICES)}
    return [REPOSITORY / f"{name.replace('.', '/')}.py" for name in sorted(named) if name != f"{SERVICES}ports"]


@functools.cache
def _imported(path: Path) -> set[str]:
    imports = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports for alias in node.names}


@functools.cache
def _deletes(path: Path) -> bool:
    calls = [node.func for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]
    return any(isinstance(each, ast.Name) and each.id == "Delete" for each in calls)


@check(
    "rights.code", "infra/rights.py gives each function what shared/runtime/wiring.py builds it with: change both."
)
def code(_evidence: Evidence) -> Iterator[Fault]:
    """Compare the table of rights with what the code uses."""
    for function in sorted(set(FUNCTIONS) ^ set(EXPECTED)):
        yield function, "stands in only one of FUNCTIONS and the table of rights"
    for function in sorted(set(FUNCTIONS) & set(EXPECTED)):
        used, allowed = capabilities(function), EXPECTED[function]
        for name in Rights.__slots__:
            if getattr(used, name) != getattr(allowed, name):
                yield function, f"its code's {name} is {getattr(used, name)}, its row says {getattr(allowed, name)}"


@check("rights.deletes", "No account may delete documents, so no function may try: overwrite, or let them expire.")
def deletes(_evidence: Evidence) -> Iterator[Fault]:
    """Find functions whose code deletes documents."""
    for function in FUNCTIONS:
        for path in deleters(function):
            yield function, f"loads {path}, which deletes documents"


CHECKS: tuple[Check, ...] = (code, deletes)
