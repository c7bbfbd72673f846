"""Keys, and the certificate endpoint on loopback that publishes them."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)


class CertsServer(ThreadingHTTPServer):
    """Publishes a key set; ``answer`` may replace it by (status, body), a cleared ``gate`` lets callers hang."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _CertsHandler)
        self.keys: dict[str, Any] = {"ec-1": EC_KEY, "rsa-1": RSA_KEY}
        self.answer: tuple[int, bytes] | None = None
        self.delay_s = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/certs"

    def body(self) -> bytes:
        return json.dumps({"keys": [jwk(kid, key) for kid, key in self.keys.items()]}).encode()


class _CertsHandler(BaseHTTPRequestHandler):
    server: CertsServer

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        time.sleep(self.server.delay_s)  # lets callers pile up behind one fetch
        self.server.gate.wait(60)
        status, body = self.server.answer or (200, self.server.body())
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


def jwk(kid: str, key: Any) -> dict[str, Any]:
    algorithm = ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else RSAAlgorithm
    name = "ES256" if algorithm is ECAlgorithm else "RS256"
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", "alg": name}
