"""The embedded bus as a real process: ready, killed, stopped."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from shared.adapters.local_bus import LocalBus
from shared.domain.messages import Message
from tests.contract.push_receiver import PushReceiver

ROOT = Path(__file__).parents[3]
TOPIC = "projects/p/topics/requests"

pytestmark = pytest.mark.stack


class BusProcess:
    """One ``python -m local.bus``; ``base_url`` is known as soon as it listens."""

    def __init__(self, config: str, database: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.bus", "--port", "0", "--config", config],
            cwd=ROOT,
            env={**os.environ, "BUS_DATABASE": str(database), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.first_line = self.process.stdout.readline().strip()
        self.base_url = self.first_line.rpartition(" ")[2]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        _, complaints = self.process.communicate(timeout=60)
        return self.process.returncode, complaints


@pytest.fixture
def receiver() -> Iterator[PushReceiver]:
    receiver = PushReceiver()
    yield receiver
    receiver.close()


def _config(endpoint: str) -> str:
    entry = {"topic": TOPIC, "endpoint": endpoint, "min_backoff_s": 0.05, "max_backoff_s": 0.1}
    return json.dumps({"subscriptions": [entry]})


def test_messages_survive_the_death_of_the_process(receiver: PushReceiver, tmp_path: Path) -> None:
    first = BusProcess(_config("http://127.0.0.1:1/nobody"), tmp_path / "bus")
    bus = LocalBus(first.base_url)
    for number in range(20):
        bus.publish(TOPIC, Message({"number": number}))
    first.end(signal.SIGKILL)
    second = BusProcess(_config(receiver.endpoint), tmp_path / "bus")
    ids = {each.envelope["message"]["messageId"] for each in receiver.wait_for(20)}
    assert len(ids) == 20
    assert second.end()[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(receiver: PushReceiver, tmp_path: Path, number: int) -> None:
    process = BusProcess(_config(receiver.endpoint), tmp_path / "bus")
    health = urllib3.request("GET", f"{process.base_url}/health", timeout=60)
    assert health.json() == {"status": "ok"}
    LocalBus(process.base_url).publish(TOPIC, Message({}))
    receiver.wait_for(1)
    assert process.end(number) == (0, "")


def test_the_configuration_may_be_a_file_named_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "bus.json").write_text(_config("http://127.0.0.1:1"))
    command = [sys.executable, "-m", "local.bus"]
    environment = {"BUS_CONFIG": str(tmp_path / "bus.json"), "BUS_PORT": "0", "BUS_DATABASE": str(tmp_path / "bus")}
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    base_url = process.stdout.readline().strip().rpartition(" ")[2]
    stats = urllib3.request("GET", f"{base_url}/_bus/stats", timeout=60).json()
    process.terminate()
    process.communicate(timeout=60)
    assert [each["topic"] for each in stats["subscriptions"]] == [TOPIC]


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ('{"subscriptions": [{"topic": "x", "endpoint": "http://127.0.0.1:1"}]}', "not a topic"),
        ("no/such/file", "No such file"),
    ],
)
def test_a_wrong_configuration_ends_it_with_the_reason(tmp_path: Path, config: str, complaint: str) -> None:
    process = BusProcess(config, tmp_path / "bus").process
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaint in complaints
    assert "Traceback" not in complaints
