"""Step ``enterprise``: the AMAPI enterprise of this environment, signed up once.

``enterprises.list`` promises only EMM-managed enterprises, so the record in the state bucket counts first. A token
is good for one enterprise: whatever is interrupted here, repeating it makes no second one.
Source: https://developers.google.com/android/management/create-enterprise.
"""

from urllib.parse import parse_qs, urlsplit

from infra.bootstrap import record
from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError, Json
from infra.bootstrap.telling import NeedsYouError
from shared.domain.resource_names import is_enterprise

_REFUSED = (400, 409)
_GONE = (403, 404)


def run(context: Context) -> None:
    """Use the enterprise that was asked for or is known; otherwise find one, or sign one up."""
    known = record.read(context).enterprise
    name = context.options.enterprise or known or _listed(context)
    if not name:
        _sign_up(context)
        return
    found = get(context, name)
    label = f"{name} {found.get('enterpriseDisplayName', '')}".rstrip()
    if known == name:
        context.tell.ok(f"enterprise {label}")
    elif context.may(f"use the enterprise {label}"):
        _remember(context, name)
        context.tell.done(f"this environment uses {label}")


def chosen(context: Context) -> str:
    """Return the enterprise of this environment, "" where a dry run has none yet.

    Raises:
        NeedsYouError: there is none.
    """
    name = context.options.enterprise or record.read(context).enterprise
    if not name and not context.options.dry_run:
        raise NeedsYouError("This environment has no enterprise yet.", "Run the step enterprise first.")
    return name


def get(context: Context, name: str) -> Json:
    """Read an enterprise.

    Raises:
        NeedsYouError: AMAPI does not show it to this project.
    """
    try:
        return context.api.call("androidmanagement", "GET", f"/v1/{name}")
    except CallError as error:
        if error.status not in _GONE or error.is_disabled:
            raise
        raise NeedsYouError(
            f"AMAPI does not show {name} to the project {context.options.project}. {error}",
            "An enterprise belongs to the project that signed it up and cannot be moved.",
            "Name the right one by --enterprise, or sign in with roles/androidmanagement.user on that project.",
        ) from error


def _listed(context: Context) -> str:
    """Return the one enterprise that AMAPI lists for the project, "" for none."""
    query = {"projectId": context.options.project, "pageSize": 100}
    listed = context.api.call("androidmanagement", "GET", "/v1/enterprises", query).get("enterprises", ())
    names = [str(entry["name"]) for entry in listed if is_enterprise(str(entry.get("name", "")))]
    if len(names) > 1:
        raise NeedsYouError(
            f"The project has {len(names)} enterprises.", *(f"--enterprise {name}" for name in names)
        )
    return names[0] if names else ""


def _sign_up(context: Context) -> None:
    if not context.may("open the sign-up of an enterprise, which a person completes in a browser"):
        return
    signup = _open_signup(context)
    context.tell.note("Whoever shall own the enterprise opens this page, signs in and accepts Google's terms:")
    context.tell.note(signup.signup_url)
    context.tell.note("The browser then shows an error page. That is meant: copy its whole address.")
    pasted = context.person.secret("Paste that address here (it is not shown)")
    token = _token(pasted)
    if pasted and not token:
        raise NeedsYouError(
            "What was pasted has no enterpriseToken in it.",
            f"The address begins with {context.options.callback_url}: that of the page after the terms.",
            f"make bootstrap ENV={context.options.env} asks again.",
        )
    if not token:
        raise NeedsYouError(
            "The sign-up waits for a person.",
            f"When it is done: make bootstrap ENV={context.options.env} again, and paste the address.",
        )
    context.tell.secrets.append(token)
    name = _create(context, signup.signup_name, token)
    _remember(context, name)
    context.tell.done(f"signed up {name}")


def _open_signup(context: Context) -> record.Record:
    """Return the sign-up that is open already, or open one: the token fits only the URL it came from."""
    with record.changing(context) as memory:
        if not memory.signup_name or context.options.new_signup:
            options = context.options
            query = {"projectId": options.project, "callbackUrl": options.callback_url}
            if options.admin:
                query["adminEmail"] = options.admin
            url = context.api.call("androidmanagement", "POST", "/v1/signupUrls", query)
            memory.signup_name, memory.signup_url = str(url["name"]), str(url["url"])
    return memory


def _token(pasted: str) -> str:
    """Return the token of what was pasted: the whole address, or the token alone."""
    if "enterpriseToken=" in pasted:
        return parse_qs(urlsplit(pasted).query).get("enterpriseToken", [""])[0]
    return "" if "/" in pasted or " " in pasted else pasted


def _create(context: Context, signup_name: str, token: str) -> str:
    query = {"projectId": context.options.project, "signupUrlName": signup_name, "enterpriseToken": token}
    display_name = context.options.settings.display_name
    body: Json = {"enterpriseDisplayName": display_name} if display_name else {}
    try:
        return str(context.api.call("androidmanagement", "POST", "/v1/enterprises", query, body)["name"])
    except CallError as error:
        if error.status not in _REFUSED:
            raise
        # An earlier run may have spent the token and died before it could remember the name.
        if name := _listed(context):
            return name
        raise NeedsYouError(
            f"AMAPI refused the token. {error}",
            "If it was pasted in part, or a sign-up page was open twice: run again and paste it anew.",
            "If the page is older than an hour: run again with --new-signup.",
            "If an enterprise was made nevertheless (https://play.google.com/work shows it): --enterprise LC….",
        ) from error


def _remember(context: Context, name: str) -> None:
    with record.changing(context) as memory:
        if memory.enterprise != name:
            memory.tested_topic = memory.admin = ""  # both were the other enterprise's
        memory.enterprise, memory.signup_name, memory.signup_url = name, "", ""
