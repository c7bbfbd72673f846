"""The gateway as a WSGI application: its own paths, who may pass, and where to (laptop stack)."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from local.gateway.answers import error, json_answer, local_path, redirect, refused_by_iap
from local.gateway.config import GatewayConfig
from local.gateway.forward import forward, raw_target
from local.gateway.keys import SESSION_S, Signer
from local.gateway.pages import chooser
from local.gateway.routes import function_for
from local.gateway.sessions import COOKIE, BadTokenError, Caller, Sessions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Any other host name means that a foreign page made its name point here to read a token."""


class Gateway:
    """WSGI application. Thread-safe; the only state is which sessions were made to expire."""

    def __init__(self, config: GatewayConfig, signer: Signer) -> None:
        self._config = config
        self._signer = signer
        self._sessions = Sessions(signer)
        self._own: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/health"): lambda _request: json_answer({"status": "ok"}),
            ("GET", "/_local/jwks"): lambda _request: json_answer(signer.jwks()),
            ("GET", "/_local/token"): self._token,
            ("GET", "/_local/"): self._chooser,
            ("POST", "/_local/signin"): self._sign_in,
            ("POST", "/_local/signout"): self._sign_out,
            ("GET", "/_local/signout"): self._sign_out,
            ("POST", "/_local/expire-session"): self._expire,
            ("GET", "/_local/renew"): self._renew,
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Return the answer to one request, forwarded or the gateway's own."""
        if _host_name(request.host) not in OWN_NAMES:
            return error(421, "INVALID_ARGUMENT", "The gateway answers to localhost only.")
        path, _ = raw_target(request)
        own = self._own.get((request.method, path))
        if own is not None:
            return own(request)
        if path.startswith("/_local"):
            return error(404, "NOT_FOUND", "The gateway has no such path.")
        return self._pass_on(request)

    def _pass_on(self, request: Request) -> Response:
        try:
            caller = self._sessions.caller(request)
        except BadTokenError as fault:
            return error(401, "UNAUTHENTICATED", f"The bearer token was refused: {fault}.")
        path, query = raw_target(request)
        if request.method == "GET" and request.args.get("gcp-iap-mode") == "CLEAR_LOGIN_COOKIE":
            return self._sign_out(request)
        if caller is None and _wants_page(request, path):
            return redirect(f"/_local/?next={quote(path + query, safe='')}")
        if caller is not None and caller.expired:
            return _session_ran_out(request, path + query)
        function = function_for(request.method, path)
        audience = self._config.audiences[function]
        assertion = None if caller is None else self._signer.assertion(caller.email, audience)
        return forward(request, self._config.targets[function], assertion, COOKIE)

    def _token(self, request: Request) -> Response:
        try:
            return json_answer({"token": self._sessions.create(request.args.get("email", ""))})
        except KeyError:
            return error(400, "INVALID_ARGUMENT", "email must be one of the personas' addresses.")

    def _chooser(self, request: Request) -> Response:
        caller = self._cookie_caller(request)
        page = chooser(local_path(request.args.get("next", "/")), caller.email if caller else None)
        return Response(page, 200, {"Cache-Control": "no-store"}, content_type="text/html; charset=utf-8")

    def _sign_in(self, request: Request) -> Response:
        try:
            session = self._sessions.create(request.form.get("email", ""))
        except KeyError:
            return error(400, "INVALID_ARGUMENT", "email must be one of the personas' addresses.")
        answer = redirect(local_path(request.form.get("next", "/")))
        answer.status_code = 303
        answer.set_cookie(COOKIE, session, max_age=SESSION_S, httponly=True, samesite="Lax", path="/")
        return answer

    def _sign_out(self, _request: Request) -> Response:
        answer = redirect("/_local/")
        answer.status_code = 303
        answer.delete_cookie(COOKIE, path="/")
        return answer

    def _expire(self, request: Request) -> Response:
        caller = self._cookie_caller(request)
        if caller is None:
            return error(401, "UNAUTHENTICATED", "Nobody is signed in by cookie.")
        self._sessions.expire(caller.session_id)
        return json_answer({"expired": caller.email})

    def _renew(self, request: Request) -> Response:
        caller = self._cookie_caller(request)
        wanted = local_path(request.args.get("next", "/"))
        if caller is None:
            return redirect(f"/_local/?next={quote(wanted, safe='')}")
        self._sessions.renew(caller.session_id)
        return redirect(wanted)

    def _cookie_caller(self, request: Request) -> Caller | None:
        try:
            return self._sessions.caller(request)
        except BadTokenError:
            return None


def _session_ran_out(request: Request, target: str) -> Response:
    """Answer as IAP does: a page is led away to renew, a script and anything but GET is refused."""
    scripted = request.headers.get("X-Requested-With", "").casefold() == "xmlhttprequest"
    if request.method != "GET" or scripted:
        return refused_by_iap()
    return redirect(f"/_local/renew?next={quote(target, safe='')}")


def _wants_page(request: Request, path: str) -> bool:
    return request.method in {"GET", "HEAD"} and not path.startswith("/v1/")


def _host_name(host: str) -> str:
    """Return the host without its port; IPv6 keeps its brackets."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host
