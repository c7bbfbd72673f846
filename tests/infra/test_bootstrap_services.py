"""An API that was switched on is there when it answers, not when Google says that it is on."""

import pytest

from infra.bootstrap.__main__ import NEEDS_YOU
from infra.bootstrap.org_policies import CONSTRAINTS


@pytest.mark.parametrize("api", ["cloudresourcemanager", "cloudbilling", "orgpolicy", "storage", "pubsub"])
def test_an_api_that_is_on_but_does_not_answer_yet_is_waited_for(operator, api):
    """Regression: on a new project the steps after this one were refused, and looked at nothing."""
    operator.cloud.services = {"serviceusage.googleapis.com"}
    operator.cloud.late[api] = 3
    status, printed = operator.run("--admin", "first.admin@example.com")
    assert status == NEEDS_YOU
    assert "There is no projects/fleet-staging/topics/amapi-notifications" in printed
    assert "billing is on" in printed
    assert f"{len(CONSTRAINTS)} of {len(CONSTRAINTS)} organisation policies" in printed


def test_an_api_that_never_answers_is_told_in_time(operator):
    operator.cloud.late["orgpolicy"] = 10_000
    status, printed = operator.run("--only", "services")
    assert (status, "not answering after 300 s: orgpolicy" in printed) == (NEEDS_YOU, True)
    assert 300 <= operator.time < 330
