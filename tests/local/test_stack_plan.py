"""Which process is told what; nothing is started here."""

import json
import socket
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest

from local import ports
from local.function_environment import EVENT_FUNCTIONS, FUNCTIONS, HTTP_FUNCTIONS, audience_of
from local.ports import INNER_PORTS, PortTakenError, free_ports, is_free, require_free
from local.stack_options import ROOT, StackError, StackOptions, options_from_environ
from local.stack_plan import Plan
from shared.runtime import config

RIGHTS = {
    "reset_passcode": ("LOCAL_KEY_FILE", "REQUEST_TOPIC", "IDENTITY_AUDIENCE", "BUS_URL"),
    "issue_command": ("LOCAL_KEY_FILE", "AMAPI_ENDPOINT", "EVENT_TOPIC", "BUS_URL"),
    "poll_status": ("AMAPI_ENDPOINT", "REQUEST_TOPIC", "EVENT_TOPIC", "BUS_URL"),
    "handle_notification": ("AMAPI_ENDPOINT", "EVENT_TOPIC", "BUS_URL"),
    "notify": ("LOCAL_KEY_FILE", "SENDGRID_API_KEY", "SENDGRID_HOST", "EMAIL_FROM"),
    "sync_devices": ("AMAPI_ENDPOINT",),
    "reveal_passcode": ("LOCAL_KEY_FILE", "IDENTITY_AUDIENCE"),
    "console": ("IDENTITY_AUDIENCE",),
}
"""What each function can do, by the variable that it could not do it without."""

GUARDED = {variable for variables in RIGHTS.values() for variable in variables}


def plan_of(**chosen) -> Plan:
    return Plan(StackOptions(**chosen), count(20001))


def spec_of(plan: Plan, name: str):
    specs = (*plan.functions(), *plan.surroundings(), *plan.seeding(), plan.ticker())
    return next(spec for spec in specs if spec.name == name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_holds_its_own_rights_and_no_other(name):
    assert GUARDED & set(spec_of(plan_of(), name).env) == set(RIGHTS[name])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_starts_with_what_it_is_given(name):
    loaded = config.load(name, spec_of(plan_of(), name).env)
    assert loaded.project == "demo-passcode-reset"
    assert loaded.store.startswith("sqlite:/")


def test_all_functions_of_the_product_are_run():
    assert set(FUNCTIONS) == set(config.FUNCTIONS) == set(RIGHTS)


def test_each_function_has_an_audience_of_its_own():
    audiences = {
        spec_of(plan_of(), name).env["IDENTITY_AUDIENCE"]
        for name in FUNCTIONS
        if "IDENTITY_AUDIENCE" in RIGHTS[name]
    }
    assert len(audiences) == 3
    assert audience_of("reset_passcode") == "/projects/0/global/backendServices/reset-passcode"


def test_the_gateway_asserts_for_the_audience_that_the_function_expects():
    plan = plan_of()
    gateway = spec_of(plan, "gateway").env
    for name, audience in json.loads(gateway["GATEWAY_AUDIENCES"]).items():
        assert spec_of(plan, name).env["IDENTITY_AUDIENCE"] == audience
        assert json.loads(gateway["GATEWAY_TARGETS"])[name] == plan.function_urls[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_run_in_the_framework_on_loopback(name):
    spec = spec_of(plan_of(), name)
    assert spec.command[0].endswith("/functions-framework")
    assert " ".join(spec.command[1:]).startswith(f"--target {name} --source ")
    assert spec.command[-2:] == ["--host", "127.0.0.1"]
    assert spec.health_url.endswith("/health")
    assert ("405" in spec.ready_status) == (name in EVENT_FUNCTIONS)


def test_each_topic_is_pushed_to_its_function():
    plan = plan_of()
    rows = json.loads(spec_of(plan, "bus").env["BUS_CONFIG"])["subscriptions"]
    pushed = {row["topic"].rpartition("/")[2]: row["endpoint"] for row in rows}
    assert pushed == {
        "passcode-reset-requests": plan.function_urls["issue_command"],
        "passcode-reset-events": plan.function_urls["notify"],
        "amapi-notifications": plan.function_urls["handle_notification"],
    }
    assert {row["min_backoff_s"] for row in rows} == {1.0}
    assert set(EVENT_FUNCTIONS).isdisjoint(HTTP_FUNCTIONS)


def test_the_timed_functions_are_called_at_the_chosen_pace():
    plan = plan_of(tick_s=0.5, sync_s=60.0)
    assert (
        spec_of(plan, "ticker").env.items()
        >= {
            "POLL_STATUS_URL": plan.function_urls["poll_status"],
            "SYNC_DEVICES_URL": plan.function_urls["sync_devices"],
            "TICK_S": "0.5",
            "SYNC_S": "60.0",
        }.items()
    )


def test_on_emulators_nothing_is_embedded():
    plan = plan_of(emulators=True)
    names = [spec.name for spec in plan.surroundings()]
    assert "bus" not in names
    env = spec_of(plan, "issue_command").env
    firestore, pubsub = plan.emulator_ports()
    assert env["FIRESTORE_EMULATOR_HOST"] == f"127.0.0.1:{firestore}"
    assert env["PUBSUB_EMULATOR_HOST"] == f"127.0.0.1:{pubsub}"
    assert env["STORE"] == "firestore"
    assert "BUS_URL" not in env
    assert [spec.name for spec in plan.seeding()] == ["seed", "push_subscriptions"]
    assert spec_of(plan, "simulator").env["PUBSUB_EMULATOR_HOST"] == env["PUBSUB_EMULATOR_HOST"]
    assert "PUBSUB_EMULATOR_HOST" not in spec_of(plan, "seed").env


def test_servers_of_the_users_own_are_used_and_not_started():
    mine = {"AMAPI_ENDPOINT": "http://127.0.0.1:7001", "SENDGRID_HOST": "http://127.0.0.1:7002"}
    plan = plan_of(environ=mine)
    assert {"simulator", "inbox"}.isdisjoint(spec.name for spec in plan.surroundings())
    assert spec_of(plan, "sync_devices").env["AMAPI_ENDPOINT"] == "http://127.0.0.1:7001"
    assert spec_of(plan, "notify").env["SENDGRID_HOST"] == "http://127.0.0.1:7002"
    assert set(plan.published_ports()) == {"DEMO_PORT"}
    assert set(plan_of().published_ports()) == {"DEMO_PORT", "SIMULATOR_PORT", "INBOX_PORT"}


def test_the_second_provider_is_configured_only_where_its_server_is_named():
    assert "SES_REGION" not in spec_of(plan_of(), "notify").env
    env = spec_of(plan_of(environ={"SES_ENDPOINT": "http://127.0.0.1:7003"}), "notify").env
    assert (env["SES_REGION"], env["SES_ENDPOINT"]) == ("us-east-1", "http://127.0.0.1:7003")
    assert "AWS_ACCESS_KEY_ID" in env


def test_a_real_key_goes_only_to_the_server_that_the_user_named():
    assert spec_of(plan_of(environ={"SENDGRID_API_KEY": "real"}), "notify").env["SENDGRID_API_KEY"] != "real"
    both = {"SENDGRID_API_KEY": "real", "SENDGRID_HOST": "http://127.0.0.1:7002"}
    assert spec_of(plan_of(environ=both), "notify").env["SENDGRID_API_KEY"] == "real"


def test_nothing_else_of_the_users_environment_comes_in():
    mine = {
        "GOOGLE_CLOUD_PROJECT": "live",
        "STORE": "firestore",
        "KMS_KEY": "k",
        "LOG_LEVEL": "DEBUG",
        "SES_REGION": "",
    }
    plan = plan_of(environ=mine)
    assert plan.facts()["GOOGLE_CLOUD_PROJECT"] == "demo-passcode-reset"
    assert plan.facts()["LOG_LEVEL"] == "DEBUG"
    assert all("live" not in spec.env.values() and "KMS_KEY" not in spec.env for spec in plan.functions())


def test_single_processes_can_be_told_otherwise():
    plan = plan_of(overrides={"notify": {"EMAIL_FROM": "a@example.com"}, "simulator": {"X": "1"}})
    assert spec_of(plan, "notify").env["EMAIL_FROM"] == "a@example.com"
    assert spec_of(plan, "simulator").env["X"] == "1"


def test_options_come_from_the_environment():
    options = options_from_environ({"DEMO_PORT": "1234", "TICK_S": "0.5"}, emulators=True)
    assert (options.gateway_port, options.simulator_port, options.tick_s, options.emulators) == (
        1234,
        8090,
        0.5,
        True,
    )
    assert isinstance(options.state_dir, Path)
    with pytest.raises(StackError, match="DEMO_PORT"):
        options_from_environ({"DEMO_PORT": "http"})


def test_every_taken_port_is_told_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        first, second = one.getsockname()[1], two.getsockname()[1]
        with pytest.raises(PortTakenError) as taken:
            require_free({"DEMO_PORT": first, "INBOX_PORT": second})
    assert f"Port {first} is taken by another program." in str(taken.value)
    assert f"INBOX_PORT={second + 1}" in str(taken.value)
    require_free({"DEMO_PORT": first})


def test_a_port_that_two_servers_want_is_told_before_one_of_them_dies_of_it():
    with pytest.raises(PortTakenError, match="DEMO_PORT and INBOX_PORT are 1234: give each"):
        require_free({"DEMO_PORT": 1234, "SIMULATOR_PORT": 1235, "INBOX_PORT": 1234})


@pytest.mark.parametrize("port", ["65536", "-1"])
def test_a_number_that_is_no_port_is_told_by_its_variable(port):
    with pytest.raises(StackError, match=f"INBOX_PORT={port} is no port"):
        options_from_environ({"INBOX_PORT": port})


def test_picked_ports_are_free_and_differ():
    picked = [port for port, _ in zip(free_ports(), range(20), strict=False)]
    assert len(set(picked)) == 20
    assert all(port in INNER_PORTS and is_free(port) for port in picked)


PICK_AND_HOLD = """
import sys
from local import ports
ports.INNER_PORTS, ports.MAX_PICKS = range(30000, 30100), 100
print(sorted(ports.free_ports()), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def few_ports(monkeypatch):
    """Ports that no stack of another test picks."""
    monkeypatch.setattr(ports, "INNER_PORTS", range(30000, 30100))
    monkeypatch.setattr(ports, "MAX_PICKS", 100)
    monkeypatch.setattr(ports, "_HELD", ports._Held())


def test_a_port_that_another_process_has_picked_is_not_picked_before_its_server_binds_it(few_ports):
    """Regression: two stacks that started at once picked the same port now and then, and a child of one died."""
    command = [sys.executable, "-c", PICK_AND_HOLD]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        picked = set(json.loads(other.stdout.readline()))
        assert picked
        assert not picked & set(free_ports())
        other.communicate("", timeout=60)
    assert picked & set(free_ports())


def test_a_port_is_picked_once_in_a_process(few_ports):
    first = next(free_ports())
    assert first not in set(free_ports())


def test_where_nothing_can_be_locked_ports_are_picked_all_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "nowhere"))
    monkeypatch.setattr(ports, "_HELD", ports._Held())
    assert next(free_ports()) in INNER_PORTS
