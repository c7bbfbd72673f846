"""Every alert that code raises is in the table that monitoring is made from, and the other way round."""

import ast
from collections.abc import Iterator
from pathlib import Path

from shared.domain.alerts import ALERTS

ROOT = Path(__file__).parents[2]


def raised() -> Iterator[tuple[str, str]]:
    """Yield (file, code) of each ``{"alert": CODE}`` and each ``Alert(CODE, …)`` in what is deployed."""
    for folder in ("shared", "functions"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from ((path.relative_to(ROOT).as_posix(), code) for code in _codes(node))


def _codes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "alert":
                yield ast.unparse(value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Alert":
        yield ast.unparse(node.args[0])


FORWARDED = "alert.code"
"""How the one line that logs a settlement's alerts names them; the codes stand where ``Alert`` is made."""


def test_every_alert_of_the_code_is_in_the_table() -> None:
    unknown = [
        (file, code) for file, code in raised() if code != FORWARDED and ast.literal_eval(code) not in ALERTS
    ]
    assert unknown == []


def test_every_alert_of_the_table_is_raised_somewhere() -> None:
    assert {ast.literal_eval(code) for _, code in raised() if code != FORWARDED} == set(ALERTS)


def test_alerts_are_passed_on_in_one_place_alone() -> None:
    assert [file for file, code in raised() if code == FORWARDED] == ["shared/services/case.py"]
