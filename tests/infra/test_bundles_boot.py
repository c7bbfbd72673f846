"""Each bundle starts as in the cloud, with the lock alone installed, and answers a real request."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from infra.bundles.build import build
from local.function_environment import EVENT_FUNCTIONS, environment_of
from local.gateway.keys import Signer
from shared.runtime.config import FUNCTIONS, LAPTOP_ONLY
from tests.functions.product import ADMIN, ENTERPRISE, Product, running, wait_until
from tests.functions.test_pushes import wrapped
from tests.infra.booting import NO_NETWORK, Booted, MetadataServer, booted, fresh_environment, unpacked
from tests.infra.bundle_tree import copy_of_tree

pytestmark = pytest.mark.stack

PUSHED = tuple(EVENT_FUNCTIONS)
TIMED = ("poll_status", "sync_devices")
WEB = ("console", "reset_passcode", "reveal_passcode")

CLOUD = {
    "GOOGLE_CLOUD_PROJECT": "some-project",
    "FIRESTORE_DATABASE": "passcode-reset",
    "REQUEST_TOPIC": "projects/some-project/topics/passcode-reset-requests",
    "EVENT_TOPIC": "projects/some-project/topics/passcode-reset-events",
    "KMS_KEY": "projects/some-project/locations/europe-west1/keyRings/passcode-reset/cryptoKeys/passcodes",
    "SENDGRID_API_KEY": "SG.opens-nothing",
    "EMAIL_FROM": "reset@example.com",
    "CONSOLE_URL": "https://reset.example.com",
    "LOG_LEVEL": "INFO",
}


@pytest.fixture(scope="module")
def binaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_environment(tmp_path_factory.mktemp("environment") / "venv")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The bundles, unpacked, by function."""
    zips = tmp_path_factory.mktemp("zips")
    build(zips, root=copy_of_tree(tmp_path_factory.mktemp("tree")))
    folder = tmp_path_factory.mktemp("unpacked")
    return {function: unpacked(zips, function, folder / function) for function in FUNCTIONS}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Everything around the functions; the function under test runs out of its bundle instead."""
    with running(tmp_path_factory.mktemp("product")) as started:
        yield started


def pushes_for(function: str, product: Product, device: str) -> tuple[str, list[bytes]]:
    """Bring a reset so far that the bus pushes to a function; return the action and what is pushed there."""
    product.settle(lambda: not product.pump())
    action = product.reset(device)["name"]
    bodies: list[bytes] = []

    def arrived() -> bool:
        product.pump(*(name for name in EVENT_FUNCTIONS if name != function))
        bodies.extend(each.body for each in product.waiting if each.function == function)
        product.waiting = [each for each in product.waiting if each.function != function]
        return bool(bodies)

    wait_until(arrived)
    return action, bodies


def ask_console(started: Booted, product: Product, _device: str) -> None:
    assertion = product.assertion("console", ADMIN)
    answer = started.ask("GET", f"/v1/{ENTERPRISE}/devices", assertion=assertion)
    assert answer.status_code == 200
    assert answer.json()["devices"]
    page = started.ask("GET", f"/{ENTERPRISE}/devices", assertion=assertion, **{"Accept-Language": "de"})
    assert page.status_code == 200
    assert '<html lang="de"' in page.text
    style = started.ask("GET", "/assets/console.css", assertion=assertion)
    assert (style.status_code, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def ask_reset_passcode(started: Booted, product: Product, device: str) -> None:
    assertion = product.assertion("reset_passcode", ADMIN)
    answer = started.ask("POST", f"/v1/{device}:resetPasscode", content=b"{}", assertion=assertion)
    assert answer.status_code == 200, answer.text
    assert product.action(answer.json()["name"])["status"] == "PENDING"


def ask_reveal_passcode(started: Booted, product: Product, device: str) -> None:
    action = product.reset(device)["name"]
    product.until_status(action, "DONE")
    path = f"/v1/{action.replace('/actions/', '/passcodes/')}:reveal"
    assertion = product.assertion("reveal_passcode", ADMIN)
    answer = started.ask("POST", path, content=b'{"reason": "a test reads it"}', assertion=assertion)
    assert answer.status_code == 200, answer.text
    assert answer.json()["passcode"] == product.phone(device)["passcode"]


def ask_issue_command(started: Booted, product: Product, device: str) -> None:
    action, bodies = pushes_for("issue_command", product, device)
    assert [started.ask("POST", "/", content=each).status_code for each in bodies] == [204]
    assert product.action(action)["status"] == "ISSUED"


def ask_handle_notification(started: Booted, product: Product, device: str) -> None:
    action, bodies = pushes_for("handle_notification", product, device)
    assert {started.ask("POST", "/", content=each).status_code for each in bodies} == {204}
    assert product.action(action)["status"] == "DONE"


def ask_notify(started: Booted, product: Product, device: str) -> None:
    _action, bodies = pushes_for("notify", product, device)
    before = len(product.inbox.letters())
    assert [started.ask("POST", "/", content=each).status_code for each in bodies] == [204]
    assert len(product.inbox.letters()) == before + 1


def ask_timer(started: Booted, _product: Product, _device: str) -> None:
    answer = started.ask("POST", "/")
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json(), dict)


REQUESTS: dict[str, Callable[[Booted, Product, str], None]] = {
    "console": ask_console,
    "reset_passcode": ask_reset_passcode,
    "reveal_passcode": ask_reveal_passcode,
    "issue_command": ask_issue_command,
    "handle_notification": ask_handle_notification,
    "notify": ask_notify,
    **dict.fromkeys(TIMED, ask_timer),
}


@pytest.mark.parametrize("function", list(FUNCTIONS))
def test_a_bundle_does_its_work_where_only_the_lock_is_installed(
    binaries: Path, bundles: dict[str, Path], product: Product, function: str
) -> None:
    device = product.devices()[0]["name"]
    environ = {**NO_NETWORK, **environment_of(function, product.facts())}
    with booted(binaries, bundles[function], function, environ) as started:
        REQUESTS[function](started, product, device)


@pytest.fixture(scope="module")
def cloud() -> Iterator[dict[str, str]]:
    """What Cloud Run sets, beside the function's own variables."""
    server = MetadataServer()
    yield {**NO_NETWORK, **server.environ}
    server.close()


@pytest.mark.parametrize("function", list(FUNCTIONS))
def test_with_the_clouds_variables_a_bundle_starts_and_says_that_google_is_not_there(
    binaries: Path, bundles: dict[str, Path], cloud: dict[str, str], function: str
) -> None:
    own = environment_of(function, CLOUD)
    assert not own.keys() & set(LAPTOP_ONLY)
    environ = {**cloud, **own, "K_SERVICE": function.replace("_", "-"), "K_REVISION": "r-1", "THREADS": "4"}
    with booted(binaries, bundles[function], function, environ) as started:
        if function in PUSHED:
            answer = started.ask("POST", "/", content=json.dumps(CLOUD_PUSHES[function]).encode())
            assert (answer.status_code, started.ask("GET", "/").status_code) == (500, 405)
            return
        assert started.ask("GET", "/health").json() == {"status": "ok"}
        answer = started.ask(*CLOUD_REQUESTS[function], assertion=an_assertion_of_a_key_that_only_google_knows(own))
        assert (answer.status_code, answer.json()["error"]["status"]) == (503, "UNAVAILABLE")
        assert started.ask("GET", "/health").status_code == 200


CLOUD_REQUESTS = {
    "console": ("GET", f"/v1/{ENTERPRISE}/devices"),
    "reset_passcode": ("POST", f"/v1/{ENTERPRISE}/devices/d:resetPasscode"),
    "reveal_passcode": ("POST", f"/v1/{ENTERPRISE}/passcodes/01JD0000000000000000000000:reveal"),
    **dict.fromkeys(TIMED, ("POST", "/")),
}

AN_ACTION = wrapped({"action": f"{ENTERPRISE}/actions/01JD0000000000000000000000"})
CLOUD_PUSHES = {
    "issue_command": AN_ACTION,
    "notify": AN_ACTION,
    "handle_notification": wrapped(
        {"name": f"{ENTERPRISE}/devices/d/operations/1", "done": True}, notificationType="COMMAND"
    ),
}


def an_assertion_of_a_key_that_only_google_knows(environ: dict[str, str]) -> str:
    audience = environ.get("IDENTITY_AUDIENCE", "")
    return Signer(ec.generate_private_key(ec.SECP256R1())).assertion(ADMIN, audience)


def test_a_bundle_refuses_to_start_with_a_laptops_variable_in_the_cloud(
    binaries: Path, bundles: dict[str, Path], cloud: dict[str, str]
) -> None:
    environ = {**cloud, **environment_of("notify", CLOUD), "K_SERVICE": "notify", "STORE": "sqlite:x"}
    with (
        pytest.raises(AssertionError, match="STORE must be firestore in the cloud"),
        booted(binaries, bundles["notify"], "notify", environ),
    ):
        raise AssertionError("it started")


def test_the_environment_holds_the_lock_and_no_more(binaries: Path) -> None:
    packages = {path.name for path in (binaries.parent / "lib").glob("python3*/site-packages/*")}
    assert "functions_framework" in packages
    assert not packages & {"pytest", "mirakuru", "moto", "hypothesis", "local", "shared"}
