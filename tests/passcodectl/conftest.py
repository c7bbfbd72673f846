"""The program in process, against a small real server."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from passcodectl import following, moments, program, transport
from tests.passcodectl.fake_api import ENTERPRISE, TOKEN, FakeApi, device, serving


@dataclass(frozen=True)
class Ended:
    """How a call of the program ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        return json.loads(self.err.splitlines()[-1])["error"]


Ctl = Callable[..., Ended]

NOW = datetime(2026, 11, 23, 21, 43, tzinfo=UTC)
"""Three minutes after the resets of the server were asked for: whenever the tests run, they read the same."""


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(FakeApi()) as running:
        running.add(device("a1"))
        yield running


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of who runs the tests: no variables, proxies, colours, nor the date; and no long pauses."""
    for name in ("URL", "ENTERPRISE", "TOKEN", "IMPERSONATE", "LAPTOP"):
        monkeypatch.delenv(f"PASSCODECTL_{name}", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(moments, "now", lambda: NOW)
    monkeypatch.setattr(transport, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(following, "FIRST_LOOK_S", 0.001)


@pytest.fixture
def run(bare_environment: None, capsys: pytest.CaptureFixture[str]) -> Ctl:
    """Run the program in this process."""

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = program.run(arguments)
        told = capsys.readouterr()
        return Ended(code, told.out, told.err)

    return call


@pytest.fixture
def ctl(api: FakeApi, run: Ctl, monkeypatch: pytest.MonkeyPatch) -> Ctl:
    """Run the program, signed in to the server of the ``api`` fixture."""
    monkeypatch.setenv("PASSCODECTL_URL", api.url)
    monkeypatch.setenv("PASSCODECTL_ENTERPRISE", ENTERPRISE)
    monkeypatch.setenv("PASSCODECTL_TOKEN", TOKEN)
    return run
