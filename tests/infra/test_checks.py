"""Each check finds what it is for, and finds nothing in the tree as it is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra import iam_matrix
from infra.checks import __main__ as command
from infra.checks import capabilities, environment, functions, rights, routing, run, watch
from infra.checks.evidence import Evidence, Resource, evidence, seconds
from infra.checks.run import CHECKS, MODULES, findings
from infra.checks.sources import prevented
from infra.checks.store import facts_file
from infra.checks.traps import TRAPS
from infra.checks.url_map import NOWHERE, REDIRECT, UrlMap, template
from infra.checks.wiring import unread
from infra.offline.roots import TERRAFORM, example_values
from infra.offline.terraform import Offline
from infra.rights import EXPECTED, Key, Store
from shared.runtime.config import FUNCTIONS
from tests.infra.mutants import MUTANTS
from tests.infra.plan_changes import Plan, PlanMutant
from tests.infra.plan_mutants import PLAN_MUTANTS

IN_CODE = {"rights.code", "rights.deletes", "store.facts", "wiring.provider", "wiring.read", "wiring.version"}
"""Checks of the code or of Terraform's files alone, which no change of a plan can break."""


ZONE = {"dns_zone": run.CHOSEN["dns_zone"]}
"""So that mutants find every record; all else has the example's values, of which the document tells."""


@pytest.fixture(scope="module")
def plan(terraform_there) -> Iterator[Plan]:
    with Offline(TERRAFORM, named=True) as offline:
        yield offline.plan(example_values(TERRAFORM), ZONE)


@pytest.fixture(scope="module")
def sound(plan: Plan) -> Evidence:
    return evidence(plan, TERRAFORM)


def test_the_tree_has_no_findings(sound: Evidence):
    assert [str(finding) for finding in findings(sound)] == []


@pytest.mark.parametrize(
    "values",
    [
        {"sendgrid_api_key_version": 0, "firestore_database": "restored-db", "log_level": "DEBUG"},
        dict(run.CHOSEN),
        {"ses": "null", "github": "null", "budget": "null", "scheduler_region": "us-central1"},
        {"console_members": ["user:a@example.com", "domain:example.com"], "enforce_org_policies": True},
        {
            "log_retention_days": 30,
            "audit_project_id": "example-audit",
            "alert_emails": ["a@b.example", "c@d.example"],
        },
    ],
    ids=[
        "without-sendgrid",
        "all-that-there-is",
        "as-little-as-possible",
        "other-people",
        "an-audit-log-elsewhere",
    ],
)
def test_an_operators_own_values_have_no_findings_either(terraform_there, values):
    with Offline(TERRAFORM, named=True) as offline:
        other = evidence(offline.plan(example_values(TERRAFORM), values), TERRAFORM)

    # The document tells of the example's values.
    assert [str(finding) for finding in findings(other) if finding.check != "rights.document"] == []


@pytest.mark.parametrize("mutant", PLAN_MUTANTS, ids=lambda mutant: mutant.caught_by)
def test_a_check_finds_what_it_is_for(plan: Plan, sound: Evidence, mutant: PlanMutant):
    (check,) = [each for each in CHECKS if each.name == mutant.caught_by]

    found = set(check(evidence(mutant.of(plan), TERRAFORM))) - set(check(sound))

    assert found
    assert all(finding.what and finding.where and finding.mend.endswith(".") for finding in found)


def test_every_check_was_seen_to_find_something():
    assert {each.caught_by for each in PLAN_MUTANTS} | IN_CODE == {check.name for check in CHECKS}


def test_every_trap_has_a_check_and_a_mutant():
    caught = {each.caught_by for each in (*MUTANTS, *PLAN_MUTANTS)}

    assert set(TRAPS) == {f"B{number}" for number in range(1, 13)}
    assert set(TRAPS.values()) <= caught


def test_every_check_has_a_name_of_its_own_in_its_module():
    names = [check.name for check in CHECKS]

    assert len(names) == len(set(names))
    assert len(CHECKS) == sum(len(module.CHECKS) for module in MODULES) + 1


def test_the_table_of_rights_keeps_the_promises_of_the_product():
    assert {name for name, each in EXPECTED.items() if each.amapi} == {
        "issue_command",
        "poll_status",
        "handle_notification",
        "sync_devices",
    }
    assert {name for name, each in EXPECTED.items() if each.key is Key.ENCRYPT} == {"reset_passcode"}
    decrypting = {name for name, each in EXPECTED.items() if each.key is Key.DECRYPT}
    assert decrypting == {"issue_command", "notify", "reveal_passcode"}
    assert {name for name, each in EXPECTED.items() if each.store is Store.READ} == {"console"}


def test_rights_are_told_from_what_the_code_builds():
    assert capabilities.capabilities("reset_passcode").key is Key.ENCRYPT
    assert capabilities.capabilities("reveal_passcode").key is Key.DECRYPT
    assert capabilities.capabilities("console").store is Store.READ
    assert not capabilities.capabilities("notify").amapi


def test_code_that_takes_more_than_its_row_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wiring = tmp_path / "wiring.py"
    text = capabilities.WIRING.read_text(encoding="utf-8")
    before = "reads = ReadConsole(_store(config), SystemClock())"
    assert before in text
    wiring.write_text(text.replace(before, "reads = ReadConsole(_store(config), _amapi(config))"), encoding="utf-8")

    assert capabilities.capabilities("console", wiring).amapi
    monkeypatch.setitem(capabilities.EXPECTED, "console", replace(EXPECTED["console"], amapi=True))
    assert [where for where, _ in capabilities.code.faults(Evidence(()))] == ["console"]


def test_a_function_that_loads_a_deleting_service_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wiring = tmp_path / "wiring.py"
    text = capabilities.WIRING.read_text(encoding="utf-8")
    before = "from shared.services.read_console import ReadConsole\n\n    app"
    assert before in text
    wiring.write_text(text.replace(before, f"from shared.services.members import Members\n    {before}"), "utf-8")

    assert capabilities.deleters("console") == []
    assert capabilities.deleters("console", wiring) == ["shared/services/members.py"]
    monkeypatch.setattr(capabilities, "deleters", lambda _function: ["x.py"])
    assert len(list(capabilities.deletes.faults(Evidence(())))) == len(FUNCTIONS)


def test_facts_that_the_code_does_not_say_are_found(tmp_path: Path):
    (tmp_path / "facts.json").write_text("{}\n", encoding="utf-8")

    assert list(facts_file.faults(Evidence((), terraform=tmp_path)))


def test_an_entry_is_told_from_what_only_looks_like_one(tmp_path: Path):
    file = tmp_path / "main.py"
    file.write_text("def notify(request): ...\n\nclass Mail:\n    def send(self): ...\n", encoding="utf-8")

    assert functions.defined(file) == {"notify"}
    assert functions.defined(tmp_path / "gone.py") == set()


def test_readers_of_a_variable_are_read_out_of_the_readme(tmp_path: Path):
    table = (
        "| `A_ONE`, `B_TWO` | words | `notify` |\n| `C_THREE` | words | web functions |\n| x | `D_FOUR` | all |\n"
    )
    (tmp_path / "README.md").write_text(table, encoding="utf-8")

    assert environment.documented(tmp_path / "README.md") == {
        "A_ONE": {"notify"},
        "B_TWO": {"notify"},
        "C_THREE": {"console", "reset_passcode", "reveal_passcode"},
    }


def test_anchors_are_made_as_github_makes_them(tmp_path: Path):
    guide = tmp_path / "guide.md"
    guide.write_text("# Operations\n## A reset is stuck\ntext\n### Who's `left`?\n", encoding="utf-8")

    assert watch.anchors(guide) == {"operations", "a-reset-is-stuck", "whos-left"}
    assert watch.anchors(tmp_path / "gone.md") == set()


def test_what_a_plan_may_not_destroy_is_read_out_of_the_files(tmp_path: Path):
    kept = 'resource "a" "kept" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n'
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "x.tf").write_text(
        kept + kept.replace("kept", "open").replace("true", "false") + 'resource "a" "bare" {}\n', encoding="utf-8"
    )

    assert prevented(tmp_path) == {("a", "kept")}


def test_what_is_declared_and_read_by_nothing_is_found(tmp_path: Path):
    own = 'variable "cut" {\n  type = string\n  validation {\n    condition = var.cut != ""\n  }\n}\n'
    (tmp_path / "variables.tf").write_text(f'{own}variable "kept" {{\n  type = string\n}}\n', encoding="utf-8")
    (tmp_path / "main.tf").write_text(
        'locals {\n  used = var.kept # and not var.cut\n  loose = {\n    inner = 1\n  }\n}\noutput "x" {\n'
        '  value = "${local.used}"\n}\n',
        encoding="utf-8",
    )

    assert unread(tmp_path) == ["local.loose", "var.cut"]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/v1/enterprises/*/passcodes/*", "/v1/enterprises/a/passcodes/b:reveal", True),
        ("/v1/enterprises/*/passcodes/*", "/v1/enterprises/a/passcodes/b/c", False),
        ("/v1/enterprises/*/passcodes/*", "/v1/enterprises/a/passcodes/", False),
        ("/v1/**", "/v1/a/b", True),
        ("/v1/{name=*}/x", "/v1/a/x", True),
        ("/v1/{name=**}", "/v1/a/x", True),
        ("/v1.0/*", "/v1a0/x", False),
    ],
)
def test_a_path_template_matches_whole_segments(pattern: str, path: str, matches: bool):
    assert bool(template(pattern).fullmatch(path)) is matches


def test_the_url_map_is_played_by_priority_and_method():
    gets = {"prefix_match": "/v1/", "header_matches": [{"header_name": ":method", "exact_match": "GET"}]}
    rules = [
        {"priority": 30, "service": "writes", "match_rules": [{"prefix_match": "/v1/"}]},
        {"priority": 20, "service": "reads", "match_rules": [gets]},
        {"priority": 10, "service": "exact", "match_rules": [{"full_path_match": "/v1/x"}]},
    ]
    matcher = {"name": "m", "default_service": "pages", "route_rules": rules}
    host_rule = [{"hosts": ["a.example"], "path_matcher": "m"}]
    values = {"host_rule": host_rule, "path_matcher": [matcher], "default_url_redirect": [{"strip_query": False}]}
    url_map = UrlMap(Resource("x", "google_compute_url_map", "x", values))

    asked = [("GET", "/v1/x"), ("GET", "/v1/y"), ("POST", "/v1/y"), ("POST", "/y")]
    assert [url_map.service(method, "a.example", path) for method, path in asked] == [
        "exact",
        "reads",
        "writes",
        "pages",
    ]
    assert url_map.service("GET", "b.example", "/") == REDIRECT
    assert UrlMap(Resource("x", "y", "x", {})).service("GET", "a.example", "/") == NOWHERE


def test_routes_of_the_code_are_all_asked_for():
    asked = {(each.function, each.method, each.path) for each in routing.served()}

    assert ("reveal_passcode", "POST", "/v1/enterprises/LC0123/passcodes/01H0:reveal") in asked
    assert ("console", "GET", "/enterprises/LC0123/devices/3f1a/reset") in asked
    assert ("reset_passcode", "GET", "/_session/reset") in asked
    assert {function for function, method, _ in asked if method != "GET"} == {"reset_passcode", "reveal_passcode"}


def test_a_duration_that_is_left_to_google_is_endless():
    assert seconds("600s") == 600
    assert seconds("3.5s") == 3.5
    assert seconds(None) == seconds("google_x/y/z") == float("inf")


def test_the_document_of_rights_is_what_the_plan_says(sound: Evidence):
    text = iam_matrix.text(sound)

    assert iam_matrix.DOCUMENT.read_text(encoding="utf-8") == text
    rows = {line.split("|")[1].strip(" `"): line for line in text.splitlines() if line.startswith("| `")}
    assert all(("wiping" in rows[name]) == EXPECTED[name].amapi for name in FUNCTIONS)
    assert all(("decrypt" in rows[name]) == (EXPECTED[name].key is Key.DECRYPT) for name in FUNCTIONS)
    assert "wipe any phone" in text


def test_the_role_of_a_store_writer_is_found_by_what_it_holds(sound: Evidence):
    assert rights.writer_role(sound).endswith("/passcodeResetStoreWriter")
    assert rights.writer_role(Evidence(())) == ""


def test_the_command_prints_findings_and_fails(monkeypatch, capsys, plan: Plan, sound: Evidence):
    (broken,) = [each for each in PLAN_MUTANTS if each.caught_by == "bus.ack"]

    monkeypatch.setattr(run, "planned", lambda **_: evidence(broken.of(plan), TERRAFORM))
    assert command.main() == 1
    assert "bus.ack: module.bus." in capsys.readouterr().out
    monkeypatch.setattr(run, "planned", lambda **_: sound)
    assert command.main() == 0
