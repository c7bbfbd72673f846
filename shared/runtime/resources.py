"""The JSON of the HTTP API: what requests may say and what answers hold (runtime layer).

The OpenAPI document is generated from these classes. Names are camelCase on the wire; times RFC 3339 in UTC.
"""

from datetime import datetime

import msgspec

from shared.domain.action import Action, Delivery
from shared.domain.device import DeviceRecord, DeviceUser
from shared.domain.eligibility import Verdict
from shared.domain.history import Event
from shared.domain.reset_warnings import Finding
from shared.domain.resource_names import id_of
from shared.domain.scope import reset_scope, scope_sentence
from shared.domain.status_reasons import reason_sentence
from shared.services.read_console import ShownAction
from shared.services.reveal_passcode import Revealed


class Body(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a request may hold; anything else is refused by name."""


class Resource(msgspec.Struct, frozen=True, rename="camel"):
    """What an answer holds."""


class ResetBody(Body, frozen=True):
    """``:resetPasscode``. ``valid_for`` is seconds as text, such as ``86400s``."""

    request_id: str | None = None
    notify_user: bool = False
    reason: str = ""
    valid_for: str | None = None
    lock_now: bool = True
    require_entry: bool = False


class CancelBody(Body, frozen=True):
    """``:cancel`` takes nothing."""


class UserBody(Body, frozen=True):
    """A device's user; empty texts take an assignment back."""

    display_name: str = ""
    email: str = ""
    locale: str = ""


class AssignBody(Body, frozen=True):
    """``PATCH`` of a device: only its user can be changed."""

    user: UserBody


class RevealBody(Body, frozen=True):
    """``:reveal``; the reason goes into the action log."""

    reason: str


class UserResource(Resource, frozen=True):
    """Who holds the device."""

    display_name: str
    email: str
    locale: str


class StatusReasonResource(Resource, frozen=True):
    """Why a reset ended as it did."""

    code: str
    message: str


class DeliveryResource(Resource, frozen=True):
    """One mail. A delivery stays PENDING where its reset ends other than DONE, which ``notice`` tells instead."""

    recipient: str
    email: str
    status: str
    provider: str | None
    send_time: datetime | None
    reason: str | None


class ActionResource(Resource, frozen=True):
    """One reset. The passcode is never here."""

    name: str
    type: str
    device: str
    device_display_name: str
    user: UserResource | None
    scope: str
    status: str
    status_reason: StatusReasonResource | None
    actor: str
    reason: str
    notify_user: bool
    request_id: str
    deliveries: tuple[DeliveryResource, ...]
    notice: DeliveryResource | None
    passcode_available: bool
    cancel_requested: bool
    create_time: datetime
    issue_time: datetime | None
    complete_time: datetime | None
    expire_time: datetime


class OpenActionResource(Resource, frozen=True):
    """The reset that runs on a device."""

    name: str
    status: str


class DeviceResource(Resource, frozen=True):
    """One mirrored device. ``screen_lock`` is SET, NOT_SET or UNKNOWN."""

    name: str
    display_name: str
    model: str
    serial_number: str
    android_version: str
    api_level: int
    management_mode: str
    ownership: str
    state: str
    scope: str | None
    user: UserResource | None
    screen_lock: str
    last_seen: datetime | None
    open_action: OpenActionResource | None
    latest_action: str | None
    mirror_time: datetime
    gone_time: datetime | None


class FindingResource(Resource, frozen=True):
    """One reason, for scripts and for people."""

    code: str
    message: str


class VerdictResource(Resource, frozen=True):
    """Whether a reset would be accepted now, and everything to know before.

    ``scope_sentence`` says in English which lock will change.
    """

    eligible: bool
    scope: str | None
    scope_sentence: str
    blockers: tuple[FindingResource, ...]
    warnings: tuple[FindingResource, ...]
    passcode_rule: str


class EventResource(Resource, frozen=True):
    """One row of an action's history."""

    type: str
    time: datetime
    who: str
    address: str
    status: str
    details: dict[str, str]


class DevicesPage(Resource, frozen=True):
    """A page of devices; ``next_page_token`` is "" on the last page."""

    devices: tuple[DeviceResource, ...]
    next_page_token: str


class ActionsPage(Resource, frozen=True):
    """A page of actions, newest first."""

    actions: tuple[ActionResource, ...]
    next_page_token: str


class EventsPage(Resource, frozen=True):
    """A page of an action's history, oldest first."""

    events: tuple[EventResource, ...]
    next_page_token: str


class RevealResource(Resource, frozen=True):
    """The one answer that holds a passcode; sent with ``Cache-Control: no-store``."""

    passcode: str
    superseded_by: str | None
    uncertain: str | None
    expire_time: datetime | None

    def __repr__(self) -> str:
        return "RevealResource(…)"


def action_resource(shown: ShownAction) -> ActionResource:
    """Return the JSON of an action."""
    action = shown.action
    return ActionResource(
        name=action.name,
        type=action.type,
        device=action.device_name,
        device_display_name=action.device_display_name,
        user=_user(action.user),
        scope=action.scope,
        status=action.status.value,
        status_reason=_status_reason(action),
        actor=action.actor,
        reason=action.reason,
        notify_user=action.notify_user,
        request_id=action.request_id,
        deliveries=tuple(_delivery(delivery) for delivery in action.deliveries),
        notice=_delivery(action.notice) if action.notice else None,
        passcode_available=shown.passcode_available,
        cancel_requested=action.cancel_time is not None,
        create_time=action.create_time,
        issue_time=action.issue_time,
        complete_time=action.complete_time,
        expire_time=action.expire_time,
    )


def device_resource(record: DeviceRecord) -> DeviceResource:
    """Return the JSON of a mirrored device."""
    device, shown = record.device, record.open_action
    return DeviceResource(
        name=device.name,
        display_name=record.display_name or id_of(device.name),
        model=device.model,
        serial_number=device.serial_number,
        android_version=device.android_version,
        api_level=device.api_level,
        management_mode=device.management_mode,
        ownership=device.ownership,
        state=device.applied_state or device.state,
        scope=reset_scope(device),
        user=_user(record.user),
        screen_lock={True: "SET", False: "NOT_SET", None: "UNKNOWN"}[device.is_secure],
        last_seen=record.last_seen,
        open_action=OpenActionResource(shown.name, shown.status) if shown else None,
        latest_action=record.latest_action,
        mirror_time=record.mirror_time,
        gone_time=record.gone_time,
    )


def verdict_resource(verdict: Verdict) -> VerdictResource:
    """Return the JSON of a verdict."""
    return VerdictResource(
        verdict.eligible,
        verdict.scope,
        scope_sentence(verdict.scope) if verdict.scope else "",
        tuple(_finding(finding) for finding in verdict.blockers),
        tuple(_finding(finding) for finding in verdict.warnings),
        verdict.passcode_rule,
    )


def event_resource(event: Event) -> EventResource:
    """Return the JSON of an audit row."""
    return EventResource(event.type.value, event.time, event.who, event.address, event.status, dict(event.details))


def reveal_resource(revealed: Revealed) -> RevealResource:
    """Return the JSON of a revealed passcode; it goes straight to the answer."""
    return RevealResource(
        revealed.passcode.reveal(), revealed.superseded_by, revealed.uncertain, revealed.expire_time
    )


def _user(user: DeviceUser | None) -> UserResource | None:
    return UserResource(user.display_name, user.email, user.locale) if user else None


def _status_reason(action: Action) -> StatusReasonResource | None:
    reason = action.status_reason
    return StatusReasonResource(reason.code, reason_sentence(reason)) if reason else None


def _delivery(delivery: Delivery) -> DeliveryResource:
    return DeliveryResource(
        delivery.recipient.value,
        delivery.email,
        delivery.status.value,
        delivery.provider,
        delivery.send_time,
        delivery.reason,
    )


def _finding(finding: Finding) -> FindingResource:
    return FindingResource(finding.code, finding.message)
