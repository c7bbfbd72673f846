"""Each function is a thin entry that loads only what its duty needs, and the tree keeps its shape."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.function_environment import FUNCTIONS, environment_of
from shared.runtime import config
from tests.architecture.cloud_facts import FACTS

ROOT = Path(__file__).parents[2]
MAX_ENTRY_LINES = 22
MAX_FILE_LINES = 400

SDKS = {
    "boto3",
    "flask_bootstrap",
    "google.cloud.firestore",
    "google.cloud.kms_v1",
    "google.pubsub_v1",
    "googleapiclient",
    "jinja2.ext",
    "jwt",
    "sendgrid",
    "sqlite3",
}

NEEDED = {
    "reset_passcode": {"google.cloud.firestore", "google.cloud.kms_v1", "google.pubsub_v1", "jwt"},
    "reveal_passcode": {"google.cloud.firestore", "google.cloud.kms_v1", "jwt"},
    "console": {"google.cloud.firestore", "jwt", "flask_bootstrap"},
    "issue_command": {"google.cloud.firestore", "google.cloud.kms_v1", "google.pubsub_v1"},
    "poll_status": {"google.cloud.firestore", "google.pubsub_v1"},
    "handle_notification": {"google.cloud.firestore", "google.pubsub_v1"},
    "notify": {"google.cloud.firestore", "google.cloud.kms_v1", "sendgrid"},
    "sync_devices": {"google.cloud.firestore"},
}
"""What each function, and no other, loads until it is built. Some adapters wait even longer, for a first call."""

LOAD = """
import functions_framework, json, sys
from google.auth import credentials
import google.auth
google.auth.default = lambda *a, **k: (credentials.AnonymousCredentials(), "p")
app = functions_framework.create_app(sys.argv[1], sys.argv[2])
before = [name for name in json.loads(sys.argv[3]) if name in sys.modules]
entry = sys.modules["main"].__dict__
lazily = entry.get("_answer") or entry["_step"]
lazily._built = lazily._built or lazily._build()
after = [name for name in json.loads(sys.argv[3]) if name in sys.modules]
print(json.dumps([before, after]))
"""


def loaded(function: str) -> tuple[set[str], set[str]]:
    """Return the SDKs in memory when the function has started, and when it is built."""
    source = str(ROOT / "functions" / function / "main.py")
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment_of(function, FACTS)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, function, source, json.dumps(sorted(SDKS))],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    before, after = json.loads(done.stdout.splitlines()[-1])
    return set(before), set(after)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_loads_only_the_sdks_of_its_duty(function: str) -> None:
    started, built = loaded(function)

    assert built == NEEDED[function]  # a name that is misspelt here would prove nothing
    assert not started & {"google.cloud.firestore", "google.cloud.kms_v1", "google.pubsub_v1", "boto3"}


def test_there_is_an_entry_for_every_function_and_for_no_other() -> None:
    entries = {path.parent.name for path in (ROOT / "functions").glob("*/main.py")}

    assert entries == set(FUNCTIONS) == set(config.FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_entry_is_a_dozen_lines(function: str) -> None:
    lines = (ROOT / "functions" / function / "main.py").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= MAX_ENTRY_LINES


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).is_file()]


def test_no_file_is_a_dumping_ground_or_a_novel() -> None:
    python = [path for path in tracked() if path.suffix == ".py"]
    long = [str(path) for path in python if len(path.read_text("utf-8").splitlines()) > MAX_FILE_LINES]

    assert long == []
    assert not [path for path in python if path.stem in {"util", "utils", "helper", "helpers", "common", "misc"}]


def test_every_variable_is_documented_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    variables = set().union(*(needs.all for needs in config.FUNCTIONS.values()))

    assert sorted(name for name in variables if f"`{name}`" not in readme) == []
