"""A bare client of the simulator, a bus that keeps what is published, and the phone that most tests ask."""

import http.client
import json
import time
from urllib.parse import urlsplit

from shared.domain.messages import Message

ENTERPRISE = "enterprises/LC00demo"
DEVICE = f"{ENTERPRISE}/devices/5db9013678962373"  # a managed phone of Android 16
RESET = {"type": "RESET_PASSWORD", "newPassword": "Kx7#mP2qaa", "resetPasswordFlags": ["LOCK_NOW"]}

WITHIN_S = 60.0
"""Far longer than anything here takes on the busiest machine: it only ends a hang."""


class Http:
    """A bare HTTP client on one kept connection."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=WITHIN_S)

    def __call__(self, method, path, body=None):
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, path, content)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def issue(self, command=None, device=DEVICE):
        status, body = self("POST", f"/v1/{device}:issueCommand", RESET if command is None else command)
        assert status == 200, body
        return body["name"]

    def done(self, name):
        found = {}

        def is_done():
            found.update(self("GET", f"/v1/{name}")[1])
            return found.get("done")

        wait_until(is_done)
        return found

    def knob(self, device=DEVICE, **knobs):
        status, body = self("PATCH", f"/_sim/devices/{device}", knobs)
        assert status == 200, body
        return body

    def phone(self, device=DEVICE):
        return self("GET", f"/_sim/devices/{device}")[1]


class FakeBus:
    """Keeps what is published; fails while ``is_down``."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.is_down = False

    def __call__(self, message: Message) -> None:
        if self.is_down:
            raise ConnectionError("Kx7#mP2qaa")
        self.messages.append(message)

    def of(self, kind):
        return [message.data for message in self.messages if message.attributes == {"notificationType": kind}]


def wait_until(condition):
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def with_policy(simulator, quality, device=DEVICE, api_level=36, scope="SCOPE_DEVICE", **minima):
    policy = {"passwordScope": scope, "passwordQuality": quality, **minima}
    simulator.world.phones[device].device.update(apiLevel=api_level, appliedPasswordPolicies=[policy])


def work_profile(simulator):
    phones = simulator.world.phones.items()
    return next(name for name, phone in phones if phone.device["ownership"] == "PERSONALLY_OWNED" and phone.online)
