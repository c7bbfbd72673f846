"""An enterprise is signed up, made, listed and connected as AMAPI's discovery document says."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from local.simulator import schemas
from local.simulator.world import FLEET_PROJECT
from tests.contract.simulator.amapi_client import ENTERPRISE, wait_until

CALLBACK = "https://localhost/done?a=b"


def sign_up(api, project="p1"):
    status, url = api("POST", "/v1/signupUrls?" + urlencode({"projectId": project, "callbackUrl": CALLBACK}))
    assert status == 200
    return url


def token_of(api, url):
    _, answer = api("POST", "/_sim/signup", {"name": url["name"]})
    address = urlsplit(answer["callbackUrl"])
    assert address.path == "/done"
    query = parse_qs(address.query)
    assert query["a"] == ["b"]
    return query["enterpriseToken"][0]


def create(api, url, token, project="p1", body=None):
    query = {"projectId": project, "signupUrlName": url["name"], "enterpriseToken": token}
    return api("POST", "/v1/enterprises?" + urlencode(query), body or {})


def test_an_enterprise_is_signed_up_and_belongs_to_its_project(api):
    url = sign_up(api)
    assert schemas.flaws("SignupUrl", url) == []
    status, enterprise = create(api, url, token_of(api, url), body={"enterpriseDisplayName": "Ours"})
    assert (status, enterprise["enterpriseDisplayName"]) == (200, "Ours")
    assert api("GET", f"/v1/{enterprise['name']}") == (200, enterprise)
    assert api("GET", "/v1/enterprises?projectId=p1")[1] == {"enterprises": [enterprise]}
    assert api("GET", "/v1/enterprises?projectId=p2")[1] == {}


def test_the_list_tells_only_the_basic_fields(api):
    _, page = api("GET", f"/v1/enterprises?projectId={FLEET_PROJECT}")
    assert page == {"enterprises": [{"name": ENTERPRISE, "enterpriseDisplayName": "Demo Logistics"}]}


def test_a_list_may_hold_back_what_discovery_does_not_promise(simulator, api):
    simulator.world.lists_customer_managed = False
    assert api("GET", f"/v1/enterprises?projectId={FLEET_PROJECT}") == (200, {})


def test_a_token_makes_one_enterprise_only(api):
    url = sign_up(api)
    token = token_of(api, url)
    assert create(api, url, token)[0] == 200
    assert create(api, url, token)[0] == 400
    assert len(api("GET", "/v1/enterprises?projectId=p1")[1]["enterprises"]) == 1


def test_a_token_of_another_sign_up_or_project_makes_none(api):
    mine, other = sign_up(api), sign_up(api, "p2")
    token = token_of(api, mine)
    assert create(api, other, token)[0] == 400
    assert create(api, mine, token, project="p2")[0] == 400
    assert create(api, mine, "")[0] == 400
    assert create(api, sign_up(api), "")[0] == 400
    assert create(api, {"name": "signupUrls/none"}, token)[0] == 400
    assert api("GET", "/v1/enterprises?projectId=p1")[1] == {}


def test_the_same_person_may_come_back_to_the_form_and_gets_the_same_token(api):
    url = sign_up(api)
    assert token_of(api, url) == token_of(api, url)


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("POST", "/v1/signupUrls", None, 400),
        ("POST", "/v1/signupUrls?projectId=p1", None, 400),
        ("POST", "/v1/signupUrls?projectId=p1&callbackUrl=nowhere", None, 400),
        ("POST", "/v1/signupUrls?projectId=p1&callbackUrl=https%3A%2F%2Fa", {}, 400),
        ("POST", "/v1/signupUrls?project=p1", None, 400),
        ("POST", "/v1/enterprises?agreementAccepted=true&projectId=p1", {}, 400),
        ("POST", "/v1/enterprises?projectId=p1", {"name": "enterprises/x"}, 400),
        ("POST", "/v1/enterprises?projectId=p1", {"colour": "red"}, 400),
        ("GET", "/v1/enterprises", None, 400),
        ("GET", "/v1/enterprises?projectId=p1&view=FULL", None, 400),
        ("POST", "/_sim/signup", {"name": "signupUrls/none"}, 404),
    ],
)
def test_what_amapi_would_refuse_is_refused(api, method, target, body, status):
    assert api(method, target, body)[0] == status


def test_an_enterprise_that_is_born_with_a_topic_is_tried_at_once(api, bus):
    url = sign_up(api)
    _, enterprise = create(api, url, token_of(api, url), body={"pubsubTopic": "projects/p1/topics/t"})
    assert enterprise["pubsubTopic"] == "projects/p1/topics/t"
    wait_until(lambda: bus.of("test") == [{}])
