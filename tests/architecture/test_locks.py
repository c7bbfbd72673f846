"""The lock files install with every pip, also after newer versions of what they pin have come out."""

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-local.txt", "requirements-dev.txt")


def locked(name: str) -> dict[str, Requirement]:
    """Return the pins of a lock file by normalised name."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"[A-Za-z0-9]", line)]
    return {canonicalize_name(pin.name): pin for pin in pins}


def wanted(pins: dict[str, Requirement]) -> dict[str, set[str]]:
    """Return which extras of each pin the others ask for, as far as they are installed here."""
    extras: dict[str, set[str]] = {name: set() for name in pins}
    for name, pin in pins.items():
        try:
            needs = [Requirement(each) for each in requires(name) or ()]
        except PackageNotFoundError:  # of another platform or Python
            continue
        for need in needs:
            if any(need.marker is None or need.marker.evaluate({"extra": extra}) for extra in {"", *pin.extras}):
                extras.setdefault(canonicalize_name(need.name), set()).update(need.extras)
    return extras


@pytest.mark.parametrize("name", LOCKS)
def test_a_pin_names_each_extra_that_others_ask_of_it(name: str) -> None:
    """Regression: pip before 23.3 takes ``coverage[toml]`` for unpinned beside ``coverage==7.17.3``.

    It then finds the newest release, which bears no hash, and refuses the whole file: the lock installed until
    coverage 7.17.4 came out. Python 3.11 comes with pip 22 to 24.
    """
    pins = locked(name)
    unnamed = {each: extras - pins[each].extras for each, extras in wanted(pins).items() if each in pins}
    assert {each: extras for each, extras in unnamed.items() if extras} == {}


def test_extras_are_asked_for_at_all() -> None:
    assert wanted(locked("requirements-dev.txt"))["coverage"] == {"toml"}
    assert "grpc" in wanted(locked("requirements.txt"))["google-api-core"]
