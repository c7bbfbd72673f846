"""The stand-in for Cloud Scheduler."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from local.ports import free_ports
from local.ticker import CALL_TIMEOUT_S, Job, call, jobs_from_environ, run

URLS = {"POLL_STATUS_URL": "http://127.0.0.1:1", "SYNC_DEVICES_URL": "http://127.0.0.1:2"}


def run_in_thread(job: Job, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=run, args=(job, stop), daemon=True)
    thread.start()
    return thread


def wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_periods_and_addresses_come_from_the_environment():
    poll, sync = jobs_from_environ({**URLS, "TICK_S": "0.5"})
    assert poll == Job("poll_status", "http://127.0.0.1:1", 0.5)
    assert sync == Job("sync_devices", "http://127.0.0.1:2", 300.0)


@pytest.mark.parametrize("faulty", [{}, {**URLS, "TICK_S": "0"}, {**URLS, "SYNC_S": "x"}])
def test_a_faulty_environment_is_refused(faulty):
    with pytest.raises(ValueError, match=r"not set|above 0|could not convert"):
        jobs_from_environ(faulty)


def test_a_job_is_posted_again_and_again_until_it_is_stopped(make_upstream):
    upstream = make_upstream()
    stop = threading.Event()
    thread = run_in_thread(Job("poll_status", upstream.url, 0.01), stop)
    wait_for(lambda: len(upstream.requests) >= 3)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert {(request["method"], request["path"]) for request in upstream.requests} == {("POST", "/")}


def test_a_slow_job_is_never_called_twice_at_a_time(make_upstream):
    upstream = make_upstream()
    going, most = [], []

    def slow(_request):
        going.append(1)
        most.append(len(going))
        time.sleep(0.03)  # the slowness under test: longer than the period
        going.pop()
        return 200, [], b""

    upstream.reply = slow
    stop = threading.Event()
    thread = run_in_thread(Job("poll_status", upstream.url, 0.001), stop)
    wait_for(lambda: len(most) >= 4)
    stop.set()
    thread.join(60)
    assert max(most) == 1


def test_the_first_call_comes_after_one_period(make_upstream):
    upstream = make_upstream()
    stop = threading.Event()
    thread = run_in_thread(Job("sync_devices", upstream.url, 3600), stop)
    stop.set()
    thread.join(60)
    assert upstream.requests == []


def test_failures_are_told_and_do_not_end_the_job(make_upstream, capsys):
    upstream = make_upstream()
    upstream.reply = lambda _request: (503, [], b"secret detail")
    call(Job("poll_status", upstream.url, 1))
    call(Job("sync_devices", f"http://127.0.0.1:{next(free_ports())}", 1))
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "poll_status: HTTP 503"
    assert told[1].startswith("sync_devices: no answer")


def test_a_call_ends_before_production_would_give_it_up():
    assert CALL_TIMEOUT_S < 60


@pytest.mark.stack
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_cleanly_on_a_signal(make_upstream, number):
    upstream = make_upstream()
    env = {"POLL_STATUS_URL": upstream.url, "SYNC_DEVICES_URL": upstream.url, "TICK_S": "0.05"}
    with subprocess.Popen([sys.executable, "-m", "local.ticker"], env=env, stderr=subprocess.PIPE) as process:
        wait_for(lambda: len(upstream.requests) >= 2)
        process.send_signal(number)
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


@pytest.mark.stack
def test_the_process_names_what_is_missing():
    ended = subprocess.run(
        [sys.executable, "-m", "local.ticker"], env={}, capture_output=True, check=False, text=True
    )
    assert (ended.returncode, ended.stderr) == (2, "ticker: POLL_STATUS_URL is not set\n")
