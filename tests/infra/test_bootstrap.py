"""The guided set-up: from nothing to the first administrator, interrupted anywhere, repeated at will."""

import json
import re

import pytest

from infra.bootstrap.__main__ import DONE, FAILED, NEEDS_YOU, STEPS, main
from infra.bootstrap.notifications import TYPES
from infra.bootstrap.services import BASE
from local.simulator.errors import ApiError
from shared.domain.settings import USUAL_RESETS_PER_HOUR
from tests.infra.google_cloud import PROJECT, TOPIC
from tests.infra.operator import ADMIN, Killed, Mortal

BUCKET = f"{PROJECT}-tfstate"
CALLS = 49
"""Calls of a whole run, a few more where AMAPI's test message is slow."""


def enterprises(operator):
    return [name for name, owner in operator.simulator.world.owners.items() if owner == PROJECT]


def audit_types(operator):
    found = operator.documents()
    return sorted(document.fields["type"] for name, document in found.items() if "/audit/" in name)


def is_set_up(operator):
    """Assert the whole end, and that nothing is there twice."""
    (enterprise,) = enterprises(operator)
    assert set(operator.cloud.services) >= set(BASE)
    assert list(operator.cloud.buckets) == [BUCKET]
    assert operator.cloud.subscriptions == {}
    memory = operator.cloud.objects["bootstrap/staging.json"]["content"]
    assert memory == {
        "signup_name": "",
        "signup_url": "",
        "enterprise": enterprise,
        "tested_topic": TOPIC,
        "admin": ADMIN,
    }
    found = operator.simulator.world.enterprises[enterprise]
    assert (found["pubsubTopic"], found["enabledNotificationTypes"]) == (TOPIC, list(TYPES))
    documents = operator.documents()
    assert documents[f"{enterprise}/members/{ADMIN}"].fields["roles"] == ["admin"]
    assert documents[enterprise].fields["retention_days"] == 7
    assert documents[enterprise].fields["max_resets_per_hour"] == USUAL_RESETS_PER_HOUR
    assert audit_types(operator) == ["ENTERPRISE_ADDED", "MEMBER_ADDED"]
    backend = operator.folder / "terraform" / "environments" / "staging.backend"
    assert backend.read_text() == f'bucket = "{BUCKET}"\nprefix = "staging"\n'


def set_up(operator, *flags, **given):
    return operator.run("--admin", ADMIN, "--retention-days", "7", *flags, **given)


def test_it_stops_for_the_deployment_and_ends_with_the_first_administrator(operator):
    status, printed = set_up(operator)
    assert status == NEEDS_YOU
    assert "make plan ENV=staging, read it, then make deploy ENV=staging" in printed
    assert enterprises(operator) == []
    operator.cloud.deploy()
    status, printed = set_up(operator)
    assert (status, operator.keyboard.asked) == (DONE, 2)
    assert "AMAPI's test message arrived" in printed
    is_set_up(operator)


def test_another_run_changes_nothing(operator):
    operator.cloud.deploy()
    set_up(operator)
    before = len(operator.cloud.changes())
    amapi_calls = len(operator.simulator.world.calls)
    documents = operator.documents()
    status, printed = set_up(operator)
    assert status == DONE
    assert "done  " not in printed
    assert len(operator.cloud.changes()) == before
    assert {call["httpMethod"] for call in operator.simulator.world.calls[amapi_calls:]} == {"GET"}
    assert operator.documents() == documents
    is_set_up(operator)


def calls_of_a_whole_run(operator):
    operator.cloud.deploy()
    mortal = Mortal()
    assert set_up(operator, mortal=mortal)[0] == DONE
    return mortal.count


@pytest.mark.parametrize("at", range(1, CALLS))
def test_killed_after_any_call_it_ends_the_same_when_run_again(operator, at):
    operator.cloud.deploy()
    with pytest.raises(Killed):
        set_up(operator, mortal=Mortal(at))
    assert set_up(operator)[0] == DONE
    is_set_up(operator)


def test_the_kills_reach_the_end_of_a_run(operator):
    assert CALLS <= calls_of_a_whole_run(operator) <= CALLS + 5


def test_a_token_that_was_spent_before_it_could_be_noted_makes_no_second_enterprise(operator):
    """AMAPI promises to list only EMM-managed enterprises: then a person has to say which it became."""
    operator.cloud.deploy()
    operator.simulator.world.lists_customer_managed = False
    with pytest.raises(Killed):
        set_up(operator, mortal=DiesAfterCreate(operator))
    (enterprise,) = enterprises(operator)
    status, printed = set_up(operator)
    assert status == NEEDS_YOU
    assert "--enterprise LC" in printed
    assert enterprises(operator) == [enterprise]
    assert set_up(operator, "--enterprise", enterprise)[0] == DONE
    is_set_up(operator)


class DiesAfterCreate(Mortal):
    def __init__(self, operator):
        super().__init__()
        self.operator = operator

    def step(self, act):
        result = act()
        if enterprises(self.operator):
            raise Killed
        return result


def test_without_anybody_at_the_browser_it_waits_and_goes_on_with_the_same_page(operator):
    operator.cloud.deploy()
    operator.keyboard.completes = False
    status, first = set_up(operator)
    assert status == NEEDS_YOU
    assert "The sign-up waits for a person." in first
    operator.keyboard.completes = True
    _, second = set_up(operator)
    pages = [re.search(r"https://signup\S+", printed)[0] for printed in (first, second)]
    assert pages[0] == pages[1]
    is_set_up(operator)


def test_a_sign_up_that_is_too_old_can_be_begun_anew(operator):
    operator.cloud.deploy()
    operator.keyboard.completes = False
    _, first = set_up(operator)
    operator.keyboard.completes = True
    _, second = set_up(operator, "--new-signup")
    assert re.search(r"https://signup\S+", first)[0] not in second
    is_set_up(operator)


def test_an_enterprise_of_the_project_is_found_and_used(operator):
    operator.cloud.deploy()
    operator.simulator.world.owners["enterprises/LC00demo"] = PROJECT
    status, printed = set_up(operator)
    assert status == DONE
    assert "this environment uses enterprises/LC00demo Demo Logistics" in printed
    assert enterprises(operator) == ["enterprises/LC00demo"]
    is_set_up(operator)


def test_of_several_enterprises_a_person_chooses(operator):
    operator.cloud.deploy()
    world = operator.simulator.world
    world.owners["enterprises/LC00demo"] = world.owners["enterprises/LC00two"] = PROJECT
    world.enterprises["enterprises/LC00two"] = {"name": "enterprises/LC00two"}
    status, printed = set_up(operator)
    assert status == NEEDS_YOU
    assert "--enterprise enterprises/LC00two" in printed
    assert set_up(operator, "--enterprise", "LC00two")[0] == DONE
    assert world.enterprises["enterprises/LC00two"]["pubsubTopic"] == TOPIC


def test_an_enterprise_of_somebody_else_is_refused(operator):
    operator.cloud.deploy()
    status, printed = set_up(operator, "--enterprise", "LC00none")
    assert status == NEEDS_YOU
    assert "AMAPI does not show enterprises/LC00none" in printed


def test_another_products_topic_is_not_taken_silently(operator):
    operator.cloud.deploy()
    world = operator.simulator.world
    world.owners["enterprises/LC00demo"] = PROJECT
    world.enterprises["enterprises/LC00demo"].update(
        pubsubTopic="projects/other/topics/t", enabledNotificationTypes=["USAGE_LOGS"]
    )
    status, printed = set_up(operator)
    assert (status, "--take-over-topic" in printed) == (NEEDS_YOU, True)
    assert world.enterprises["enterprises/LC00demo"]["pubsubTopic"] == "projects/other/topics/t"
    assert set_up(operator, "--take-over-topic")[0] == DONE
    assert world.enterprises["enterprises/LC00demo"]["enabledNotificationTypes"] == ["USAGE_LOGS", *TYPES]


def test_a_missing_test_message_ends_in_time_with_the_likely_causes(operator):
    operator.cloud.deploy()
    operator.simulator.world.notifier.set_mode("off", 0)
    status, printed = set_up(operator, "--wait", "30")
    assert status == NEEDS_YOU
    assert 30 <= operator.time <= 50
    assert "No test message came within 30 s" in printed
    for cause in (
        "roles/pubsub.publisher",
        "iam.allowedPolicyMemberDomains",
        "perimeter",
        "make deploy ENV=staging",
    ):
        assert cause in printed
    assert operator.cloud.subscriptions == {}
    operator.simulator.world.notifier.set_mode("normal", 0)
    assert set_up(operator)[0] == DONE
    is_set_up(operator)


def test_a_missing_grant_is_named_before_anything_is_waited_for(operator):
    operator.cloud.deploy()
    operator.cloud.topics[TOPIC] = {}
    status, printed = set_up(operator)
    assert status == NEEDS_YOU
    assert "android-cloud-policy@system.gserviceaccount.com lacks roles/pubsub.publisher" in printed
    assert enterprises(operator) == []


def test_a_grant_that_went_missing_between_looking_and_setting_is_found_out(operator):
    operator.cloud.deploy()
    set_up(operator)
    operator.cloud.objects["bootstrap/staging.json"]["content"]["tested_topic"] = ""
    operator.cloud.topics[TOPIC] = {"bindings": [{"role": "roles/pubsub.viewer", "members": []}]}
    status, printed = set_up(operator, "--only", "notifications")
    assert (status, "AMAPI may not publish" in printed) == (NEEDS_YOU, True)


def test_no_secret_is_printed_or_remembered(operator, capfd):
    operator.cloud.deploy()
    operator.simulator.world.lists_customer_managed = False
    with pytest.raises(Killed):
        set_up(operator, mortal=DiesAfterCreate(operator))
    printed = operator.out.getvalue()
    printed += set_up(operator)[1]
    everything = printed + "".join(capfd.readouterr()) + json.dumps(operator.cloud.objects)
    assert operator.tokens
    for token in operator.tokens:
        assert token not in everything
    assert "verysecret" not in everything


def test_an_answer_that_quotes_the_token_is_not_quoted(operator, monkeypatch):
    operator.cloud.deploy()
    book = operator.simulator.world.sign_ups

    def refuse(project, name, token):
        raise ApiError(400, f"Token {token} is not valid")

    monkeypatch.setattr(book, "redeem", refuse)
    status, printed = set_up(operator)
    assert status == NEEDS_YOU
    assert "Token … is not valid" in printed


def test_a_dry_run_looks_at_everything_and_changes_nothing(operator):
    status, printed = set_up(operator, "--dry-run")
    assert status == NEEDS_YOU
    assert operator.cloud.changes() == []
    assert operator.keyboard.asked == 0
    assert "would      switch on" in printed
    assert not (operator.folder / "terraform" / "environments" / "staging.backend").exists()


def test_a_dry_run_of_a_deployed_environment_tells_every_change_to_come(operator):
    operator.cloud.deploy()
    operator.cloud.services.update(BASE)
    status, printed = set_up(operator, "--dry-run")
    assert status == DONE
    assert operator.cloud.changes() == []
    assert operator.documents() == {}
    for change in (
        "make the bucket",
        "write ",
        "open the sign-up",
        "have the new enterprise notify",
        f"make {ADMIN}",
    ):
        assert f"would      {change}" in printed


def test_nobody_is_asked_twice_and_a_no_changes_nothing(operator):
    operator.keyboard.says_yes = False
    status, printed = set_up(operator)
    assert (status, operator.keyboard.asked) == (NEEDS_YOU, 1)
    assert "Nothing was changed" in printed
    assert operator.cloud.changes() == []
    set_up(operator, "--yes")
    assert operator.keyboard.asked == 1
    assert BUCKET in operator.cloud.buckets


def test_one_step_can_be_run_alone(operator):
    operator.cloud.services.update(BASE)
    status, printed = operator.run("--only", "state")
    assert status == DONE
    assert re.findall(r"^(\w+):", printed, re.MULTILINE) == ["state", "end"]
    assert list(operator.cloud.buckets) == [BUCKET]


def test_a_step_before_its_time_says_which_comes_first(operator):
    operator.cloud.services.update(BASE)
    operator.cloud.deploy()
    status, printed = set_up(operator, "--only", "notifications")
    assert (status, "Run the step enterprise first." in printed) == (NEEDS_YOU, True)


def test_the_first_administrator_has_to_be_named(operator):
    operator.cloud.deploy()
    status, printed = operator.run()
    assert (status, "--admin ADDRESS" in printed) == (NEEDS_YOU, True)


def test_who_left_is_not_made_administrator_again(operator):
    operator.cloud.deploy()
    set_up(operator)
    (enterprise,) = enterprises(operator)
    environments = str(operator.folder / "terraform" / "environments")
    flags = ["--env", "staging", "--project", PROJECT, "--environments", environments]
    assert main(["remove-member", ADMIN, *flags], operator.environ()) == DONE
    assert set_up(operator)[0] == DONE
    assert f"{enterprise}/members/{ADMIN}" not in operator.documents()


def test_settings_and_roles_that_exist_stay(operator):
    operator.cloud.deploy()
    set_up(operator)
    operator.cloud.objects["bootstrap/staging.json"]["content"]["admin"] = ""
    status, printed = operator.run("--admin", ADMIN, "--retention-days", "90")
    assert status == DONE
    assert "they stay as they are" in printed
    is_set_up(operator)


def test_two_operators_at_once_do_not_overwrite_each_other(operator):
    operator.cloud.deploy()
    operator.keyboard.secret = lambda _question: rival(operator)
    status, printed = set_up(operator)
    assert status == NEEDS_YOU
    assert "AMAPI refused the token" in printed or "Somebody else" in printed


def rival(operator):
    operator.cloud.objects["bootstrap/staging.json"]["generation"] += 1
    return "some-token"


def test_an_api_that_does_not_answer_is_told_and_costs_nothing(operator):
    operator.cloud.deploy()
    operator.cloud.services.update(BASE)
    operator.endpoints["androidmanagement"] = "http://127.0.0.1:9"
    status, printed = set_up(operator)
    assert status == FAILED
    assert "androidmanagement: GET /v1/enterprises: no answer (ConnectionError)" in printed
    assert "the same command goes on from here" in printed


def test_every_step_can_be_named():
    assert list(STEPS) == [
        "preflight",
        "services",
        "project",
        "state",
        "deployment",
        "enterprise",
        "notifications",
        "admin",
    ]


def test_a_stop_by_the_keyboard_leaves_nothing_behind(operator, monkeypatch):
    operator.cloud.deploy()

    def stop(_seconds):
        raise KeyboardInterrupt

    operator.simulator.world.notifier.set_mode("off", 0)
    operator.sleep = stop
    operator.cloud.services.update(BASE)
    status, printed = set_up(operator)
    assert (status, "Stopped." in printed) == (FAILED, True)
    assert operator.cloud.subscriptions == {}


def test_a_database_that_is_missing_is_told(operator):
    operator.cloud.services.update(BASE)
    operator.cloud.deploy()
    operator.environ = dict
    assert operator.run("--only", "deployment")[0] == DONE
    operator.cloud.databases.clear()
    status, printed = operator.run("--only", "deployment", "--database", "restored")
    assert (status, "There is no Firestore database restored" in printed) == (NEEDS_YOU, True)
