"""An operator with a keyboard, and everything around one run of bootstrap."""

import contextlib
import io
import sqlite3
from urllib.parse import parse_qs, urlsplit

import requests

from infra.bootstrap.__main__ import main
from infra.bootstrap.context import Pace
from infra.bootstrap.google_api import ENDPOINTS, Api
from infra.bootstrap.telling import Telling
from shared.adapters.sqlite import SqliteStore
from tests.infra.google_cloud import PROJECT

ADMIN = "first.admin@example.com"
TERRAFORM = '{"terraform_version": "1.13.4"}'


class Killed(BaseException):
    """The process is gone; nothing of it goes on."""


class Mortal:
    """Dies right after a given step took effect, which is also before the next one; and stays dead."""

    def __init__(self, at=None):
        self.at, self.count = at, 0

    def step(self, act):
        self.count += 1
        if self.at is not None and self.count > self.at:
            raise Killed
        result = act()
        if self.count == self.at:
            raise Killed
        return result


class MortalSession:
    def __init__(self, mortal):
        self.mortal, self.session = mortal, requests.Session()
        self.session.trust_env = False

    def request(self, method, url, **kwargs):
        return self.mortal.step(lambda: self.session.request(method, url, **kwargs))


class MortalStore:
    def __init__(self, mortal, inner):
        self.mortal, self.inner = mortal, inner

    def get_many(self, names):
        return self.inner.get_many(names)

    def commit(self, writes):
        return self.mortal.step(lambda: self.inner.commit(writes))


class Keyboard:
    """Says yes, and completes a sign-up in the browser when it is asked for the address."""

    def __init__(self, operator):
        self.operator, self.says_yes, self.completes, self.asked = operator, True, True, 0

    def agrees(self, question):
        self.asked += 1
        return self.says_yes

    def secret(self, question):
        if not self.completes:
            return ""
        shown = next(line for line in reversed(self.operator.out.getvalue().splitlines()) if "adminsignup" in line)
        name = parse_qs(urlsplit(shown.split()[-1]).query)["name"][0]
        with self.operator.simulator.world.lock:
            pasted = self.operator.simulator.world.sign_ups.complete(name)
        self.operator.tokens.append(parse_qs(urlsplit(pasted).query)["enterpriseToken"][0])
        return pasted


class Operator:
    """Runs ``python -m infra.bootstrap`` in this process against the fakes."""

    def __init__(self, folder, cloud, simulator, url):
        self.cloud, self.simulator, self.folder = cloud, simulator, folder
        self.endpoints = {api: f"{url}/{api}" for api in ENDPOINTS} | {"androidmanagement": simulator.url}
        self.store_path = folder / "store.sqlite"
        SqliteStore(str(self.store_path)).close()
        self.out, self.tokens, self.keyboard = io.StringIO(), [], Keyboard(self)
        self.time, self.mortal = 0.0, Mortal()
        self.programs = {"terraform": TERRAFORM, "gcloud": "{}"}

    def environ(self):
        return {"STORE": f"sqlite:{self.store_path}", "TF_VAR_sendgrid_api_key": "SG.verysecret"}

    def run(self, *flags, mortal=None, account=""):
        """Run the set-up; returns exit status and what was printed."""
        self.mortal, self.out = mortal or Mortal(), io.StringIO()
        arguments = ["--env", "staging", "--project", PROJECT, "--region", "europe-west1"]
        arguments += ["--environments", str(self.folder / "terraform" / "environments"), *flags]
        inner, session = SqliteStore(str(self.store_path)), MortalSession(self.mortal)
        try:
            status = main(
                arguments,
                self.environ(),
                tell=Telling(self.out),
                api=Api(session, self.endpoints),
                person=self.keyboard,
                account=account,
                store=lambda: MortalStore(self.mortal, inner),
                pace=Pace(lambda: self.time, self.sleep),
                output_of=lambda command: self.programs.get(command[0]),
            )
        finally:
            inner.close()
            session.session.close()
        return status, self.out.getvalue()

    def sleep(self, seconds):
        self.time += seconds

    def documents(self):
        """Return the names and fields of every document of the store, whatever their ids."""
        with contextlib.closing(sqlite3.connect(self.store_path)) as file:
            names = [name for (name,) in file.execute("SELECT name FROM documents")]
        store = SqliteStore(str(self.store_path))
        try:
            return store.get_many(names)
        finally:
            store.close()
