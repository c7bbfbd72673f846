"""Facts of every letter, and a reader that sees its HTML as a person does."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from shared.domain.mail import MailFacts, MailKind
from shared.domain.secret import Secret

CONFIRMED = datetime(2026, 11, 23, 14, 31, 6, tzinfo=UTC)

ADMIN = MailFacts(
    kind=MailKind.DONE_ADMIN,
    to="admin@example.com",
    locale="en",
    device_model="Google Pixel 9",
    serial_tail="02KM",
    user_display_name="Amélie Laurent",
    user_email="amelie@example.com",
    scope="DEVICE",
    requested_by="boss@example.com",
    request_reason="Forgot passcode, INC-20411",
    request_time=datetime(2026, 11, 23, 14, 30, 1, tzinfo=UTC),
    reference="enterprises/LC0/actions/01K3X7Q9T2V8M4",
    link="https://reset.example.com/enterprises/LC0/devices/3a5?passcode=01K3X7Q9T2V8M4",
    passcode=Secret("48271963"),
    confirmed_time=CONFIRMED,
    wipe_after=10,
)
USER = replace(ADMIN, kind=MailKind.DONE_USER, to="amelie@example.com", link="")
NOTICE = replace(ADMIN, passcode=None, confirmed_time=None)
FAILED = replace(NOTICE, kind=MailKind.FAILED, cause_code="INVALID_VALUE")
EXPIRED = replace(NOTICE, kind=MailKind.EXPIRED, cause_code="NOT_ONLINE_IN_TIME")
UNKNOWN = replace(NOTICE, kind=MailKind.UNKNOWN, cause_code="OUTCOME_UNKNOWN")

ALL = {
    "done-admin": ADMIN,
    "done-admin-letters": replace(ADMIN, passcode=Secret("Kt4#ab9Q"), scope="WORK_PROFILE"),
    "done-admin-longest": replace(ADMIN, passcode=Secret("4827196348271963"), wipe_after=0, user_display_name=""),
    "done-admin-link": replace(ADMIN, passcode=None),
    "done-user": USER,
    "done-user-letters": replace(USER, passcode=Secret("Kt4#ab9QMw7?xR2v"), scope="WORK_PROFILE"),
    "done-user-link": replace(USER, passcode=None, link=ADMIN.link),
    "failed": FAILED,
    "failed-other": replace(FAILED, cause_code="FAILED_PRECONDITION"),
    "expired": EXPIRED,
    "unknown": UNKNOWN,
    "no-facts": replace(
        ADMIN, device_model="", serial_tail="", user_display_name="", user_email="", request_reason="", link=""
    ),
}

VOID = {"meta", "br", "img", "link", "base"}
INLINE = {"bdi", "strong", "span", "a"}


@dataclass
class Page(HTMLParser):
    """The text as it is read, and every element with its attributes."""

    text: str = ""
    preheader: str = ""
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    _stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._gap(tag)
        if tag not in VOID:
            hidden = tag in {"style", "title"} or "display:none" in (dict(attrs).get("style") or "")
            self._stack.append("hidden" if hidden else tag)

    def handle_endtag(self, tag: str) -> None:
        self._stack.pop()
        self._gap(tag)

    def _gap(self, tag: str) -> None:
        if tag not in INLINE:
            self.text += " "

    def handle_data(self, data: str) -> None:
        if "hidden" not in self._stack:
            self.text += data
        elif not self.preheader and self._stack[-2:-1] == ["body"]:
            self.preheader = data

    @property
    def links(self) -> list[str | None]:
        return [attributes.get("href") for tag, attributes in self.elements if tag == "a"]


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    assert page._stack == [], "every element is closed"
    return page
