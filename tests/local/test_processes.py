"""Children that start, hang, fail and end."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from local import processes, tied_process
from local.ports import free_ports
from local.processes import Child, ChildError, ChildSpec, stop_all

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2])); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def python(name: str, code: str, *arguments: str, url: str = "", **env: str) -> ChildSpec:
    return ChildSpec(name, [sys.executable, "-c", code, *arguments], env, url)


@pytest.fixture
def child(tmp_path):
    made = []

    def make(spec: ChildSpec) -> Child:
        made.append(Child(spec, tmp_path / "log"))
        return made[-1]

    yield make
    stop_all(made)


def server(status: int) -> ChildSpec:
    port = next(free_ports())
    return python("server", SERVER, str(port), str(status), url=f"http://127.0.0.1:{port}/")


@pytest.mark.stack
def test_a_child_is_ready_when_it_answers_and_gone_when_it_is_stopped(child):
    served = child(server(200))
    served.start()
    served.wait_ready()
    assert served.running()
    assert stop_all([served]) == []
    assert not served.running()
    assert stop_all([served]) == []


@pytest.mark.stack
def test_a_child_that_answers_otherwise_is_not_ready(child, monkeypatch):
    monkeypatch.setattr(processes, "START_TIMEOUT_S", 1.5)
    served = child(server(503))
    served.start()
    with pytest.raises(ChildError, match="server was not ready after"):
        served.wait_ready()
    assert not served.running()


@pytest.mark.stack
def test_a_child_that_fails_is_told_with_the_end_of_its_log(child):
    port = next(free_ports())
    code = "import sys; print('a'); sys.stderr.write('it broke'); sys.exit(3)"
    broken = child(python("broken", code, url=f"http://127.0.0.1:{port}/"))
    broken.start()
    with pytest.raises(ChildError, match="broken ended with exit code 3") as failure:
        broken.wait_ready()
    assert "it broke" in str(failure.value)


@pytest.mark.stack
def test_what_runs_once_is_waited_for(child, monkeypatch):
    good, bad = child(python("good", "")), child(python("bad", "raise SystemExit(4)"))
    slow = child(python("slow", "import time; time.sleep(600)"))
    for each in (good, bad, slow):
        each.start()
    good.wait_ready()
    good.wait_done()
    with pytest.raises(ChildError, match="bad ended with exit code 4"):
        bad.wait_done()
    monkeypatch.setattr(processes, "START_TIMEOUT_S", 0.05)
    with pytest.raises(ChildError, match="slow did not end"):
        slow.wait_done()


@pytest.mark.stack
def test_a_child_sees_its_own_variables_only(child, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_USER", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    shown = child(python("shown", "import os; print(sorted(os.environ))", OWN="1"))
    shown.start()
    shown.wait_done()
    log = shown.log_path.read_text()
    assert "OWN" in log
    assert "PATH" in log
    assert "SECRET" not in log
    assert "PROXY" not in log


@pytest.mark.stack
def test_a_child_that_crashed_is_told_at_the_end(child):
    crashed = child(python("crashed", "raise SystemExit(5)"))
    crashed.start()
    with pytest.raises(ChildError):
        crashed.wait_done()
    assert stop_all([crashed]) == ["crashed ended with exit code 5"]


@pytest.mark.stack
def test_a_child_that_does_not_listen_is_killed(child, monkeypatch):
    monkeypatch.setattr(processes, "STOP_TIMEOUT_S", 0.3)
    ignore = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    code = f"{ignore}; print('deaf', flush=True); time.sleep(600)"
    deaf = child(python("deaf", code))
    deaf.start()
    deadline = time.monotonic() + 60
    while "deaf" not in deaf.log_path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stop_all([deaf])
    assert not [each for each in psutil.Process().children() if "deaf" in " ".join(each.cmdline())]


@pytest.mark.stack
def test_the_end_of_another_process_never_kills_a_child(child):
    """Regression: mirakuru kills at its exit whatever is marked by a text that holds its process id anywhere."""
    living = child(python("living", "import time; time.sleep(600)"))
    living.start()
    mark = psutil.Process(living._executor.process.pid).environ()["mirakuru_uuid"]
    assert mark.isalpha()
    every_digit = "from mirakuru.base_env import processes_with_env as found; import sys;"
    code = f"{every_digit} sys.exit(any(found('mirakuru_uuid', str(d)) & {{int(sys.argv[1])}} for d in range(10)))"
    looked = subprocess.run([sys.executable, "-c", code, str(living._executor.process.pid)], check=False)
    assert looked.returncode == 0
    assert living.running()
    assert stop_all([living]) == []


def test_a_child_is_not_started_where_it_would_end_with_a_thread(child):
    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="from the main thread"):
        pool.submit(child(python("tied", "")).start).result()


def test_a_child_that_was_never_started_has_nothing_to_stop(child):
    assert stop_all([child(python("unborn", ""))]) == []
    assert "(empty)" in child(python("unborn", "")).tail()


@pytest.mark.stack
@pytest.mark.parametrize(("starter_lives", "code"), [(True, 7), (False, 1)])
def test_a_program_begins_only_while_its_starter_lives(starter_lives, code):
    parent = os.getpid() if starter_lives else 1
    python = [sys.executable, "-I", "-S"]
    command = [*python, tied_process.__file__, str(parent), *python, "-c", "raise SystemExit(7)"]
    assert subprocess.run(command, check=False).returncode == code


def test_where_the_kernel_cannot_tie_the_program_is_run_as_it_is(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert tied_process.tied(["a", "b"]) == ["a", "b"]
