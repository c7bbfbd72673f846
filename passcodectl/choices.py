"""What the person chose on the command line and in the environment, and what follows from it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from passcodectl.address import Address, AddressError, enterprise_id, parse_address
from passcodectl.impersonation import Impersonation, is_account
from passcodectl.signin import LaptopSignIn, given_token
from passcodectl.transport import TokenSource

LAPTOP_URL = "http://localhost:8080"
LAPTOP_ENTERPRISE = "LC00demo"
"""Where ``make demo`` listens, and what it shows."""

ANSWER_WITHIN_S = 30
"""The API's own functions end below a minute; an answer to a person comes within seconds."""

TOKEN_VARIABLE = "PASSCODECTL_TOKEN"  # noqa: S105  # the name of a variable, not a secret

SIGN_IN = ("token_file", "impersonate", "laptop")
REPEATED = {
    "url": "--url",
    "enterprise": "--enterprise",
    "impersonate": "--impersonate",
    "token_file": "--token-file",
    "laptop": "--laptop",
    "persona": "--as",
}
"""What a command that is told to the person needs again, to meet the same enterprise as the same caller."""
_HOW = "--impersonate ACCOUNT (in production), --token-file FILE, or --laptop (with `make demo`)"


@dataclass
class Choices:
    """Common options by name. The command line wins over the environment."""

    told: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Return the choice, or ``otherwise`` where nothing was chosen."""
        for place in (self.told, self.environment):
            if place.get(name):
                return place[name]
        return otherwise

    def repeated(self) -> list[str]:
        """Return the words of the command line that say where and who; the environment speaks again by itself."""
        told = [(option, self.told[name]) for name, option in REPEATED.items() if self.told.get(name)]
        return [word for option, value in told for word in ([option] if value is True else [option, str(value)])]

    @property
    def sign_in(self) -> str:
        """The chosen way: ``token_file``, ``impersonate``, ``laptop``, or ``token`` (out of the environment).

        Raises:
            click.UsageError: none, or more than one.
        """
        for place in (self.told, self.environment | _token_variable(os.environ)):
            chosen = [name for name in (*SIGN_IN, "token") if place.get(name)]
            if len(chosen) > 1:
                raise click.UsageError(f"Choose one way to sign in: {_HOW}. There are {len(chosen)}.")
            if chosen:
                return chosen[0]
        raise click.UsageError(f"Say who you are: {_HOW}.")

    @property
    def address(self) -> Address:
        """Where the API is.

        Raises:
            click.UsageError: it was not told, or is not an address a token may go to.
        """
        text = self.get("url") or (LAPTOP_URL if self.sign_in == "laptop" else "")
        if not text:
            raise click.UsageError("Say where: --url https://console.example.com, or PASSCODECTL_URL.")
        try:
            return parse_address(text)
        except AddressError as fault:
            raise click.UsageError(f"--url: {fault}") from fault

    @property
    def enterprise(self) -> str:
        """Id of the enterprise.

        Raises:
            click.UsageError: it was not told, or cannot be one.
        """
        text = self.get("enterprise") or (LAPTOP_ENTERPRISE if self.sign_in == "laptop" else "")
        if not text:
            raise click.UsageError("Say which enterprise: --enterprise LC0123abcd, or PASSCODECTL_ENTERPRISE.")
        try:
            return enterprise_id(text)
        except AddressError as fault:
            raise click.UsageError(f"--enterprise: {fault}") from fault

    def token_source(self) -> TokenSource:
        """Return where tokens come from.

        Raises:
            click.UsageError: the choice cannot be.
            CtlError: a given token that is none.
        """
        way = self.sign_in
        if way == "laptop":
            if not self.address.loopback:
                raise click.UsageError(
                    "--laptop is for the stack of `make demo` on this machine; --url is elsewhere."
                )
            return LaptopSignIn(self.address, self.get("persona", "admin"))
        if way == "impersonate":
            account = str(self.get("impersonate"))
            if not is_account(account):
                raise click.UsageError("--impersonate: a service account ends in .gserviceaccount.com.")
            return Impersonation(account, self.address)
        token = given_token(os.environ[TOKEN_VARIABLE] if way == "token" else _read(str(self.get("token_file"))))
        return lambda: token

    def who(self) -> str:
        """Return in words how this call signs in; never a token."""
        way = self.sign_in
        if way == "laptop":
            return f"{LaptopSignIn(self.address, self.get('persona', 'admin')).email}, a person of the laptop stack"
        if way == "impersonate":
            return f"{self.get('impersonate')}, impersonated"
        return f"a token out of {TOKEN_VARIABLE}" if way == "token" else "a token out of a file"


def _token_variable(environ: Mapping[str, str]) -> dict[str, bool]:
    return {"token": bool(environ.get(TOKEN_VARIABLE))}


def _read(path: str) -> str:
    if path == "-" and sys.stdin.isatty():
        # Typed or pasted by a person: it must not stand on the screen.
        return str(click.prompt("Token", hide_input=True, err=True))
    try:
        return sys.stdin.readline() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise click.UsageError(f"--token-file: {path} cannot be read.") from fault
