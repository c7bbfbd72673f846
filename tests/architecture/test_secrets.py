"""Where the plaintext of a passcode may be touched: a short list, and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

MAY_REVEAL = {
    "shared/adapters/android_management/client.py": "the request to AMAPI, and blotting it out of errors",
    "shared/adapters/kms.py": "encryption",
    "shared/adapters/local_key.py": "encryption on a laptop",
    "shared/adapters/mail_templates/letter_facts.py": "the letter",
    "shared/adapters/sendgrid/mail.py": "the letter leaves",
    "shared/adapters/ses/mail.py": "the letter leaves",
    "shared/domain/passcode_rule.py": "whether the phone would take it",
    "shared/runtime/resources.py": "the answer of a reveal",
    "shared/runtime/wiring.py": "the mail provider's key",
}
"""Files that call ``reveal()`` on a secret, each with the reason. Another one needs a reviewer's eyes first."""

AMAPI_ADAPTER = "shared/adapters/android_management/"


def deployed() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("shared", "functions"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _is_reveal(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reveal"


def _docstrings(tree: ast.Module) -> set[int]:
    """Return the string expressions that stand alone: docstrings of modules, classes, functions and constants."""
    alone = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {id(value) for value in alone if isinstance(value, ast.Constant)}


def test_a_secret_is_opened_only_where_it_must_leave() -> None:
    found = {name for name, tree in deployed() if any(_is_reveal(node) for node in ast.walk(tree))}
    assert found == set(MAY_REVEAL)


def test_amapis_field_for_the_passcode_is_written_in_its_adapter_alone() -> None:
    found = {
        name
        for name, tree in deployed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and "newPassword" in str(node.value) and id(node) not in _docstrings(tree)
    }
    assert found
    assert all(name.startswith(AMAPI_ADAPTER) for name in found), found


def test_passcodes_come_from_the_systems_random_source_alone() -> None:
    for name, tree in deployed():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
                assert node.attr in {"SystemRandom", "Random"}, f"{name}: random.{node.attr}"
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "random.Random":
                raise AssertionError(f"{name} makes a predictable random source")
