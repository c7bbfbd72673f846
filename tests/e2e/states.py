"""Every state of every page, as documents in the demo's store: an enterprise that nothing but these tests touches.

None of these resets wakes the timer, so they stay as they are while others run.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.seed import MEMBERS
from shared.domain import resource_names as names
from shared.domain.action import Action, Delivery, DeliveryStatus, DeviceFacts, Reason, Recipient, Status
from shared.domain.device import DeviceRecord, DeviceUser, OpenAction, PasswordPolicy
from shared.domain.history import Event, EventType, event_id
from shared.domain.lock import DeviceLock
from shared.services.count_actions import CountActions
from shared.services.mirror import listed
from shared.services.ports import Create, Store
from shared.services.records import to_fields
from shared.services.stored import StoredPasscode
from tests.functions.console import seeded_console

LOOK = "enterprises/LC00look"
EMPTY = "enterprises/LC00empty"
KEEPER, VIEWER = "revealer@example.com", "viewer@example.com"
"""Admin and viewer of both enterprises; as members of several they also see the list of enterprises."""

NOW = seeded_console.NOW
KEPT = timedelta(days=30)
AWAY = NOW - timedelta(hours=9)
CARLA = DeviceUser("Carla Moretti", "carla.moretti@example.com", "it")
JEROEN = DeviceUser("Jeroen van der Berg", "jeroen.vanderberg@example.com", "nl")
PEOPLE = (
    JEROEN,
    DeviceUser("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} Lindqvist", "zoe.lindqvist@example.com"),
    DeviceUser("", "warehouse-7-dock-b-handheld-scanner-left@logistics.example.com"),
    DeviceUser("Maria Antonieta Fern\N{LATIN SMALL LETTER A WITH ACUTE}ndez de la Reguera", "maria@example.com"),
    None,
)
MODELS = (("Galaxy A55", "samsung"), ("Pixel 8a", "google"), ("XCover 7 Enterprise Edition", "samsung"))


class States:
    """Writes the documents; ``commit`` them once."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.actions: list[str] = []

    def device(self, device_id: str, user: DeviceUser | None = CARLA, **more: Any) -> str:
        """Add a device and return its name."""
        name = f"{LOOK}/devices/{device_id}"
        facts = {"management_mode": "DEVICE_OWNER", "ownership": "COMPANY_OWNED", **more}
        self.documents[name] = listed(seeded_console.record(name, facts=facts, enrolled_user=user))
        return name

    def action(self, action_id: str, device: str, *, status: Status = Status.DONE, **changes: Any) -> Action:
        """Add a reset with its history, and the passcode of one that may be shown."""
        record: DeviceRecord = self.documents[device]
        facts = DeviceFacts(record.device.model, record.device.serial_number)
        about = {"device_name": device, "user": record.user, "actor": KEEPER, "device_facts": facts}
        deliveries = (
            (_sent(Recipient.ADMIN, KEEPER),) if status is Status.DONE else (Delivery(Recipient.ADMIN, KEEPER),)
        )
        ended = {"notice": _sent(Recipient.ADMIN, KEEPER)} if status in _NOT_DONE else {}
        made = seeded_console.action(
            action_id, status=status, **{**about, "deliveries": deliveries, **ended, **changes}
        )
        made = replace(made, name=f"{LOOK}/actions/{action_id}", expire_time=made.create_time + timedelta(days=1))
        self.documents[made.name] = made
        self.actions.append(made.name)
        for number, (kind, who, at) in enumerate(_history(made), 1):
            address = "192.0.2.14" if kind is EventType.REQUESTED else ""
            details = {"code": made.status_reason.code} if kind is EventType.FAILED and made.status_reason else {}
            row = Event(kind, at, who, made.status.value, address, details)
            self.documents[names.event_name(made.name, event_id(number))] = row
        return made

    def kept(self, action: Action, **changes: Any) -> None:
        """Add the passcode of a reset; nobody can open this one."""
        stored = StoredPasscode(action.device_name, NOW + timedelta(days=60), b"sealed", "key")
        self.documents[names.passcode_name(action.name)] = replace(stored, **changes)

    def lock(self, *actions: Action, **changes: Any) -> None:
        """Add a device's lock, which remembers these resets, newest last."""
        made = DeviceLock(actions=tuple(each.name for each in actions))
        self.documents[names.lock_name(actions[0].device_name)] = replace(made, **changes)

    def runs(self, action: Action, *before: Action) -> None:
        """Let a reset hold its device."""
        self.lock(*before, action, holder=action.name)
        record = self.documents[action.device_name]
        self.documents[action.device_name] = replace(
            record, open_action=OpenAction(action.name, action.status.value)
        )

    def commit(self, store: Store) -> None:
        """Write everything, and count the resets for the overview."""
        creates = [
            Create(name, value if isinstance(value, dict) else to_fields(value))
            for name, value in self.documents.items()
        ]
        for start in range(0, len(creates), 100):
            store.commit(creates[start : start + 100])
        for start in range(0, len(self.actions), 20):
            CountActions(store)(self.actions[start : start + 20])


_NOT_DONE = frozenset({Status.FAILED, Status.EXPIRED, Status.CANCELLED})


def _sent(recipient: Recipient, email: str) -> Delivery:
    return Delivery(recipient, email, status=DeliveryStatus.SENT, send_time=NOW - timedelta(minutes=3))


def _history(action: Action) -> list[tuple[EventType, str, Any]]:
    rows = [(EventType.REQUESTED, action.actor, action.create_time)]
    if action.issue_time:
        rows.append((EventType.ISSUED, "SERVICE", action.issue_time))
    if action.ended and action.complete_time:
        rows.append((EventType(action.status.value), "DEVICE", action.complete_time))
    return rows


def states() -> States:
    """Return both enterprises with all that the pages can show."""
    made = States()
    contact = {
        "contact": "it-desk@example.com",
        "default_valid_for_s": 86_400,
        "retention_days": 30,
        "locale": "en",
    }
    for enterprise, title in ((LOOK, "Demo Logistics International"), (EMPTY, "Nothing Yet Ltd")):
        made.documents[enterprise] = {"display_name": title, "delivery": "PASSCODE", **contact}
        for email, role in ((KEEPER, "admin"), (VIEWER, MEMBERS[VIEWER])):
            made.documents[names.member_name(enterprise, email)] = {"email": email, "roles": [role]}
    _wizards(made)
    _actions(made)
    _passcodes(made)
    _crowd(made)
    return made


def _wizards(made: States) -> None:
    made.device("fresh")
    wipes = (PasswordPolicy(quality="NUMERIC", maximum_failed_for_wipe=10),)
    made.device("offline", JEROEN, last_status_report_time=AWAY, password_policies=wipes, is_secure=False)
    work = {
        "management_mode": "PROFILE_OWNER",
        "ownership": "PERSONALLY_OWNED",
        "brand": "google",
        "model": "Pixel 8a",
    }
    made.device("work", **work)
    made.device("nobody", None)
    made.device("lost", JEROEN, state="LOST", applied_state="LOST", api_level=23, android_version="6.0")


def _actions(made: States) -> None:
    reason = Reason("INVALID_VALUE", "The password does not meet the policy.")
    user_mail = Delivery(Recipient.USER, CARLA.email)
    admin_mail = Delivery(Recipient.ADMIN, KEEPER)
    pending = made.action("pending", made.device("d-pending"), status=Status.PENDING, reason="INC-20417")
    issued = made.action(
        "issued", made.device("d-issued"), status=Status.ISSUED, deliveries=(admin_mail, user_mail)
    )
    away = made.action("away", made.device("d-away", JEROEN, last_status_report_time=AWAY), status=Status.ISSUED)
    for running in (pending, issued, away):
        made.runs(running)
    unknown = made.action(
        "unknown",
        made.device("d-unknown"),
        status=Status.UNKNOWN,
        status_reason=Reason("OUTCOME_UNKNOWN"),
        lock_held=True,
    )
    made.runs(unknown)
    refused = replace(user_mail, status=DeliveryStatus.FAILED, reason="REJECTED")
    done = (_sent(Recipient.ADMIN, KEEPER), refused)
    made.action("done", made.device("d-done"), deliveries=done, reason="INC-20417, left in a taxi")
    made.action(
        "failed",
        made.device("d-failed"),
        status=Status.FAILED,
        status_reason=reason,
        deliveries=(admin_mail, user_mail),
    )
    made.action(
        "expired", made.device("d-expired"), status=Status.EXPIRED, status_reason=Reason("NOT_ONLINE_IN_TIME")
    )
    made.action(
        "cancelled",
        made.device("d-cancelled"),
        status=Status.CANCELLED,
        cancel_time=NOW,
        issue_time=None,
        attempts=(),
    )


def _passcodes(made: States) -> None:
    """Devices by what their Security panel shows."""
    made.device("d-none")
    shown = _done(made, "shown", made.device("d-shown"), 1)
    made.lock(shown)
    old, new = (_done(made, f"old{n}", device, 3 - n) for n, device in enumerate([made.device("d-old")] * 2))
    made.kept(old, ciphertext=None, superseded_by=new.name)
    made.lock(old, new)
    before = _done(made, "before", made.device("d-newer"), 2)
    newer = made.action("newer", before.device_name, status=Status.ISSUED)
    made.runs(newer, before)
    sure = _done(made, "sure", made.device("d-doubt"), 2)
    doubt = made.action("doubt", sure.device_name, status=Status.UNKNOWN, status_reason=Reason("OUTCOME_UNKNOWN"))
    made.kept(doubt)
    made.runs(doubt, sure)
    gone = _done(made, "gone", made.device("d-destroyed"), 24 * 31, purge_time=NOW)
    made.kept(gone, ciphertext=None)
    made.lock(gone)


def _done(made: States, action_id: str, device: str, hours: int, **changes: Any) -> Action:
    at = NOW - timedelta(hours=hours)
    times = {"create_time": at - timedelta(seconds=4), "issue_time": at, "complete_time": at, "purge_at": at + KEPT}
    done = made.action(action_id, device, **(times | changes))
    made.kept(done)
    return done


def _crowd(made: States) -> None:
    """Enough devices for a second page, and a month of resets for the overview."""
    devices = []
    for number in range(30):
        model, brand = MODELS[number % len(MODELS)]
        facts = {"model": model, "brand": brand, "serial_number": f"R5CY30{number:05d}"}
        devices.append(made.device(f"c{number:03d}", PEOPLE[number % len(PEOPLE)], **facts))
    ends = [Status.DONE] * 9 + [Status.EXPIRED, Status.FAILED, Status.CANCELLED]
    for number in range(90):
        status = ends[number * 7 % len(ends)]
        at = NOW - timedelta(days=number * 11 % 29, hours=1 + number % 5)
        took = timedelta(seconds=(3, 4, 8, 40, 900, 20_000)[number * number % 6])
        reason = {Status.FAILED: Reason("UNKNOWN"), Status.EXPIRED: Reason("NOT_ONLINE_IN_TIME")}.get(status)
        times = {"create_time": at, "issue_time": at, "complete_time": at + took, "status_reason": reason}
        made.action(
            f"m{number:03d}",
            devices[number % len(devices)],
            status=status,
            reason="" if number % 3 else f"INC-{20400 + number}",
            **times,
        )
