"""The page of one reset: watch it, cancel it, look back."""

import gettext
import hashlib
from datetime import datetime
from functools import partial

from flask import Blueprint, Response, request
from markupsafe import Markup

from console_pages.flow_words import countdown_words, elapsed_words
from console_pages.frame import Frame
from console_pages.pages import HEADERS, Site, render, text_of
from console_pages.progress import latest_news, steps
from console_pages.wording import Wording
from shared.domain.action import Action, Status
from shared.domain.device import DeviceRecord
from shared.domain.reset_warnings import OFFLINE_AFTER
from shared.domain.resource_names import action_name
from shared.services.read_reset import ReadReset, WatchedReset


def add(pages: Blueprint, site: Site) -> None:
    """Add the page."""
    path = "/enterprises/<id:enterprise_id>/actions/<id:action_id>"
    pages.add_url_rule(path, "action", partial(_action, site))


def _action(site: Site, enterprise_id: str, action_id: str) -> Response:
    """Show an action; ``?part=live`` answers only what changes, or 304 where its ETag still holds."""
    frame = site.frame("log", enterprise_id)
    watched = ReadReset(site.reads.store, site.clock).watched(frame.caller, action_name(enterprise_id, action_id))
    live = _live(frame, watched, site.clock.now())
    tag = hashlib.sha256(live.encode()).hexdigest()[:16]
    if request.args.get("part") == "live":
        return _part(live, tag)
    action = watched.action
    return render(
        frame,
        "action.html",
        current="true",
        action=action,
        live=live,
        tag=f'"{tag}"',
        title=_title(frame, action),
        words=_words(frame.catalogue),
    )


def _part(live: Markup, tag: str) -> Response:
    unchanged = request.if_none_match.contains(tag)
    answer = Response("" if unchanged else live, 304 if unchanged else 200, HEADERS)
    answer.content_type = "text/html; charset=utf-8"
    answer.set_etag(tag)
    return answer


def _live(frame: Frame, watched: WatchedReset, now: datetime) -> Markup:
    action, found = watched.action, steps(watched.action)
    news = latest_news(found)
    cancelling = bool(action.cancel_time) and not action.ended
    say = frame.catalogue.gettext
    return text_of(
        frame,
        "action_live.html",
        action=action,
        record=watched.record,
        events=watched.events,
        settled=watched.settled,
        steps=found,
        cancelling=cancelling,
        title=_title(frame, action),
        say=say("Cancelling…")
        if cancelling
        else say("{step}: {state}.").format(step=say(news.title), state=say(news.look.words)),
        took=_took(action, frame.catalogue),
        offline=_is_offline(watched.record, now),
        reason_code=action.status_reason.code if action.status_reason else "",
        letters_waiting=any(step.state == "WAITING" and step.mail for step in found),
    )


def _title(frame: Frame, action: Action) -> str:
    """Return what the page's title begins with: the state first, so that a background tab tells."""
    model = action.device_facts.model or frame.catalogue.gettext("Android device")
    words = Wording(frame.catalogue).status(action.status.value).words
    return frame.catalogue.gettext("{status}: passcode reset, {model}").format(status=words, model=model)


def _took(action: Action, texts: gettext.NullTranslations) -> str:
    if action.status is not Status.DONE or action.complete_time is None:
        return ""
    return elapsed_words(action.complete_time - action.create_time, texts)


def _is_offline(record: DeviceRecord | None, now: datetime) -> bool:
    return record is not None and record.last_seen is not None and now - record.last_seen > OFFLINE_AFTER


def _words(texts: gettext.NullTranslations) -> dict[str, object]:
    return {
        **countdown_words(texts),
        "cancel": texts.gettext("Cancel reset"),
        "cancelling": texts.gettext("Cancelling…"),
        "connected": texts.gettext("Connected again."),
        "lost": texts.gettext("Connection lost. The reset goes on without this page."),
        "signedOut": texts.gettext("You have been signed out."),
    }
