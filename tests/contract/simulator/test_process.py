"""The simulator as a process: threads, timers, its port, signals and the way to its bus."""

import os
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest

from local.ports import free_ports
from local.simulator.__main__ import publisher
from local.simulator.server import running
from local.simulator.timers import Timers
from tests.contract.simulator.amapi_client import RESET, WITHIN_S, Http


def test_threads_and_port_are_gone_after_the_block():
    before = set(threading.enumerate())
    with running(ack_delay_s=3600.0) as simulator:
        client = Http(simulator.url)
        client.issue()
        port = urlsplit(simulator.url).port
    client.connection.close()
    assert set(threading.enumerate()) <= before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port))


def test_one_broken_timer_does_not_stop_the_others_and_tells_no_passcode(caplog):
    def break_down():
        raise ValueError(RESET["newPassword"])

    timers = Timers("test")
    was_run = threading.Event()
    timers.after(0.05, was_run.set)
    timers.after(0, break_down)
    timers.after(30 * 86400, break_down)
    assert was_run.wait(WITHIN_S)
    timers.stop()
    assert "a timer's work failed: ValueError" in caplog.text
    assert RESET["newPassword"] not in caplog.text


def test_timers_can_be_stopped_by_their_own_work():
    timers = Timers("test")
    timers.after(0, timers.stop)
    timers._thread.join(WITHIN_S)
    assert not timers._thread.is_alive()


def test_a_port_that_is_taken_leaves_no_thread_behind():
    with running() as simulator:
        before = set(threading.enumerate())
        with pytest.raises(OSError, match="in use"), running(port=urlsplit(simulator.url).port):
            pass
        assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_serves_until_it_is_asked_to_stop(number):
    port = next(free_ports())
    environment = {**os.environ, "SIMULATOR_PORT": str(port), "SIMULATOR_ACK_DELAY": "0s"}
    program = [sys.executable, "-m", "local.simulator"]
    with subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        line = process.stdout.readline().decode()
        assert line == f"AMAPI simulator on http://127.0.0.1:{port}\n"
        client = Http(f"http://127.0.0.1:{port}")
        client.done(client.issue())
        process.send_signal(number)
        output, errors = process.communicate(timeout=WITHIN_S)
        client.connection.close()
    assert (process.returncode, output, errors) == (0, b"", b"")


def test_without_topic_or_bus_the_program_notifies_nobody():
    assert publisher({}) is None
    assert publisher({"NOTIFICATION_TOPIC": "projects/p/topics/t"}) is None
    assert publisher({"BUS_URL": "http://127.0.0.1:1"}) is None


@pytest.mark.parametrize("bus", [{"BUS_URL": "http://127.0.0.1:1"}, {"PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}])
def test_the_program_finds_the_way_to_its_bus(bus, monkeypatch):
    for name, value in bus.items():
        monkeypatch.setenv(name, value)
    assert callable(publisher({"NOTIFICATION_TOPIC": "projects/p/topics/t", **bus}))
