"""Bootstrap looks for what Terraform makes: the names are the same on both sides."""

import re
from pathlib import Path

from infra.bootstrap.live_check import DEAD, JOBS, KEY, TOPICS
from infra.bootstrap.options import DATABASE
from infra.rights import NOTIFICATIONS

ROOT = Path(__file__).parents[2] / "infra" / "terraform"


def text(*files):
    return "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files)


def test_topics_are_those_of_terraform():
    block = re.search(r"topics = \{(.*?)\}", text("locals.tf"), re.DOTALL)[1]
    topics = dict(re.findall(r'(\w+)\s*=\s*"([^"]+)"', block))
    assert set(topics.values()) == set(TOPICS)
    assert topics.pop("notifications") == NOTIFICATIONS
    assert set(topics.values()) == set(DEAD)


def test_the_database_is_terraforms_default():
    block = re.search(r'variable "firestore_database" \{(.*?)\n\}', text("variables.tf"), re.DOTALL)[1]
    assert re.search(r'default\s*=\s*"([^"]+)"', block)[1] == DATABASE


def test_key_and_timers_are_those_of_terraform():
    key = re.findall(r'^\s*name\s*=\s*"([^"]+)"', text("modules/store/key.tf"), re.MULTILINE)
    assert f"keyRings/{key[0]}/cryptoKeys/{key[1]}" == KEY
    timers = re.findall(r'^\s*name\s*=\s*"([^"]+)"', text("modules/bus/timers.tf"), re.MULTILINE)
    assert tuple(sorted(timers)) == JOBS


def test_subscriptions_are_named_as_bootstrap_expects():
    assert {"-push", "-dead-pull"} <= set(re.findall(r'\}(-[a-z-]+)"', text("modules/bus/subscriptions.tf")))
