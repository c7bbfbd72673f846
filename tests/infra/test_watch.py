"""What is watched, compared across modules: names that are written down twice are the same."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions

from infra.offline.roots import TERRAFORM, example_values
from infra.offline.terraform import Offline
from shared.adapters.firestore.errors import commit_error, read_error
from shared.adapters.kms import KmsCipher
from shared.domain.errors import TransientError
from shared.domain.secret import Secret


@pytest.fixture(scope="module")
def plan(terraform_there: None) -> dict[str, Any]:
    with Offline(TERRAFORM, named=True) as offline:
        return offline.plan(example_values(TERRAFORM))


def _resources(plan: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    return (change["change"]["after"] for change in plan["resource_changes"] if change["type"] == kind)


def _queries(plan: dict[str, Any]) -> str:
    return "\n".join(json.dumps(each) for each in _resources(plan, "google_monitoring_alert_policy"))


def test_the_key_whose_versions_are_counted_is_the_one_that_is_made(plan: dict[str, Any]) -> None:
    (counted,) = plan["prior_state"]["values"]["root_module"]["resources"]
    (made,) = _resources(plan, "google_kms_crypto_key")
    assert counted["values"]["crypto_key"] == made["id"]


def test_alerts_watch_every_subscription_that_is_made(plan: dict[str, Any]) -> None:
    names = {each["name"] for each in _resources(plan, "google_pubsub_subscription")}
    assert len(names) == 5
    for name in names:
        assert name in _queries(plan)


def test_alerts_watch_every_function_that_is_made(plan: dict[str, Any]) -> None:
    names = {each["name"] for each in _resources(plan, "google_cloudfunctions2_function")}
    (errors,) = (line for line in _queries(plan).splitlines() if "A function fails" in line)
    assert len(names) == 8
    for name in names:
        assert name in errors


def test_every_code_that_a_log_line_may_carry_alerts_somebody(plan: dict[str, Any]) -> None:
    codes = json.loads((TERRAFORM / "facts.json").read_text(encoding="utf-8"))["alerts"]
    filters = [
        condition["condition_matched_log"][0]["filter"]
        for policy in _resources(plan, "google_monitoring_alert_policy")
        for condition in policy["conditions"]
        if condition["condition_matched_log"]
    ]
    for code in codes:
        assert sum(f'"{code}"' in each for each in filters) == 1, code


def test_the_objective_of_confirmation_has_a_bucket_that_ends_where_it_does(plan: dict[str, Any]) -> None:
    metrics = {each["name"]: each for each in _resources(plan, "google_logging_metric")}
    cuts = [
        each["request_based_sli"][0]["distribution_cut"][0]
        for each in _resources(plan, "google_monitoring_slo")
        if each["request_based_sli"][0]["distribution_cut"]
    ]
    assert len(cuts) == 1
    for cut in cuts:
        name = cut["distribution_filter"].partition("logging.googleapis.com/user/")[2].partition('"')[0]
        bounds = metrics[name]["bucket_options"][0]["explicit_buckets"][0]["bounds"]
        assert cut["range"][0]["max"] in bounds


def key_error(answer: Exception) -> TransientError:
    """Return what the adapter makes of Cloud KMS's answer to a call."""

    class Refusing:
        def encrypt(self, **_asked: object) -> None:
            raise answer

    with pytest.raises(TransientError) as caught:
        KmsCipher("projects/p/locations/l/keyRings/r/cryptoKeys/k", Refusing()).encrypt(Secret("1"), b"")  # type: ignore[arg-type]
    return caught.value


def test_what_firestore_and_the_key_refuse_alerts_in_the_words_of_our_own_lines(plan: dict[str, Any]) -> None:
    (refused,) = [
        condition["condition_matched_log"][0]["filter"]
        for policy in _resources(plan, "google_monitoring_alert_policy")
        for condition in policy["conditions"]
        if condition["condition_matched_log"] and "PermissionDenied" in str(condition)
    ]
    said = [
        commit_error(exceptions.PermissionDenied("x")).message,
        read_error(exceptions.PermissionDenied("x")).message,
        read_error(exceptions.FailedPrecondition("x")).message,
        key_error(exceptions.PermissionDenied("x")).message,
        key_error(exceptions.FailedPrecondition("x")).message,
    ]
    words = re.findall(r'"([^"]*(?:PermissionDenied|FailedPrecondition))"', refused)
    assert [[word in line for word in words] for line in said] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
        [False, True, False],
        [False, False, True],
    ]
