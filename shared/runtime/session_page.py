"""A page that a browser visits only to sign in at one function's backend (runtime layer).

IAP's cookie and the age of a sign-in may belong to one backend of the load balancer. To a POST whose sign-in is
missing or too old, IAP answers 401; only a visit is led to the sign-in. Functions that serve nothing but writes
have this one page to visit: it leads straight back to the console's.

Source: https://cloud.google.com/iap/docs/sessions-howto and https://cloud.google.com/iap/docs/configuring-reauth
"""

import re

from flask import Flask, Response, request

from shared.runtime.web import Identity

RESET, REVEAL = "/_session/reset", "/_session/reveal"
"""Full paths; the load balancer's URL map has a row for each."""

_HERE = re.compile(r"/(?:[A-Za-z0-9._~%:-][A-Za-z0-9._~%:@/?&=+-]*)?")
"""A path of this origin. ``//`` and ``/\\`` would be another one's."""


def add_session_page(app: Flask, identity: Identity, path: str) -> None:
    """Let a GET of ``path`` lead whoever has signed in to the page that ``next`` names, else to the start page."""

    def signed_in() -> Response:
        identity.caller(request)
        wanted = request.args.get("next", "/")
        target = wanted if _HERE.fullmatch(wanted) else "/"
        headers = {"Location": target, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return Response("", 303, headers, content_type="text/plain; charset=utf-8")

    app.add_url_rule(path, "session", signed_in, methods=["GET"])
