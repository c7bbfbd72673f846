"""A small Google Cloud on loopback: one project, its APIs, buckets, policies and Pub/Sub, each with its state.

Every request is checked against Google's discovery documents first; what they do not know is answered with 400.
"""

import contextlib
import json
import re
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from infra.bootstrap.notifications import FILTER
from infra.bootstrap.project import PERMISSIONS
from infra.bootstrap.services import BASE
from infra.rights import AMAPI_PUBLISHER
from tests.infra import discovery

PROJECT, NUMBER = "fleet-staging", "123456789012"
TOPIC = f"projects/{PROJECT}/topics/amapi-notifications"
DATABASE = f"projects/{PROJECT}/databases/passcode-reset"
OPERATOR = "operator@example.com"
ENABLED_BY_HAND = {name.partition(".")[0] for name in BASE}
"""Terraform enables the others."""
LONG_POLL_S = 0.05
"""How long an empty pull is held; Google's is seconds."""


class Refusal(Exception):  # noqa: N818  # it is an answer
    def __init__(self, status, word="", reason=None):
        super().__init__(word)
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
        self.status = status
        self.body = {"error": {"code": status, "status": word, "message": f"refused: {word}", "details": details}}


OF_BUCKETS = ("storage.objects.", "storage.buckets.get", "storage.buckets.update")
"""An owner of the project has these by the policy of each bucket; of the project Google says they are missing.
Source: https://github.com/skypilot-org/skypilot/issues/5020
"""


class GoogleCloud:
    """State behind the paths. ``on_after`` looks pass before an API that was enabled is seen as on."""

    def __init__(self):
        self.lock = threading.Condition()
        self.services = {"serviceusage.googleapis.com", "cloudresourcemanager.googleapis.com"}
        self.starting, self.on_after = {}, 2
        self.late = {}  # API → how many calls it still refuses after it is seen as on
        self.state, self.billed, self.permissions = "ACTIVE", True, set(PERMISSIONS)
        self.policies, self.buckets, self.objects = {}, {}, {}
        self.topics, self.subscriptions, self.databases = {}, {}, set()
        self.resources = {}  # further resources by API and path, as a deployed environment has them
        self.empty_pull = 200
        self.calls = []
        self.flaws = []

    def deploy(self):
        """Stand in for Terraform: topic, AMAPI's grant, database."""
        self.topics[TOPIC] = {"bindings": [{"role": "roles/pubsub.publisher", "members": [AMAPI_PUBLISHER]}]}
        self.databases.add(DATABASE)

    def publish(self, message):
        """Publish as AMAPI does: silently to nobody where the grant is missing."""
        with self.lock:
            members = [m for b in self.topics.get(TOPIC, {}).get("bindings", []) for m in b["members"]]
            kind = message.attributes.get("notificationType", "")
            for subscription in self.subscriptions.values():
                if AMAPI_PUBLISHER in members and subscription["topic"] == TOPIC and kind not in {"", "COMMAND"}:
                    assert subscription["filter"] == FILTER
                    subscription["messages"].append({"ackId": "1", "message": {"attributes": message.attributes}})
            self.lock.notify_all()

    def changes(self):
        """Return the calls that may have changed something, tests of permissions and pulls left out."""
        return [c for c in self.calls if c[1] != "GET" and not c[2].endswith((":testIamPermissions", ":pull"))]

    def answer(self, api, method, path, query, body):
        with self.lock:
            self.calls.append((api, method, path))
            if api == "openid":
                return {"email": OPERATOR}
            flaws = discovery.flaws(api, method, path, query, body)
            self.flaws += flaws
            if flaws:
                raise Refusal(400, "INVALID_ARGUMENT")
            if f"{api}.googleapis.com" not in self.services and api in ENABLED_BY_HAND:
                raise Refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED")
            if self.late.get(api, 0) > 0:
                self.late[api] -= 1
                raise Refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED")
            if method == "GET" and (api, path) in self.resources:
                return self.resources[api, path]
            for pattern, handler in ROUTES:
                if match := re.fullmatch(pattern, f"{api} {method} {path}"):
                    return handler(self, match, query, body)
            raise Refusal(404 if method == "GET" else 501, "NOT_FOUND")

    def batch_get(self, match, query, _body):
        if match[1] != PROJECT:
            raise Refusal(403, "PERMISSION_DENIED", "USER_PROJECT_DENIED")
        for name in [name for name, left in self.starting.items() if left <= 0]:
            self.services.add(name)
            del self.starting[name]
        self.starting = {name: left - 1 for name, left in self.starting.items()}
        states = {True: "ENABLED", False: "DISABLED"}
        return {
            "services": [
                {"name": f"projects/{NUMBER}/services/{n}", "state": states[n in self.services]}
                for n in (name.rpartition("/")[2] for name in query["names"])
            ]
        }

    def batch_enable(self, _match, _query, body):
        assert len(body["serviceIds"]) <= 20
        self.starting.update(dict.fromkeys(body["serviceIds"], self.on_after))
        return {"name": "operations/1"}

    def project(self, match, _query, _body):
        if match[1] != PROJECT:
            raise Refusal(403, "PERMISSION_DENIED")
        return {"name": f"projects/{NUMBER}", "projectId": PROJECT, "state": self.state}

    def billing(self, _match, _query, _body):
        return {"billingEnabled": self.billed}

    def granted(self, _match, _query, body):
        asked = [name for name in body["permissions"] if not name.startswith(OF_BUCKETS)]
        return {"permissions": [name for name in asked if name in self.permissions]}

    def policy(self, match, _query, _body):
        rules = self.policies.get(match[1])
        return {"name": match[1], "spec": {"rules": rules}} if rules else {"name": match[1]}

    def get_bucket(self, match, _query, _body):
        bucket = self._bucket(match[1])
        if bucket["projectNumber"] == "hidden":
            raise Refusal(403, "forbidden")
        return bucket

    def make_bucket(self, _match, query, body):
        if body["name"] in self.buckets:
            raise Refusal(409, "conflict")
        assert query["project"] == [PROJECT]
        self.buckets[body["name"]] = {**body, "projectNumber": NUMBER}
        return self.buckets[body["name"]]

    def patch_bucket(self, match, _query, body):
        self._bucket(match[1]).update(body)
        return self._bucket(match[1])

    def get_object(self, match, query, _body):
        self._bucket(match[1])
        if (entry := self.objects.get(unquote(match[2]))) is None:
            raise Refusal(404, "notFound")
        return entry["content"] if query.get("alt") == ["media"] else {"generation": str(entry["generation"])}

    def put_object(self, match, query, body):
        self._bucket(match[1])
        name, before = query["name"][0], self.objects.get(query["name"][0], {"generation": 0})
        if str(before["generation"]) != query["ifGenerationMatch"][0]:
            raise Refusal(412, "conditionNotMet")
        self.objects[name] = {"content": body, "generation": before["generation"] + 1}
        return {"generation": str(before["generation"] + 1)}

    def topic(self, match, _query, _body):
        return {"name": match[1]} if match[1] in self.topics else self._missing()

    def topic_policy(self, match, _query, _body):
        return self.topics[match[1]] if match[1] in self.topics else self._missing()

    def make_subscription(self, match, _query, body):
        if match[1] in self.subscriptions:
            raise Refusal(409, "ALREADY_EXISTS")
        self.subscriptions[match[1]] = {**body, "messages": []}
        return {"name": match[1]}

    def drop_subscription(self, match, _query, _body):
        return {} if self.subscriptions.pop(match[1], None) else self._missing()

    def pull(self, match, _query, _body):
        messages = self.subscriptions[match[1]]["messages"]
        self.lock.wait_for(lambda: messages, LONG_POLL_S)
        if not messages and self.empty_pull != HTTPStatus.OK:
            raise Refusal(self.empty_pull, "DEADLINE_EXCEEDED")
        return {"receivedMessages": [messages.pop(0)]} if messages else {}

    def database(self, match, _query, _body):
        return {"name": match[1]} if match[1] in self.databases else self._missing()

    def _bucket(self, name):
        return self.buckets[name] if name in self.buckets else self._missing()

    def _missing(self):
        raise Refusal(404, "NOT_FOUND")


ROUTES = (
    (r"serviceusage GET /v1/projects/([^/]+)/services:batchGet", GoogleCloud.batch_get),
    (r"serviceusage POST /v1/projects/[^/]+/services:batchEnable", GoogleCloud.batch_enable),
    (r"cloudresourcemanager GET /v3/projects/([^/:]+)", GoogleCloud.project),
    (r"cloudresourcemanager POST /v3/projects/[^/]+:testIamPermissions", GoogleCloud.granted),
    (r"cloudbilling GET /v1/projects/[^/]+/billingInfo", GoogleCloud.billing),
    (r"orgpolicy GET /v2/projects/[^/]+/policies/([^/:]+):getEffectivePolicy", GoogleCloud.policy),
    (r"storage GET /storage/v1/b/([^/]+)", GoogleCloud.get_bucket),
    (r"storage POST /storage/v1/b", GoogleCloud.make_bucket),
    (r"storage PATCH /storage/v1/b/([^/]+)", GoogleCloud.patch_bucket),
    (r"storage GET /storage/v1/b/([^/]+)/o/([^/]+)", GoogleCloud.get_object),
    (r"storage POST /upload/storage/v1/b/([^/]+)/o", GoogleCloud.put_object),
    (r"pubsub GET /v1/([^:]+)", GoogleCloud.topic),
    (r"pubsub GET /v1/([^:]+):getIamPolicy", GoogleCloud.topic_policy),
    (r"pubsub PUT /v1/([^:]+)", GoogleCloud.make_subscription),
    (r"pubsub DELETE /v1/([^:]+)", GoogleCloud.drop_subscription),
    (r"pubsub POST /v1/([^:]+):pull", GoogleCloud.pull),
    (r"firestore GET /v1/(.+)", GoogleCloud.database),
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def answer(self):
        target = urlsplit(self.path)
        _, api, path = target.path.split("/", 2)
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, body = 200, None
        try:
            query = parse_qs(target.query)
            body = self.server.cloud.answer(
                api, self.command, f"/{path}", query, json.loads(content) if content else None
            )
        except Refusal as refusal:
            status, body = refusal.status, refusal.body
        found = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer  # noqa: N815  # the names are http.server's

    def log_message(self, format, *args):  # noqa: A002  # the name is http.server's
        pass


@contextlib.contextmanager
def serving(cloud):
    """Serve while the block runs; yields the base URL, under which each API has its own folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.cloud = cloud
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
