"""Runs a bundle as the buildpack's image does: unpacked, in its folder, by the bare ``functions-framework``."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from infra.bundles import manifest
from local.ports import free_ports

ROOT = Path(__file__).parents[2]

INSTALL_TIMEOUT_S = 500
START_TIMEOUT_S = 300.0
REQUEST_TIMEOUT_S = 120.0

NO_NETWORK = {"https_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1,localhost"}
"""Google's libraries, gRPC among them, go through this proxy, which is not there: no test reaches Google."""


def fresh_environment(folder: Path) -> Path:
    """Make a virtual environment that holds the lock of the functions and no more; returns its ``bin``."""
    python = folder / "bin" / "python"
    if uv := shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"):
        made, installed = (
            [uv, "venv", "--python", sys.executable, folder],
            [uv, "pip", "install", "--python", python],
        )
    else:
        made, installed = [sys.executable, "-m", "venv", folder], [python, "-m", "pip", "install"]
    environ = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    for command in (made, [*installed, "--require-hashes", "-r", ROOT / "requirements.txt"]):
        subprocess.run(command, env=environ, check=True, capture_output=True, timeout=INSTALL_TIMEOUT_S)
    return python.parent


def unpacked(bundles: Path, function: str, folder: Path) -> Path:
    with zipfile.ZipFile(bundles / manifest.verify(bundles)[function].file) as bundle:
        bundle.extractall(folder)
    return folder


@dataclass
class Booted:
    """A running function."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def ask(
        self, method: str, path: str, *, content: bytes = b"", assertion: str = "", **headers: str
    ) -> requests.Response:
        """Send one request on a connection of its own; an assertion stands where IAP puts it.

        The connection is closed by the server: for one that is kept, gunicorn waits up to 30 s after SIGTERM.
        """
        signed = {"X-Goog-IAP-JWT-Assertion": assertion} if assertion else {}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method,
                self.url + path,
                data=content,
                headers={"Content-Type": "application/json", "Connection": "close", **signed, **headers},
                timeout=REQUEST_TIMEOUT_S,
                allow_redirects=False,
            )

    def lines(self) -> list[dict[str, object]]:
        """Return the JSON lines of its log so far."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]


@contextmanager
def booted(binaries: Path, folder: Path, function: str, environ: Mapping[str, str]) -> Iterator[Booted]:
    """Start a function out of its unpacked bundle with exactly these variables of ours, and end it."""
    port, log = next(free_ports()), folder.with_suffix(".log")
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "FUNCTION_TARGET": function,
        "FUNCTION_SIGNATURE_TYPE": "http",
        "PORT": str(port),
        **environ,
    }
    with log.open("wb") as output:
        command = [binaries / "functions-framework", "--host", "127.0.0.1"]
        process = subprocess.Popen(command, cwd=folder, env=given, stdout=output, stderr=output)
    running = Booted(f"http://127.0.0.1:{port}", process, log)
    try:
        _await(running)
        yield running
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


def _await(running: Booted) -> None:
    """Wait until it answers; any answer will do, for a push function has none to GET but a refusal."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            running.ask("GET", "/health")
        except requests.ConnectionError:
            if running.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"it did not start:\n{running.log.read_text('utf-8')[-3000:]}") from None
            time.sleep(0.05)
        else:
            return


class MetadataServer(ThreadingHTTPServer):
    """Answers what Cloud Run's metadata server does: project, account and a token that opens nothing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MetadataHandler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def environ(self) -> dict[str, str]:
        address = f"127.0.0.1:{self.server_port}"
        return {"GCE_METADATA_HOST": address, "GCE_METADATA_IP": address}

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


_ACCOUNT = "run@some-project.iam.gserviceaccount.com"
_ANSWERS = {
    "/token": {"access_token": "opens-nothing", "expires_in": 3000, "token_type": "Bearer"},
    "/service-accounts/": {"email": _ACCOUNT, "aliases": ["default"], "scopes": ["cloud-platform"]},
}


class _MetadataHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = next((answer for part, answer in _ANSWERS.items() if part in self.path), None)
        plain = "googleapis.com" if "universe" in self.path else "some-project"
        content = (json.dumps(known) if known else plain).encode()
        self.send_response(200)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", "application/json" if known else "application/text")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        pass
