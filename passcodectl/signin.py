"""How a call of the program signs in: a given token, or one of the laptop stack's persons."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import requests

from passcodectl.address import Address
from passcodectl.errors import CtlError, UnavailableError
from passcodectl.exits import Exit
from passcodectl.transport import CONNECT_TIMEOUT_S, new_session, no_answer

PERSONA_DOMAIN = "@example.com"
"""The laptop stack's persons: admin, resetter, revealer, viewer, stranger."""

LAPTOP_TOKEN_S = 1800.0
"""The gateway's tokens last an hour; renewing at half of it never meets an old one."""


def given_token(text: str) -> str:
    """Return a token as it may stand in a header.

    Raises:
        CtlError: it is empty or has characters that no token has, such as a line break.
    """
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CtlError(Exit.NO_ACCESS, "The token is empty or not a token.", reason="BAD_TOKEN")
    return token


@dataclass
class LaptopSignIn:
    """Gets tokens of a person of the laptop stack (``make demo``); its gateway hands them to whoever asks."""

    address: Address
    persona: str
    clock: Callable[[], float] = time.monotonic
    _token: str = ""
    _fetched: float = field(default=0.0)

    @property
    def email(self) -> str:
        """Address of the person."""
        return self.persona if "@" in self.persona else self.persona + PERSONA_DOMAIN

    def __call__(self) -> str:
        """Return a good token.

        Raises:
            CtlError: no such person.
            UnavailableError: the laptop stack does not run there.
        """
        if not self._token or self.clock() - self._fetched > LAPTOP_TOKEN_S:
            self._token = self._fetch()
            self._fetched = self.clock()
        return self._token

    def _fetch(self) -> str:
        url = f"{self.address.origin}/_local/token"
        try:
            with new_session(self.address) as session:
                response = session.get(
                    url, params={"email": self.email}, timeout=CONNECT_TIMEOUT_S, allow_redirects=False
                )
        except requests.RequestException as fault:
            raise self._absent(no_answer(self.address, fault).message) from fault
        if response.status_code == HTTPStatus.BAD_REQUEST:
            raise CtlError(
                Exit.NO_ACCESS, f"The laptop stack knows nobody called {self.email}.", reason="NO_PERSONA"
            )
        try:
            return given_token(str(response.json()["token"]))
        except (ValueError, KeyError, TypeError) as fault:
            raise self._absent(f"{self.address.origin} is not the laptop stack's gateway.") from fault

    def _absent(self, message: str) -> UnavailableError:
        return UnavailableError(f"{message} Is `make demo` running?", reason="NO_LAPTOP_STACK", passing=False)
