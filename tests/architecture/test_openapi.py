"""The OpenAPI document is what the code does, and every reason is in the one table."""

import ast
from pathlib import Path

import openapi_spec_validator
import yaml

from local import openapi
from shared.runtime.web import ERRORS

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "openapi.yaml"


def rejected_reasons() -> set[str]:
    """Return the first argument of every ``RejectedError(…)`` and ``error_answer(…)`` in the deployed code."""
    found = set()
    for path in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in {"RejectedError", "error_answer"} and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_the_document_is_what_the_code_would_write() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == openapi.as_text(), "run make openapi"


def test_the_document_is_valid_openapi() -> None:
    openapi_spec_validator.validate(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8")))


def test_every_refusal_that_code_makes_is_in_the_table() -> None:
    # A mail provider's refusal of an address never reaches HTTP: it is recorded on the delivery.
    assert rejected_reasons() - {"ADDRESS_REFUSED"} <= set(ERRORS)


CHOSEN_AT_RUN_TIME = {
    "UNKNOWN_FIELD": "shared/runtime/web.py",  # by what msgspec says of a body
    "CIPHERTEXT_REJECTED": "shared/services/reveal_passcode.py",  # handed on from the key service
    "TOO_MANY_RESETS": "shared/services/rate_limits.py",  # by the limit that is reached
    "RESETS_STOPPED": "shared/services/rate_limits.py",
    "TOO_MANY_READINGS": "shared/services/rate_limits.py",
}
"""Reasons that no call names outright, with the file whose ``RejectedError`` takes a variable."""


def test_no_reason_is_listed_that_nobody_gives() -> None:
    assert set(ERRORS) - rejected_reasons() == set(CHOSEN_AT_RUN_TIME)


def test_a_reason_is_chosen_at_run_time_only_where_that_is_known() -> None:
    found = set()
    for path in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RejectedError":
                assert node.args, path
                if not isinstance(node.args[0], ast.Constant):
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == set(CHOSEN_AT_RUN_TIME.values())


def test_the_readme_lists_only_reasons_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("| you send | you get |")[1].split("\n\n")[0]
    told = {word.strip("`") for word in table.replace(",", " ").replace(";", " ").split() if word.startswith("`")}
    reasons = {word for word in told if word.isupper() and "_" in word}
    assert reasons
    assert reasons <= set(ERRORS)
