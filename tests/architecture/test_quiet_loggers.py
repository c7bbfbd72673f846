"""What an adapter knows to leak, logging keeps quiet: the adapters' lists and the runtime's agree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.runtime.logs import QUIET_LOGGERS

ROOT = Path(__file__).parents[2]


def known_to_leak() -> Iterator[tuple[str, str]]:
    """Yield (file, logger) of each constant of an adapter whose name ends in LOGGER or LOGGERS."""
    for path in sorted((ROOT / "shared" / "adapters").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(("LOGGER", "LOGGERS")):
                names = ast.literal_eval(node.value)
                for name in [names] if isinstance(names, str) else names:
                    yield path.relative_to(ROOT).as_posix(), name


def is_quiet(logger: str) -> bool:
    return any(logger == quiet or logger.startswith(f"{quiet}.") for quiet in QUIET_LOGGERS)


@pytest.mark.parametrize(("file", "logger"), sorted(known_to_leak()))
def test_a_logger_that_leaks_is_held_at_warning(file: str, logger: str) -> None:
    assert is_quiet(logger), f"{file} says that {logger} leaks; shared/runtime/logs.py does not hold it"


def test_every_adapter_with_a_leaking_library_says_so() -> None:
    told = {file.removeprefix("shared/adapters/").partition("/")[0] for file, _ in known_to_leak()}
    assert told >= {"android_management", "kms.py", "sendgrid", "ses"}
