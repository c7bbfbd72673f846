"""The guide's own passcodectl lines, pipes and all, run by a shell against the laptop stack."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import Stack
from local.stack_options import StackOptions
from tests.e2e.demo_site import Site
from tests.infra.guide import lines, spans

pytestmark = pytest.mark.stack

PROGRAMS = Path(__file__).parents[2] / "bin"
LINES = [
    line for line in (*lines(), *(span for span in spans() if " --" in span)) if line.startswith("passcodectl ")
]


@pytest.fixture(scope="module", autouse=True)
def jq_there() -> None:
    if shutil.which("jq") is None:
        assert os.environ.get("CI") != "true", "jq is missing"
        pytest.skip("jq is not installed")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    options = StackOptions(
        state_dir=tmp_path_factory.mktemp("guide"), gateway_port=0, simulator_port=0, inbox_port=0, tick_s=0.5
    )
    with Stack(options) as stack:
        yield Site(stack)


@pytest.fixture(scope="module")
def environment(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One phone that is reset and one that is offline, with its reset waiting."""
    ready = {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "HOME": str(tmp_path_factory.mktemp("home")),
        "PASSCODECTL_LAPTOP": "1",
        "PASSCODECTL_URL": site.url,
        "PERSON": "admin@example.com",
    }
    reset = "passcodectl reset {} --yes --json {}"
    done = shell(reset.format(site.take_phone().id, "--wait | jq -r .name"), ready).stdout.strip()
    offline = site.take_phone()
    site.sim("PATCH", f"/devices/{offline.id}", {"online": False})
    shell(reset.format(offline.id, ""), ready)
    return {**ready, "ACTION": done}


def shell(line: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended


def test_the_guide_uses_the_client() -> None:
    assert len(LINES) >= 9


@pytest.mark.parametrize("line", dict.fromkeys(LINES))
def test_a_line_of_the_guide_works_as_it_stands(line: str, environment: dict[str, str]) -> None:
    shell(line, environment)
