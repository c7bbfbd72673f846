"""Fixtures of the deployment's tests: a Google Cloud project with an operator, an environment, and Terraform."""

import os

import pytest

from infra.delivery.stage import Stage
from infra.offline.terraform import unavailable
from local.simulator.server import running
from tests.infra.bundle_tree import small_tree
from tests.infra.fake_terraform import FakeTerraform
from tests.infra.google_cloud import GoogleCloud, serving
from tests.infra.operator import Operator


@pytest.fixture
def cloud():
    """An empty Google Cloud project."""
    made = GoogleCloud()
    yield made
    assert made.flaws == [], "Google's discovery documents do not know this"


@pytest.fixture
def operator(tmp_path, cloud):
    """A person at a terminal, with the AMAPI simulator that publishes into the project."""
    (tmp_path / "terraform" / "environments").mkdir(parents=True)
    with running(publish=cloud.publish) as simulator, serving(cloud) as url:
        yield Operator(tmp_path, cloud, simulator, url)


@pytest.fixture(scope="session")
def terraform_there():
    """Ends the test where Terraform cannot run: skipped, or failed in CI."""
    reason = unavailable()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture
def terraform(tmp_path):
    """A Terraform that plans and applies nothing."""
    return FakeTerraform(tmp_path / "bin")


@pytest.fixture
def stage(tmp_path):
    """The environment ``staging`` of a small tree, with the two files that it needs."""
    made = Stage(small_tree(tmp_path / "tree"), "staging")
    (made.terraform / "environments").mkdir(parents=True)
    made.variables.write_text('project_id = "p"\n', encoding="utf-8")
    made.backend.write_text('bucket = "b"\n', encoding="utf-8")
    return made
