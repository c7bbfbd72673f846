"""The stack with stand-in functions, in real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from local.function_environment import EVENT_FUNCTIONS, FUNCTIONS
from local.json_http import HttpError, fetch
from local.ports import free_ports
from local.stack import Stack
from local.stack_options import ROOT, StackError, StackOptions

HTTP_STAND_IN = """
import os, functions_framework
@functions_framework.http
def {name}(request):
    if request.path == "/health":
        return {{"status": "ok"}}
    return {{"function": "{name}", "env": dict(os.environ), "complete": True,
             "assertion": request.headers.get("x-goog-iap-jwt-assertion")}}
"""

EVENT_STAND_IN = """
import functions_framework
@functions_framework.cloud_event
def {name}(event):
    print("pushed", event.data["message"]["data"], flush=True)
"""


@pytest.fixture
def functions_dir(tmp_path) -> Path:
    directory = tmp_path / "functions"
    for name in FUNCTIONS:
        source = EVENT_STAND_IN if name in EVENT_FUNCTIONS else HTTP_STAND_IN
        (directory / name).mkdir(parents=True)
        (directory / name / "main.py").write_text(source.format(name=name))
    return directory


@pytest.fixture
def options(tmp_path, functions_dir) -> StackOptions:
    """Without simulator and inbox: those addresses are the user's own, where nothing listens."""
    nowhere = f"http://127.0.0.1:{next(free_ports())}"
    return StackOptions(
        state_dir=tmp_path / "var",
        gateway_port=0,
        functions_dir=functions_dir,
        environ={"AMAPI_ENDPOINT": nowhere, "SENDGRID_HOST": nowhere, "GOOGLE_CLOUD_PROJECT": "live"},
        tick_s=0.1,
    )


def own_pids() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def eventually(condition, timeout_s: float = 60.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.stack
def test_the_stack_serves_all_functions_and_leaves_no_process(options):
    before = own_pids()
    with Stack(options) as stack:
        assert stack.dead() == []
        token = fetch("GET", f"{stack.plan.gateway_url}/_local/token?email=viewer@example.com")["token"]
        answer = fetch("GET", f"{stack.plan.gateway_url}/v1/enterprises/LC00demo/devices", token=token)
        assert answer["function"] == "console"
        assert answer["assertion"]
        assert answer["env"]["GOOGLE_CLOUD_PROJECT"] == "demo-passcode-reset"
        assert not {"LOCAL_KEY_FILE", "SENDGRID_API_KEY", "AMAPI_ENDPOINT", "BUS_URL"} & set(answer["env"])
        running = own_pids() - before
        assert len(running) >= len(FUNCTIONS)
    assert stack.problems == []
    assert not any(psutil.pid_exists(pid) for pid in running)
    assert (options.state_dir / "log" / "console.log").exists()


@pytest.mark.stack
def test_the_bus_pushes_each_topic_to_its_function(options):
    with Stack(options) as stack:
        facts = stack.plan.facts()
        message = {"messages": [{"data": "eyJhIjogMX0=", "attributes": {}}]}
        for topic_id in EVENT_FUNCTIONS.values():
            fetch("POST", f"{facts['BUS_URL']}/v1/projects/demo-passcode-reset/topics/{topic_id}:publish", message)
        for name in EVENT_FUNCTIONS:
            log = stack.children[name].log_path
            assert eventually(lambda log=log: "pushed eyJhIjogMX0=" in log.read_text()), name


@pytest.mark.stack
def test_a_function_that_cannot_start_is_named_with_its_log(options):
    before = own_pids()
    (options.functions_dir / "notify" / "main.py").write_text("raise RuntimeError('broken on purpose')")
    with pytest.raises(StackError, match="notify ended with exit code") as failure, Stack(options):
        pass
    assert "broken on purpose" in str(failure.value)
    assert own_pids() == before


@pytest.mark.stack
def test_a_killed_stack_takes_its_processes_along(options, tmp_path):
    script = tmp_path / "hold.py"
    script.write_text(
        "import json, sys, time\n"
        "from pathlib import Path\n"
        "import psutil\n"
        "from local.stack import Stack\n"
        "from local.stack_options import StackOptions\n"
        "given = json.loads(sys.argv[1])\n"
        "options = StackOptions(state_dir=Path(given['state']), gateway_port=0,\n"
        "                       functions_dir=Path(given['functions']), environ=given['environ'])\n"
        "with Stack(options):\n"
        "    print(json.dumps([p.pid for p in psutil.Process().children(recursive=True)]), flush=True)\n"
        "    time.sleep(600)\n"
    )
    given = {
        "state": str(options.state_dir),
        "functions": str(options.functions_dir),
        "environ": dict(options.environ),
    }
    with subprocess.Popen(
        [sys.executable, str(script), json.dumps(given)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    ) as holder:
        pids = json.loads(holder.stdout.readline())
        holder.send_signal(signal.SIGKILL)
    assert len(pids) > len(FUNCTIONS)
    assert eventually(lambda: not any(psutil.pid_exists(pid) for pid in pids))


def test_a_taken_port_is_named_with_its_variable(options):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken = StackOptions(
            state_dir=options.state_dir,
            functions_dir=options.functions_dir,
            gateway_port=port,
            environ=options.environ,
        )
        with pytest.raises(StackError, match=f"Port {port} is taken") as failure, Stack(taken):
            pass
    assert f"DEMO_PORT={port + 1}" in str(failure.value)


def test_a_missing_function_is_named(options):
    (options.functions_dir / "notify" / "main.py").unlink()
    with pytest.raises(StackError, match="notify"), Stack(options):
        pass


def test_http_errors_carry_status_and_cause(make_upstream):
    upstream = make_upstream()
    upstream.reply = lambda _request: (503, [], b"later")
    with pytest.raises(HttpError, match="HTTP 503: later") as refused:
        fetch("GET", upstream.url)
    assert refused.value.status == 503
    upstream.reply = lambda _request: (200, [], b"<p>")
    with pytest.raises(HttpError, match="not JSON"):
        fetch("GET", f"{upstream.url}/a?b=c")
    assert upstream.requests[-1]["path"] == "/a?b=c"
    with pytest.raises(HttpError, match="no answer"):
        fetch("GET", f"http://127.0.0.1:{next(free_ports())}")
