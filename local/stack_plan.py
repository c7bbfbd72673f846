"""Which processes the laptop stack has, and what each is told (laptop stack). Decides only; starts nothing."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from local.function_environment import EVENT_FUNCTIONS, FUNCTIONS, HTTP_FUNCTIONS, audience_of, environment_of
from local.gateway.config import BEHIND_GATEWAY
from local.processes import ChildSpec
from local.stack_options import ROOT, StackOptions
from shared.services.token_issuers import IAP_ISSUER

PROJECT = "demo-passcode-reset"

MIN_BACKOFF_S, MAX_BACKOFF_S = 1.0, 10.0
"""Redelivery on a laptop; production waits 10 to 600 s, which nobody would sit through."""

STUB_KEY = "local-demo"
"""What the bundled inbox is sent as the mail provider's key; it takes any."""


class Plan:
    """The processes of one stack, out of its options and the ports that were picked for it.

    Attributes:
        function_urls: function name → base address.
        amapi_url: the bundled simulator, or the user's own server; likewise ``mail_url``.
    """

    def __init__(self, options: StackOptions, ports: Iterator[int]) -> None:
        self.options = options
        self._presets = options.presets
        self._ports = {
            "gateway": options.gateway_port or next(ports),
            "simulator": options.simulator_port or next(ports),
            "inbox": options.inbox_port or next(ports),
            **{name: next(ports) for name in ("bus", "firestore", "pubsub", *FUNCTIONS)},
        }
        self.gateway_url = f"http://localhost:{self._ports['gateway']}"
        self.amapi_url = self._presets.get("AMAPI_ENDPOINT", self._loopback("simulator"))
        self.mail_url = self._presets.get("SENDGRID_HOST", self._loopback("inbox"))
        self.function_urls = {name: self._loopback(name) for name in FUNCTIONS}

    def published_ports(self) -> dict[str, int]:
        """Return the ports that the user may move: variable → port; none of a server that is not started."""
        ports = {"DEMO_PORT": self._ports["gateway"]}
        if self._starts_simulator:
            ports["SIMULATOR_PORT"] = self._ports["simulator"]
        if self._starts_inbox:
            ports["INBOX_PORT"] = self._ports["inbox"]
        return ports

    def facts(self) -> dict[str, str]:
        """Return every variable that some process may be given; each gets only its share of them."""
        state = self.options.state_dir.resolve()
        key = self._presets.get("SENDGRID_API_KEY") if "SENDGRID_HOST" in self._presets else None
        ses = {"SES_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        return {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "STORE": f"sqlite:{state / 'store.sqlite'}",
            "BUS_URL": self._loopback("bus"),
            "LOCAL_KEY_FILE": str(state / "passcode.key"),
            "EMAIL_FROM": "passcode-reset@example.com",
            "CONSOLE_URL": self.gateway_url,
            "IDENTITY_ISSUERS": IAP_ISSUER,
            "IDENTITY_CERTS_URL": f"{self._loopback('gateway')}/_local/jwks",
            "LOG_LEVEL": "INFO",
            "REQUEST_TOPIC": topic(EVENT_FUNCTIONS["issue_command"]),
            "EVENT_TOPIC": topic(EVENT_FUNCTIONS["notify"]),
            **(ses if "SES_ENDPOINT" in self._presets else {}),
            **self._presets,
            "AMAPI_ENDPOINT": self.amapi_url,
            "SENDGRID_HOST": self.mail_url,
            "SENDGRID_API_KEY": key or STUB_KEY,
            **(self._emulator_facts() if self.options.emulators else {}),
        }

    def functions(self) -> list[ChildSpec]:
        """Return the eight functions, each in the framework that runs it in the cloud too."""
        facts = self.facts()
        return [self._function(name, facts) for name in FUNCTIONS]

    def surroundings(self) -> list[ChildSpec]:
        """Return what plays Google's side and the world: bus, phones, mailboxes, load balancer."""
        specs = [self._gateway()]
        if not self.options.emulators:
            specs.append(self._bus())
        if self._starts_simulator:
            specs.append(self._simulator())
        if self._starts_inbox:
            specs.append(self._module("inbox", {"INBOX_PORT": self._port("inbox")}))
        return [self._overridden(spec) for spec in specs]

    def seeding(self) -> list[ChildSpec]:
        """Return what runs once and ends: the first documents and, on the emulator, the push subscriptions."""
        facts = self.facts()
        store = ("GOOGLE_CLOUD_PROJECT", "STORE", "FIRESTORE_EMULATOR_HOST")
        specs = [self._module("seed", {name: facts[name] for name in store if name in facts}, health="")]
        if self.options.emulators:
            env = {"PUBSUB_EMULATOR_HOST": facts["PUBSUB_EMULATOR_HOST"], "BUS_CONFIG": self._subscriptions()}
            specs.append(self._module("push_subscriptions", env, health=""))
        return specs

    def ticker(self) -> ChildSpec:
        """Return what plays Cloud Scheduler."""
        env = {
            "POLL_STATUS_URL": self.function_urls["poll_status"],
            "SYNC_DEVICES_URL": self.function_urls["sync_devices"],
            "TICK_S": str(self.options.tick_s),
            "SYNC_S": str(self.options.sync_s),
        }
        return self._overridden(self._module("ticker", env, health=""))

    def emulator_ports(self) -> tuple[int, int]:
        """Return the ports of the Firestore and the Pub/Sub emulator."""
        return self._ports["firestore"], self._ports["pubsub"]

    @property
    def _starts_simulator(self) -> bool:
        return "AMAPI_ENDPOINT" not in self._presets

    @property
    def _starts_inbox(self) -> bool:
        return "SENDGRID_HOST" not in self._presets

    def _emulator_facts(self) -> dict[str, str]:
        firestore, pubsub = self.emulator_ports()
        return {
            "STORE": "firestore",
            "BUS_URL": "",
            "FIRESTORE_EMULATOR_HOST": f"127.0.0.1:{firestore}",
            "PUBSUB_EMULATOR_HOST": f"127.0.0.1:{pubsub}",
        }

    def _simulator(self) -> ChildSpec:
        facts = self.facts()
        notifications = topic(EVENT_FUNCTIONS["handle_notification"])
        env = {"SIMULATOR_PORT": self._port("simulator"), "NOTIFICATION_TOPIC": notifications}
        bus = ("GOOGLE_CLOUD_PROJECT", "BUS_URL", "PUBSUB_EMULATOR_HOST")
        return self._module("simulator", env | {name: facts[name] for name in bus if facts.get(name)})

    def _function(self, name: str, facts: Mapping[str, str]) -> ChildSpec:
        source = self.options.functions_dir / name / "main.py"
        framework = Path(sys.executable).with_name("functions-framework")
        arguments = ["--target", name, "--source", str(source), "--port", self._port(name), "--host", "127.0.0.1"]
        return self._overridden(
            ChildSpec(
                name=name,
                command=[str(framework), *arguments],
                env={**_PYTHON, **environment_of(name, facts)},
                health_url=f"{self._loopback(name)}/health",
                # An event function takes POST only; its refusal of GET still says that it is loaded.
                ready_status="200" if name in HTTP_FUNCTIONS else "200|405",
            )
        )

    def _gateway(self) -> ChildSpec:
        env = {
            "DEMO_PORT": self._port("gateway"),
            "GATEWAY_TARGETS": json.dumps({name: self.function_urls[name] for name in BEHIND_GATEWAY}),
            "GATEWAY_AUDIENCES": json.dumps({name: audience_of(name) for name in BEHIND_GATEWAY}),
            "GATEWAY_KEY_FILE": str(self.options.state_dir.resolve() / "gateway.pem"),
        }
        return self._module("gateway", env)

    def _bus(self) -> ChildSpec:
        database = str(self.options.state_dir.resolve() / "bus.sqlite")
        env = {"BUS_PORT": self._port("bus"), "BUS_CONFIG": self._subscriptions(), "BUS_DATABASE": database}
        return self._module("bus", env)

    def _subscriptions(self) -> str:
        rows = [
            {
                "topic": topic(topic_id),
                "endpoint": self.function_urls[function],
                "min_backoff_s": MIN_BACKOFF_S,
                "max_backoff_s": MAX_BACKOFF_S,
            }
            for function, topic_id in EVENT_FUNCTIONS.items()
        ]
        return json.dumps({"subscriptions": rows})

    def _module(self, name: str, env: Mapping[str, str], health: str = "/health") -> ChildSpec:
        """Return ``python -m local.<name>``; the simulator and the inbox are ready when they answer at all."""
        return ChildSpec(
            name=name,
            command=[sys.executable, "-m", f"local.{name}"],
            env={**_PYTHON, **env},
            health_url=f"{self._loopback(name)}{health}" if health else "",
            ready_status="[1-4][0-9][0-9]" if name in {"simulator", "inbox"} else "200",
        )

    def _overridden(self, spec: ChildSpec) -> ChildSpec:
        return replace(spec, env={**spec.env, **self.options.overrides.get(spec.name, {})})

    def _port(self, name: str) -> str:
        return str(self._ports[name])

    def _loopback(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"


_PYTHON = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def topic(topic_id: str) -> str:
    """Return the full name of a topic."""
    return f"projects/{PROJECT}/topics/{topic_id}"
