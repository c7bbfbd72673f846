"""Trace context: the id under which the lines of several functions belong together (runtime layer).

Read are W3C's ``traceparent`` header, Google's older one, and the attribute of a Pub/Sub message. Whatever is not
well formed counts as absent: it is a stranger's text, so nothing of it is kept and nothing of it is logged.

Source: https://www.w3.org/TR/trace-context/#traceparent-header and
https://cloud.google.com/trace/docs/trace-context#http-requests
"""

import re
import secrets
from dataclasses import dataclass, replace
from typing import Protocol

HEADER = "traceparent"

GOOGLE_HEADER = "X-Cloud-Trace-Context"
"""``TRACE_ID/SPAN_ID;o=1``: the trace in hex, the span in decimal. Cloud Run sends it beside W3C's."""

ATTRIBUTE = "googclient_traceparent"
"""The message attribute that Google's own Pub/Sub clients carry W3C's text in, so theirs and ours understand each
other. Pub/Sub refuses attributes that begin with ``goog``, also with this prefix, all but the ones it knows: under
another such name nothing would be published any more.

Source: ``google/cloud/pubsub_v1/open_telemetry/context_propagation.py`` of google-cloud-pubsub 2.44.0, and what the
service answered to ``googclient_x-cloud-trace-context`` in https://github.com/googleapis/nodejs-pubsub/issues/1389
"""

_W3C = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_W3C_CHARS = 55
"""Of version 00, which has nothing more; a later version may go on after another hyphen."""

_GOOGLE = re.compile(r"([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=([0-9]))?", re.ASCII)

_SAMPLED = 0x01


class Lookup(Protocol):
    """Headers or attributes, by name."""

    def get(self, key: str, /) -> object:
        """Return the value, None where there is none."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Ids in lower-case hex, 32 and 16 digits, never all zero; ``sampled``: the caller records its spans."""

    trace_id: str
    span_id: str
    sampled: bool = False

    @property
    def traceparent(self) -> str:
        """W3C's text, version 00."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def of_request(headers: Lookup) -> TraceContext:
    """Return the trace of a request, a new one where it names none.

    The span stays the one that the platform gave the request, so that the lines stand under it.
    """
    return parse(headers.get(HEADER)) or parse_google(headers.get(GOOGLE_HEADER)) or begun()


def of_message(attributes: Lookup, headers: Lookup) -> TraceContext:
    """Return the trace of a pushed message: its publisher's, else that of the push request.

    Each delivery is a span of its own, so that a second delivery is told from the first.
    """
    published = parse(attributes.get(ATTRIBUTE))
    return replace(published, span_id=_hex(8)) if published else of_request(headers)


def begun() -> TraceContext:
    """Return a new trace, not sampled."""
    return TraceContext(_hex(16), _hex(8))


def parse(text: object) -> TraceContext | None:
    """Return what a ``traceparent`` says; None where there is none or it is malformed."""
    if not isinstance(text, str):
        return None
    match = _W3C.fullmatch(text[:_W3C_CHARS])
    if match is None:
        return None
    version, trace_id, span_id, flags = match.groups()
    longer = text[_W3C_CHARS:]
    if version == "ff" or (longer and (version == "00" or not longer.startswith("-"))):
        return None
    return _known(trace_id, span_id, sampled=bool(int(flags, 16) & _SAMPLED))


def parse_google(text: object) -> TraceContext | None:
    """Return what an ``X-Cloud-Trace-Context`` says; None where there is none or it is malformed."""
    match = _GOOGLE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    trace_id, span, options = match.groups()
    number = int(span or 0)
    span_id = f"{number:016x}" if 0 < number < 1 << 64 else _hex(8)
    return _known(trace_id.lower(), span_id, sampled=bool(int(options or 0) & _SAMPLED))


def _known(trace_id: str, span_id: str, *, sampled: bool) -> TraceContext | None:
    if not int(trace_id, 16) or not int(span_id, 16):
        return None
    return TraceContext(trace_id, span_id, sampled)


def _hex(count: int) -> str:
    """Return that many random bytes in hex; all zero, which W3C forbids, does not happen."""
    return secrets.token_hex(count)
