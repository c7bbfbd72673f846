"""The demo's reset, before one scripted server that plays gateway, simulator and inbox."""

import json
from collections.abc import Callable

import pytest

from local.walkthrough import Addresses, Walk, WalkError

DEVICE = "enterprises/LC00demo/devices/d1"
ACTION = "enterprises/LC00demo/actions/a1"
USER = {"displayName": "Ada", "email": "ada@example.com", "locale": "en"}


class Scene:
    """What the server answers, by method and path; a test changes what it is about."""

    def __init__(self) -> None:
        self.devices = [{"name": DEVICE, "displayName": "Pixel", "user": USER, "openAction": None}]
        self.phones = [{"name": DEVICE, "online": True}]
        self.eligible = True
        self.action = {
            "name": ACTION,
            "device": DEVICE,
            "status": "DONE",
            "statusReason": None,
            "createTime": "2026-11-23T20:00:00Z",
            "deliveries": [
                {"recipient": "ADMIN", "email": "admin@example.com", "status": "SENT"},
                {"recipient": "USER", "email": "ada@example.com", "status": "SENT"},
            ],
        }
        self.looks = [self.action]
        self.events = [{"type": "DONE", "time": "2026-11-23T20:00:01.5Z", "who": "DEVICE", "details": {"a": "b"}}]
        self.passcode = "48219930"
        self.text = "Hello,\n    4821 9930\nBye"
        self.letters = [
            {"to": to, "subject": "New passcode", "text": text, "receivedAt": time}
            for to in ("admin@example.com", "ada@example.com")
            for text, time in (("an older one", "2026-11-23T19:00:00Z"), (self.text, "2026-11-23T20:00:02Z"))
        ]
        self.requests: list[dict] = []

    def reply(self, request: dict) -> tuple[int, list, bytes]:
        self.requests.append(request)
        answer = self._answer(request["method"], request["path"])
        return (404, [], b"") if answer is None else (200, [], json.dumps(answer).encode())

    def _answer(self, method: str, path: str) -> object:
        devices = f"/v1/{DEVICE.rpartition('/')[0]}"
        if path.startswith(f"{devices}?"):
            return {"devices": self.devices, "nextPageToken": ""}
        answers: dict[tuple[str, str], Callable[[], object]] = {
            ("GET", "/_local/token?email=admin@example.com"): lambda: {"token": "t"},
            ("GET", "/_sim/devices"): lambda: self.phones,
            ("GET", "/_sim/devices/d1"): lambda: {"passcode": self.passcode} if self.phones is not None else None,
            ("GET", "/_inbox/messages"): lambda: self.letters,
            ("GET", f"/v1/{DEVICE}:checkReset"): lambda: {"eligible": self.eligible},
            ("POST", f"/v1/{DEVICE}:resetPasscode"): lambda: self.action,
            ("GET", f"/v1/{ACTION}"): lambda: self.looks.pop(0) if len(self.looks) > 1 else self.looks[0],
            ("GET", f"/v1/{ACTION}/events?pageSize=200"): lambda: {"events": self.events},
        }
        return answers[method, path]()


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def walk(scene, make_upstream) -> Callable[..., list[str]]:
    def run(timeout_s: float = 60.0) -> list[str]:
        upstream = make_upstream()
        upstream.reply = scene.reply
        said: list[str] = []
        Walk(Addresses(upstream.url, upstream.url, upstream.url), said.append, timeout_s).run()
        return said

    return run


def test_a_reset_is_told_step_by_step_to_its_end(scene, walk):
    scene.looks = [{**scene.action, "status": "ISSUED"}, scene.action]
    said = "\n".join(walk())
    assert "Ada <ada@example.com>" in said
    assert said.count("+ 1.500 s  DONE") == 1
    assert "a=b" in said
    assert said.endswith("The passcode in the mail opens the phone.")


def test_no_passcode_is_ever_printed(scene, walk):
    said = "\n".join(walk())
    assert scene.passcode not in "".join(said.split())
    assert "••••••••" in said


def test_the_request_names_itself_and_informs_the_user(scene, walk):
    walk()
    (sent,) = [request for request in scene.requests if request["method"] == "POST"]
    body = json.loads(sent["body"])
    assert body["notifyUser"] is True
    assert len(body["requestId"]) == 36
    assert ("authorization", "Bearer t") in sent["headers"]


@pytest.mark.parametrize("text", ["no passcode here", "    4821 9931", ""])
def test_a_mail_with_another_passcode_is_a_failure(scene, walk, text):
    for letter in scene.letters:
        letter["text"] = text
    with pytest.raises(WalkError, match="does not hold the passcode"):
        walk()


def test_a_phone_without_passcode_is_a_failure(scene, walk):
    scene.passcode = ""
    with pytest.raises(WalkError, match="does not hold the passcode"):
        walk()


def test_a_missing_mail_is_a_failure(scene, walk):
    scene.letters = scene.letters[:2]
    with pytest.raises(WalkError, match=r"no mail to ada@example\.com"):
        walk()


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "CANCELLED", "UNKNOWN"])
def test_an_action_that_ends_otherwise_is_a_failure(scene, walk, status):
    scene.looks = [{**scene.action, "status": status, "statusReason": {"code": "INVALID_VALUE"}}]
    with pytest.raises(WalkError, match=f"{status}.*INVALID_VALUE"):
        walk()


def test_a_mail_that_cannot_be_sent_is_a_failure(scene, walk):
    scene.looks = [{**scene.action, "deliveries": [{"recipient": "ADMIN", "email": "a", "status": "FAILED"}]}]
    with pytest.raises(WalkError, match="ADMIN FAILED"):
        walk()


def test_a_reset_that_never_ends_is_a_failure(scene, walk):
    scene.looks = [{**scene.action, "status": "ISSUED"}]
    with pytest.raises(WalkError, match="not through after 0 s: the action is ISSUED"):
        walk(timeout_s=0.0)


UNFIT = (
    {"user": None},
    {"user": {**USER, "email": ""}},
    {"openAction": {"name": ACTION}},
    {"name": "enterprises/x/devices/offline"},
)


@pytest.mark.parametrize("unfit", UNFIT)
def test_only_a_free_online_phone_with_a_user_is_chosen(scene, walk, unfit):
    scene.devices = [{**scene.devices[0], **unfit}]
    with pytest.raises(WalkError, match="no phone can be reset"):
        walk()


def test_a_phone_that_may_not_be_reset_is_not_chosen(scene, walk):
    scene.eligible = False
    with pytest.raises(WalkError, match="no phone can be reset"):
        walk()


def test_with_servers_of_the_users_own_the_comparison_is_left_out_and_said(scene, walk):
    scene.phones = None
    said = walk()
    assert "cannot be looked into" in said[-1]


def test_answers_of_another_shape_are_a_failure(scene, walk):
    del scene.action["deliveries"]
    with pytest.raises(WalkError, match="KeyError: 'deliveries'"):
        walk()
