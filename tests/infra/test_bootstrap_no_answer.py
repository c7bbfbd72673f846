"""Where Google does not answer, the run says so and ends with 1: there is nothing for a person to set right."""

from types import SimpleNamespace

import pytest
from google.auth.exceptions import RefreshError, TransportError

from infra.bootstrap import record
from infra.bootstrap.__main__ import FAILED
from infra.bootstrap.google_api import Api, CallError
from infra.bootstrap.telling import NeedsYouError
from tests.infra.operator import ADMIN


class Failing:
    def __init__(self, error):
        self.error = error

    def request(self, _method, _url, **_given):
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (TransportError("no route"), 0, "no answer (TransportError)"),
        (RefreshError("expired"), 401, "the credentials were refused (RefreshError)"),
    ],
)
def test_a_network_that_is_down_is_not_taken_for_credentials_that_are_refused(error, status, said):
    with pytest.raises(CallError) as refused:
        Api(Failing(error), {"pubsub": "https://nowhere"}).call("pubsub", "GET", "/v1/x")
    assert (refused.value.status, said in str(refused.value)) == (status, True)


@pytest.mark.parametrize("step", ["enterprise", "admin"])
def test_a_memory_that_does_not_answer_is_not_taken_for_one_that_is_not_there(operator, step):
    operator.cloud.deploy()
    operator.endpoints["storage"] = "http://127.0.0.1:9"
    status, printed = operator.run("--only", step, "--admin", ADMIN)
    assert (status, "Run the step state first" in printed) == (FAILED, False)
    assert "storage: GET" in printed


@pytest.mark.parametrize(
    ("status", "kind"), [(408, CallError), (429, CallError), (503, CallError), (403, NeedsYouError)]
)
def test_a_memory_that_is_busy_is_not_taken_for_one_that_is_not_there(monkeypatch, status, kind):
    """Regression: a 429 of Cloud Storage sent the operator back to the step ``state``."""
    monkeypatch.setattr(record, "_path", lambda _context: "/the/record")

    def find(*_asked):
        raise CallError("storage: GET", status)

    with pytest.raises(kind):
        record.read(SimpleNamespace(api=SimpleNamespace(find=find)))
