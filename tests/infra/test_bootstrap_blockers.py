"""What would stop a deployment half-way is named before it begins, with what to do."""

import pytest

from infra.bootstrap.__main__ import DONE, NEEDS_YOU, main
from infra.bootstrap.org_policies import CONSTRAINTS
from infra.bootstrap.services import BASE
from infra.rights import AMAPI_PUBLISHER
from tests.infra.google_cloud import NUMBER, OPERATOR, PROJECT

BUCKET = f"{PROJECT}-tfstate"
ALLOW = {
    "iam.allowedPolicyMemberDomains": ["C0ours", "is:C02h8e9nw"],
    "run.allowedIngress": ["internal", "internal-and-cloud-load-balancing"],
    "cloudfunctions.allowedIngressSettings": ["ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"],
    "gcp.resourceLocations": ["in:europe-west1-locations"],
    "compute.restrictLoadBalancerCreationForTypes": ["in:EXTERNAL"],
}


@pytest.fixture
def ready(operator):
    operator.cloud.services.update(BASE)
    return operator


def values(*allowed):
    return [{"values": {"allowedValues": list(allowed)}}]


def project(operator, *flags):
    return operator.run("--only", "project", *flags)


def test_a_free_project_is_fine(ready):
    status, printed = project(ready)
    assert status == DONE
    assert f"project {PROJECT}, number {NUMBER}" in printed
    assert f"{len(CONSTRAINTS)} of {len(CONSTRAINTS)} organisation policies" in printed


@pytest.mark.parametrize(
    ("constraint", "rules", "said"),
    [
        ("iam.allowedPolicyMemberDomains", values("C0ours"), "C02h8e9nw"),
        ("iam.allowedPolicyMemberDomains", [{"denyAll": True}], "C02h8e9nw"),
        (
            "iam.managed.allowedPolicyMembers",
            [
                {
                    "enforce": True,
                    "parameters": {
                        "allowedMemberSubjects": ["user:a@example.com"],
                        "allowedPrincipalSets": ["ours"],
                    },
                }
            ],
            "allowedMemberSubjects",
        ),
        ("run.allowedIngress", values("internal"), "internal-and-cloud-load-balancing"),
        ("run.allowedIngress", [{"values": {"deniedValues": ["internal"]}}], "internal"),
        ("cloudfunctions.allowedIngressSettings", values("ALLOW_ALL"), "ALLOW_INTERNAL_ONLY"),
        ("gcp.resourceLocations", values("us-central1"), "region"),
        ("gcp.resourceLocations", [{"denyAll": True}], "region"),
        ("gcp.resourceLocations", [{"values": {"deniedValues": ["in:europe-west1-locations"]}}], "region"),
        ("iam.disableServiceAccountCreation", [{"enforce": True}], "service account"),
        ("compute.restrictLoadBalancerCreationForTypes", [{"denyAll": True}], "Load Balancer"),
        ("gcp.restrictNonCmekServices", [{"values": {"deniedValues": ["is:pubsub.googleapis.com"]}}], "exempt"),
    ],
)
def test_each_policy_that_blocks_is_named(ready, constraint, rules, said):
    ready.cloud.policies[constraint] = rules
    status, printed = project(ready)
    assert status == NEEDS_YOU
    (line,) = [line for line in printed.splitlines() if "needs you" in line]
    assert f"Organisation policy {constraint}:" in line
    assert said in printed.partition("needs you")[2]


@pytest.mark.parametrize(
    ("constraint", "rules"),
    [
        ("iam.allowedPolicyMemberDomains", values("C0ours")),
        ("iam.managed.allowedPolicyMembers", [{"enforce": True, "parameters": {"allowedMemberSubjects": []}}]),
    ],
)
def test_a_policy_that_was_lifted_for_one_deployment_does_not_stop_what_comes_after(ready, constraint, rules):
    """Regression: the guide says that this is enough, and the run after it stopped here, before the sign-up."""
    ready.cloud.policies[constraint] = rules
    ready.cloud.deploy()
    status, printed = ready.run("--admin", "first.admin@example.com")
    assert status == DONE
    assert f"note       {constraint} forbids AMAPI's grant; it was made before" in printed
    ready.cloud.topics.popitem()
    assert project(ready)[0] == NEEDS_YOU


@pytest.mark.parametrize("constraint", sorted(ALLOW))
def test_a_policy_that_allows_what_we_need_does_not_block(ready, constraint):
    ready.cloud.policies[constraint] = values(*ALLOW[constraint])
    assert project(ready)[0] == DONE
    ready.cloud.policies[constraint] = [{"allowAll": True}]
    assert project(ready)[0] == DONE


@pytest.mark.parametrize(
    "rules",
    [
        [{"enforce": False}],
        [{"enforce": True, "parameters": {"allowedMemberSubjects": [AMAPI_PUBLISHER]}}],
    ],
)
def test_a_list_of_members_that_has_amapis_account_does_not_block(ready, rules):
    ready.cloud.policies["iam.managed.allowedPolicyMembers"] = rules
    assert project(ready)[0] == DONE


@pytest.mark.parametrize(
    ("constraint", "rules"),
    [
        ("gcp.resourceLocations", values("in:eu-locations")),
        ("gcp.resourceLocations", [{"values": {"deniedValues": ["in:eu-locations"]}}]),
        ("compute.restrictLoadBalancerCreationForTypes", values("INTERNAL_TCP_UDP")),
        (
            "iam.managed.allowedPolicyMembers",
            [{"enforce": True, "parameters": {"allowedPrincipalSets": ["a", "b"]}}],
        ),
        ("iam.allowedPolicyMemberDomains", [{"condition": {"expression": "true"}, "allowAll": True}]),
    ],
)
def test_a_policy_that_nobody_can_judge_from_here_is_shown_to_a_person(ready, constraint, rules):
    ready.cloud.policies[constraint] = rules
    status, printed = project(ready)
    assert status == DONE
    assert f"note       {constraint} is set in a way that cannot be judged here" in printed


def test_policies_that_may_not_be_read_are_told_of(ready):
    ready.cloud.services.remove("orgpolicy.googleapis.com")
    status, printed = project(ready)
    assert status == DONE
    assert "Organisation policies could not be asked" in printed


def test_an_owner_lacks_nothing_though_the_project_grants_no_right_on_objects(ready):
    """Regression: roles/owner has no storage.objects.* on the project, so owners were told to get roles/owner."""
    status, printed = project(ready)
    assert status == DONE
    assert "permissions are yours" in printed


def test_missing_permissions_are_listed_with_the_command_that_grants_them(ready):
    ready.cloud.permissions -= {"pubsub.topics.setIamPolicy", "iam.serviceAccounts.actAs"}
    status, printed = ready.run()
    assert status == NEEDS_YOU
    assert "You lack 2 permissions: iam.serviceAccounts.actAs, pubsub.topics.setIamPolicy." in printed
    assert f"add-iam-policy-binding {PROJECT} --member=user:{OPERATOR} --role=roles/owner" in printed
    assert "state:" not in printed


def test_a_project_without_billing_is_told_how_to_get_it(ready):
    ready.cloud.billed = False
    status, printed = project(ready)
    assert (status, f"gcloud billing projects link {PROJECT}" in printed) == (NEEDS_YOU, True)


def test_billing_that_may_not_be_read_is_no_reason_to_stop(ready):
    ready.cloud.services.remove("cloudbilling.googleapis.com")
    status, printed = project(ready)
    assert (status, "Billing could not be looked at" in printed) == (DONE, True)


def test_a_project_that_goes_away_is_told(ready):
    ready.cloud.state = "DELETE_REQUESTED"
    assert project(ready)[0] == NEEDS_YOU


def test_a_project_of_somebody_else_is_told(ready):
    status, printed = ready.run("--only", "project", "--project", "other-project")
    assert (status, "Project other-project does not exist, or not for you." in printed) == (NEEDS_YOU, True)


def test_a_name_of_no_project_is_told_at_the_first_step_that_uses_it(operator):
    """Regression: the run ended as if Google had not answered, and promised to go on from there."""
    status, printed = operator.run("--project", "misspelt-project")
    assert (status, "Project misspelt-project does not exist, or not for you." in printed) == (NEEDS_YOU, True)
    assert "Nothing is lost" not in printed


def test_an_account_of_a_service_is_granted_rights_as_one(ready):
    ready.cloud.permissions.remove("pubsub.topics.create")
    account = f"operator@{PROJECT}.iam.gserviceaccount.com"
    _status, printed = ready.run("--only", "project", account=account)
    assert f"--member=serviceAccount:{account} --role=roles/owner" in printed


def test_the_project_number_of_the_variables_has_to_be_googles(ready):
    file = ready.folder / "terraform" / "environments" / "staging.tfvars"
    file.write_text(f'project_id = "{PROJECT}"\nproject_number = "999999999999"\n')
    status, printed = project(ready)
    assert (status, f"Google says {NUMBER}" in printed) == (NEEDS_YOU, True)


def preflight(operator):
    return operator.run("--only", "preflight")


@pytest.mark.parametrize("shown", [None, "", "nonsense", '{"terraform_version": "1.10.5"}'])
def test_a_terraform_that_is_missing_or_too_old_is_told(operator, shown):
    operator.programs["terraform"] = shown
    status, printed = preflight(operator)
    assert (status, "Install 1.11 or newer" in printed) == (NEEDS_YOU, True)


def test_gcloud_may_be_missing(operator):
    operator.programs["gcloud"] = None
    status, printed = preflight(operator)
    assert (status, "gcloud is not installed" in printed) == (DONE, True)
    assert f"signed in as {OPERATOR}" in printed


def test_who_is_not_signed_in_is_told_the_command_with_amapis_scope(operator):
    operator.endpoints["openid"] = "http://127.0.0.1:9"
    status, printed = preflight(operator)
    assert status == NEEDS_YOU
    assert "https://www.googleapis.com/auth/androidmanagement" in printed


def test_credentials_that_are_not_there_are_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    assert main(["--env", "staging", "--project", PROJECT], {}) == NEEDS_YOU
    assert "gcloud auth application-default login" in capsys.readouterr().out


def test_apis_are_switched_on_and_waited_for(operator):
    operator.cloud.on_after = 3
    status, printed = operator.run("--only", "services")
    assert status == DONE
    assert operator.cloud.services >= set(BASE)
    assert "done       switched on " in printed
    assert operator.time > 0


def test_apis_that_never_come_on_are_told_in_time(operator):
    operator.cloud.on_after = 10_000
    status, printed = operator.run("--only", "services")
    assert (status, "gcp.restrictServiceUsage" in printed) == (NEEDS_YOU, True)
    assert 300 <= operator.time < 310


def test_without_service_usage_itself_a_person_has_to_begin(operator):
    operator.cloud.services.clear()
    status, printed = operator.run("--only", "services")
    assert status == NEEDS_YOU
    assert f"gcloud services enable serviceusage.googleapis.com --project {PROJECT}" in printed


def state(operator, *flags):
    return operator.run("--only", "state", *flags)


def test_the_state_bucket_is_versioned_private_and_forgives_deletion(ready):
    assert state(ready)[0] == DONE
    bucket = ready.cloud.buckets[BUCKET]
    assert bucket["location"] == "europe-west1"
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["iamConfiguration"] == {
        "uniformBucketLevelAccess": {"enabled": True},
        "publicAccessPrevention": "enforced",
    }
    assert int(bucket["softDeletePolicy"]["retentionDurationSeconds"]) == 30 * 86_400


@pytest.mark.parametrize(
    "loosened",
    [
        {"versioning": {"enabled": False}},
        {"versioning": {}},
        {"softDeletePolicy": {"retentionDurationSeconds": "0"}},
        {"iamConfiguration": {"publicAccessPrevention": "inherited"}},
    ],
)
def test_a_bucket_that_was_loosened_is_mended(ready, loosened):
    state(ready)
    whole = dict(ready.cloud.buckets[BUCKET])
    ready.cloud.buckets[BUCKET].update(loosened)
    status, printed = state(ready)
    assert (status, f"done       set {next(iter(loosened))} of the bucket" in printed) == (DONE, True)
    assert ready.cloud.buckets[BUCKET] == whole


def test_a_bucket_that_keeps_longer_is_left_alone(ready):
    state(ready)
    ready.cloud.buckets[BUCKET]["softDeletePolicy"] = {"retentionDurationSeconds": str(90 * 86_400)}
    assert "done  " not in state(ready)[1]


@pytest.mark.parametrize("owner", ["hidden", "999"])
def test_a_bucket_of_strangers_never_gets_the_state(ready, owner):
    ready.cloud.buckets[BUCKET] = {"name": BUCKET, "projectNumber": owner}
    status, printed = state(ready)
    assert (status, "--state-bucket" in printed) == (NEEDS_YOU, True)
    assert not (ready.folder / "terraform" / "environments" / "staging.backend").exists()


def test_the_state_does_not_move_by_a_flag(ready):
    state(ready, "--state-bucket", "first-bucket")
    assert "names it" in state(ready)[1]
    status, printed = state(ready, "--state-bucket", "second-bucket")
    assert (status, "State does not move by itself" in printed) == (NEEDS_YOU, True)
    assert list(ready.cloud.buckets) == ["first-bucket"]


def test_a_bucket_of_another_name_is_to_be_named_in_the_variables_too(ready):
    """Regression: Terraform gave the workflows their rights on PROJECT-tfstate, which was not there."""
    wanted = 'staging.tfvars needs state_bucket = "first-bucket"'
    assert wanted in state(ready, "--state-bucket", "first-bucket")[1]
    file = ready.folder / "terraform" / "environments" / "staging.tfvars"
    file.write_text('state_bucket = "first-bucket"\n', encoding="utf-8")
    assert "needs state_bucket" not in state(ready)[1]


def test_without_a_region_no_bucket_is_made(ready):
    status, printed = state(ready, "--region", "")
    assert (status, "--region" in printed) == (NEEDS_YOU, True)
    assert ready.cloud.buckets == {}


def test_the_lock_file_is_asked_for_by_its_command(ready):
    assert "providers lock" in state(ready)[1]
    (ready.folder / "terraform" / ".terraform.lock.hcl").write_text("")
    assert "pins the providers" in state(ready)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--env", "Staging", "--project", PROJECT],
        ["--env", "staging"],
        ["--env", "staging", "--project", "X"],
        ["--env", "staging", "--project", PROJECT, "--admin", "a@example.com,b@example.com"],
        ["--env", "staging", "--project", PROJECT, "--enterprise", "a/b"],
        ["--env", "staging", "--project", PROJECT, "--only", "nothing"],
        ["--env", "staging", "--project", PROJECT, "--retention-days", "91"],
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(tmp_path, arguments):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--environments", str(tmp_path)], {})
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ('environment = "production"', "is of the environment production"),
        ('project_id = "another-project"', "says another-project"),
    ],
)
def test_the_variables_of_another_environment_are_not_used(tmp_path, capsys, variables, said):
    (tmp_path / "staging.tfvars").write_text(variables)
    with pytest.raises(SystemExit):
        main(["--env", "staging", "--project", PROJECT, "--environments", str(tmp_path)], {})
    assert said in capsys.readouterr().err


def test_the_variables_of_the_environment_complete_the_command_line(ready):
    file = ready.folder / "terraform" / "environments" / "staging.tfvars"
    file.write_text(f'# ours\nproject_id = "{PROJECT}"\nregion     = "europe-north1" # cold\nmin_instances = 1\n')
    arguments = ["--env", "staging", "--only", "state", "--region", ""]
    status, _ = ready.run(*arguments)
    assert status == DONE
    assert ready.cloud.buckets[BUCKET]["location"] == "europe-north1"


def test_a_service_that_answers_something_else_is_told(ready):
    ready.endpoints["cloudresourcemanager"] = ready.simulator.url
    status, printed = project(ready)
    assert (status, "is not there or not active" in printed) == (NEEDS_YOU, True)


def test_a_store_that_is_none_is_told_and_the_run_can_go_on(ready):
    ready.store_path.write_text("no database " * 100)
    flags = ["--env", "staging", "--project", PROJECT, "--environments", str(ready.folder)]
    assert main(["remove-member", "a@example.com", *flags], ready.environ()) == NEEDS_YOU


def test_an_empty_backend_file_is_not_taken_for_one_that_names_the_bucket(ready):
    """Regression: a run killed while it wrote the file left it empty, and every later run called that done."""
    file = ready.folder / "terraform" / "environments" / "staging.backend"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    _status, printed = ready.run("--only", "state")
    assert "staging.backend; commit it" in printed
    assert file.read_text().startswith("bucket = ")
    assert [path.name for path in file.parent.iterdir() if path.name.endswith(".draft")] == []
