"""An empty Google Cloud project, the AMAPI simulator that publishes into it, and an operator."""

import pytest

from local.simulator.server import running
from tests.infra.google_cloud import GoogleCloud, serving
from tests.infra.operator import Operator


@pytest.fixture
def cloud():
    made = GoogleCloud()
    yield made
    assert made.flaws == [], "Google's discovery documents do not know this"


@pytest.fixture
def operator(tmp_path, cloud):
    (tmp_path / "terraform" / "environments").mkdir(parents=True)
    with running(publish=cloud.publish) as simulator, serving(cloud) as url:
        yield Operator(tmp_path, cloud, simulator, url)
