"""``live-check`` sees each thing that is wrong with a deployed environment, and changes nothing."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from infra.bootstrap.__main__ import DONE, NEEDS_YOU, main
from infra.bootstrap.google_api import Api
from infra.bootstrap.live_check import DEAD, JOBS, KEY, TOPICS, WEB, knock
from infra.bootstrap.services import BASE
from infra.bootstrap.telling import Telling
from infra.rights import AMAPI_PUBLISHER
from shared.runtime.config import FUNCTIONS
from tests.infra.google_cloud import DATABASE, PROJECT, TOPIC
from tests.infra.operator import ADMIN, Mortal, MortalSession

REGION = "europe-west1"
BACKUPS = f"/v1/projects/{PROJECT}/locations/-/backups"
HERE = f"projects/{PROJECT}/locations/{REGION}"
DOOR = {
    ("GET", "https://passcodes.example.com/"): (302, "https://accounts.google.com/o/oauth2/v2/auth?x"),
    ("GET", "http://passcodes.example.com/"): (301, "https://passcodes.example.com/"),
    ("GET", "https://passcodes.example.com/v1/enterprises/none/devices"): (302, "https://accounts.google.com/"),
    ("POST", "https://passcodes.example.com/v1/enterprises/none/devices/none:resetPasscode"): (401, ""),
    ("POST", "https://passcodes.example.com/v1/enterprises/none/passcodes/none:reveal"): (401, ""),
}


def service_path(function):
    return f"/v2/{HERE}/services/{function.replace('_', '-')}"


def deployed():
    """Return the resources of an environment in which all is well."""
    found = {}
    for function in FUNCTIONS:
        reach = "INTERNAL_LOAD_BALANCER" if function in WEB else "INTERNAL_ONLY"
        found["run", service_path(function)] = {
            "ingress": f"INGRESS_TRAFFIC_{reach}",
            "terminalCondition": {"state": "CONDITION_SUCCEEDED"},
        }
        found["run", f"{service_path(function)}:getIamPolicy"] = {
            "bindings": [{"role": "roles/run.invoker", "members": ["serviceAccount:x"]}]
        }
    for job in JOBS:
        job_fields = {"state": "ENABLED", "status": {}, "lastAttemptTime": "2026-11-23T00:00:00Z"}
        found["cloudscheduler", f"/v1/{HERE}/jobs/{job}"] = job_fields
    for name in (*(f"{t}-push" for t in TOPICS), *(f"{t}-dead-pull" for t in DEAD)):
        subscription = {"state": "ACTIVE", "expirationPolicy": {}}
        found["pubsub", f"/v1/projects/{PROJECT}/subscriptions/{name}"] = subscription
    found["cloudkms", f"/v1/{HERE}/{KEY}"] = {"primary": {"state": "ENABLED"}, "rotationPeriod": "7776000s"}
    found["firestore", f"/v1/{DATABASE}"] = {
        "deleteProtectionState": "DELETE_PROTECTION_ENABLED",
        "pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_ENABLED",
    }
    found["firestore", BACKUPS] = {"backups": [backup("EU", hours=60), backup("x", hours=20)]}
    return found


def backup(name, *, hours, state="READY", database=DATABASE):
    taken = datetime.now(UTC) - timedelta(hours=hours)
    return {"name": name, "database": database, "snapshotTime": taken.isoformat(), "state": state}


@pytest.fixture
def live(operator):
    operator.cloud.services.update(BASE)
    operator.cloud.deploy()
    folder = operator.folder / "terraform" / "environments"
    variables = f'project_id = "{PROJECT}"\nregion = "{REGION}"\nconsole_domain = "passcodes.example.com"\n'
    (folder / "staging.tfvars").write_text(variables)
    assert operator.run("--admin", ADMIN)[0] == DONE
    operator.cloud.resources = copy.deepcopy(deployed())
    operator.door = dict(DOOR)
    return operator


def check(operator, capsys):
    session = MortalSession(Mortal())
    changes, calls = len(operator.cloud.changes()), len(operator.simulator.world.calls)
    folder = operator.folder / "terraform" / "environments"
    status = main(
        ["live-check", "--env", "staging", "--environments", str(folder)],
        operator.environ(),
        tell=Telling(),
        api=Api(session, operator.endpoints),
        door=lambda method, url: operator.door[method, url],
    )
    session.session.close()
    assert len(operator.cloud.changes()) == changes
    assert {call["httpMethod"] for call in operator.simulator.world.calls[calls:]} <= {"GET"}
    return status, capsys.readouterr().out


def test_an_environment_in_which_all_is_well_is_told_so(live, capsys):
    status, printed = check(live, capsys)
    assert (status, "needs you" in printed) == (DONE, False)
    assert printed.count("  ok  ") >= 5 + 3 * len(FUNCTIONS)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (("GET", "https://passcodes.example.com/"), (200, "")),
        (("GET", "https://passcodes.example.com/"), (302, "https://elsewhere.example.com/")),
        (("GET", "https://passcodes.example.com/"), (0, "ConnectionError")),
        (("GET", "https://passcodes.example.com/v1/enterprises/none/devices"), (200, "")),
        (("POST", "https://passcodes.example.com/v1/enterprises/none/devices/none:resetPasscode"), (404, "")),
        (("POST", "https://passcodes.example.com/v1/enterprises/none/passcodes/none:reveal"), (200, "")),
        (("GET", "http://passcodes.example.com/"), (200, "")),
    ],
)
def test_a_door_that_is_open_or_shut_the_wrong_way_is_seen(live, capsys, request_, answer):
    live.door[request_] = answer
    status, printed = check(live, capsys)
    assert (status, printed.count("needs you")) == (NEEDS_YOU, 1)


@pytest.mark.parametrize(
    ("resource", "changed"),
    [
        (("run", service_path("notify")), {"ingress": "INGRESS_TRAFFIC_ALL"}),
        (("run", service_path("console")), {"terminalCondition": {"state": "CONDITION_FAILED"}}),
        (
            ("run", f"{service_path('poll_status')}:getIamPolicy"),
            {"bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}]},
        ),
        (("cloudscheduler", f"/v1/{HERE}/jobs/poll-status"), {"state": "PAUSED"}),
        (("cloudscheduler", f"/v1/{HERE}/jobs/poll-status"), {"status": {"code": 13}}),
        (("pubsub", f"/v1/projects/{PROJECT}/subscriptions/{DEAD[0]}-dead-pull"), {"state": "RESOURCE_ERROR"}),
        (
            ("pubsub", f"/v1/projects/{PROJECT}/subscriptions/{TOPICS[2]}-push"),
            {"expirationPolicy": {"ttl": "2678400s"}},
        ),
        (("cloudkms", f"/v1/{HERE}/{KEY}"), {"primary": {"state": "DESTROY_SCHEDULED"}}),
        (("firestore", f"/v1/{DATABASE}"), {"deleteProtectionState": "DELETE_PROTECTION_DISABLED"}),
        (("firestore", f"/v1/{DATABASE}"), {"pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_DISABLED"}),
    ],
)
def test_each_thing_that_is_wrong_is_seen(live, capsys, resource, changed):
    live.cloud.resources[resource].update(changed)
    status, printed = check(live, capsys)
    assert (status, printed.count("needs you  Not so:")) == (NEEDS_YOU, 1)


@pytest.mark.parametrize(
    "backups",
    [
        [],
        [backup("old", hours=37)],
        [backup("unfinished", hours=1, state="CREATING")],
        [backup("another's", hours=1, database=f"{DATABASE}-2")],
    ],
)
def test_a_database_without_a_fresh_backup_is_seen(live, capsys, backups):
    live.cloud.resources["firestore", BACKUPS] = {"backups": backups}
    status, printed = check(live, capsys)
    assert (status, printed.count("Not so: a backup of")) == (NEEDS_YOU, 1)


def test_each_thing_that_is_missing_is_seen(live, capsys):
    whole = live.cloud.resources
    for gone in whole:
        if gone[1].endswith(":getIamPolicy"):
            continue
        live.cloud.resources = {key: value for key, value in whole.items() if key != gone}
        assert check(live, capsys)[0] == NEEDS_YOU, gone


def test_an_enterprise_that_notifies_somebody_else_is_seen(live, capsys):
    (name,) = [n for n, owner in live.simulator.world.owners.items() if owner == PROJECT]
    live.simulator.world.enterprises[name]["pubsubTopic"] = "projects/other/topics/t"
    status, printed = check(live, capsys)
    assert (status, f"Not so: {name} notifies {TOPIC}" in printed) == (NEEDS_YOU, True)


def test_a_topic_that_anybody_may_write_to_is_seen(live, capsys):
    live.cloud.topics[TOPIC]["bindings"].append({"role": "roles/pubsub.publisher", "members": ["allUsers"]})
    assert check(live, capsys)[0] == NEEDS_YOU


def test_another_right_of_amapis_on_the_topic_is_not_taken_for_publishing(live, capsys):
    live.cloud.topics[TOPIC]["bindings"] = [{"role": "roles/pubsub.viewer", "members": [AMAPI_PUBLISHER]}]
    status, printed = check(live, capsys)
    assert (status, "Not so: AMAPI may publish to it" in printed) == (NEEDS_YOU, True)


def test_an_environment_without_an_enterprise_is_seen(live, capsys):
    live.cloud.objects.clear()
    status, printed = check(live, capsys)
    assert (status, "Not so: this environment has an enterprise" in printed) == (NEEDS_YOU, True)


def test_an_api_that_refuses_does_not_end_the_look(live, capsys):
    live.endpoints["run"] = "http://127.0.0.1:9"
    status, printed = check(live, capsys)
    assert (status, "live-check: AMAPI" in printed) == (NEEDS_YOU, True)


def test_a_knock_follows_nothing_and_survives_silence(live):
    assert knock("GET", f"{live.simulator.url}/health") == (200, "")
    assert knock("GET", "http://127.0.0.1:9/") == (0, "ConnectionError")
