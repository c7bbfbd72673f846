"""How an enterprise comes to be: a sign-up URL, a person who completes it, a token that is good once.

Source: https://developers.google.com/android/management/create-enterprise and the discovery document. Inferred and
not documented: that a token is refused the second time, and that both names must belong to one project.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from local.simulator.errors import ApiError


@dataclass(slots=True)
class _SignUp:
    project: str
    callback_url: str
    token: str = ""
    is_spent: bool = False


class SignUpBook:
    """Sign-ups by the name of their URL; the caller guards it with a lock."""

    def __init__(self) -> None:
        self._sign_ups: dict[str, _SignUp] = {}

    def open(self, project: str, callback_url: str) -> dict[str, str]:
        """Return AMAPI's ``SignupUrl`` for a project.

        Raises:
            ApiError: 400, without a project or without a callback.
        """
        if not project or urlsplit(callback_url).scheme not in {"http", "https"}:
            raise ApiError(400, "projectId and callbackUrl are needed")
        name = f"signupUrls/C{secrets.token_hex(8)}"
        self._sign_ups[name] = _SignUp(project, callback_url)
        return {"name": name, "url": f"https://signup.example.com/adminsignup?name={quote(name, safe='')}"}

    def complete(self, name: str) -> str:
        """Play the person: accept the terms; returns where the browser goes, token included.

        Raises:
            ApiError: 404.
        """
        if name not in self._sign_ups:
            raise ApiError(404)
        sign_up = self._sign_ups[name]
        sign_up.token = sign_up.token or f"EAH{secrets.token_urlsafe(24)}"
        address = urlsplit(sign_up.callback_url)
        query = urlencode([*parse_qsl(address.query), ("enterpriseToken", sign_up.token)])
        return urlunsplit(address._replace(query=query))

    def redeem(self, project: str, name: str, token: str) -> None:
        """Spend a token.

        Raises:
            ApiError: 400: unknown, of another project, not completed, or spent.
        """
        sign_up = self._sign_ups.get(name)
        if sign_up is None or sign_up.is_spent or not token or (sign_up.project, sign_up.token) != (project, token):
            raise ApiError(400, "Enterprise token is not valid")
        sign_up.is_spent = True
