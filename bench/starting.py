"""What a function's start costs: a new process that loads it, beside one that loads an empty function."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.ratio import Ratio, in_turns
from local.function_environment import FUNCTIONS, environment_of
from tests.architecture.cloud_facts import FACTS

ROOT = Path(__file__).parents[1]
ROUNDS = 7

AT_MOST = 2.2
"""Ours on top of the framework's own: routes, schemas of bodies, tokens. SDKs load at the first request, each only
where its function needs it (a test counts them)."""

EMPTY = """
import functions_framework

@functions_framework.http
def empty(request):
    return ""
"""
LOAD = "import functions_framework, sys; functions_framework.create_app(sys.argv[1], sys.argv[2])"


def ratios() -> Iterator[Ratio]:
    """Measure each function in processes of its own."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "main.py"
        empty.write_text(EMPTY, "utf-8")
        for function in sorted(FUNCTIONS):
            yield in_turns(
                f"start {function}",
                lambda function=function: load(
                    function, ROOT / "functions" / function / "main.py", environment_of(function, FACTS)
                ),
                "start an empty function",
                lambda: load("empty", empty, {}),
                at_most=AT_MOST,
                rounds=ROUNDS,
            )


def load(target: str, source: Path, variables: Mapping[str, str]) -> None:
    """Start Python, load one function and end."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}
    subprocess.run([sys.executable, "-c", LOAD, target, str(source)], env=environ, check=True)
