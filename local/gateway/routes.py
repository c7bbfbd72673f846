"""Which function answers a request: the rows of production's URL map (laptop stack)."""

import re

REVEAL = re.compile(r"/v1/enterprises/[^/]+/passcodes/[^/]+")
"""``path_template_match`` of the load balancer: ``*`` stands for exactly one segment."""


SESSION_PAGES = {"/_session/reset": "reset_passcode", "/_session/reveal": "reveal_passcode"}
"""Pages that a browser visits to sign in at that function's backend."""


def function_for(method: str, path: str) -> str:
    """Return the function that serves ``method`` on ``path``; first row wins, as in the URL map.

    ``path`` is the raw one, before percent-decoding: an encoded slash is no separator, here as there.
    """
    if REVEAL.fullmatch(path):
        return "reveal_passcode"
    if path in SESSION_PAGES:
        return SESSION_PAGES[path]
    if not path.startswith("/v1/"):
        return "console"
    return "console" if method == "GET" else "reset_passcode"
