"""Which trace a request or a message belongs to; a stranger's header is read strictly or not at all."""

import pytest
from werkzeug.datastructures import Headers

from shared.runtime.trace_context import (
    ATTRIBUTE,
    GOOGLE_HEADER,
    HEADER,
    TraceContext,
    begun,
    of_message,
    of_request,
    parse,
    parse_google,
)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def is_new(found: TraceContext) -> bool:
    return found.trace_id != TRACE and parse(found.traceparent) == found and not found.sampled


def test_a_traceparent_is_read_and_written_again():
    found = parse(GOOD)

    assert found == TraceContext(TRACE, SPAN, sampled=True)
    assert found.traceparent == GOOD


@pytest.mark.parametrize(
    ("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True), ("ff", True)]
)
def test_only_the_last_bit_says_that_a_trace_is_sampled(flags, sampled):
    assert parse(f"00-{TRACE}-{SPAN}-{flags}").sampled is sampled


def test_a_later_version_may_say_more():
    assert parse(f"cc-{TRACE}-{SPAN}-01-what-the-future-brings") == TraceContext(TRACE, SPAN, sampled=True)


MALFORMED = [
    None,
    "",
    7,
    [GOOD],
    b"00-",
    GOOD[:-1],
    f"{GOOD}-more",
    f"{GOOD}x",
    f" {GOOD}",
    f"{GOOD}\n",
    f"{GOOD},{GOOD}",
    f"ff-{TRACE}-{SPAN}-01",
    f"cc-{TRACE}-{SPAN}-01.more",
    f"00-{TRACE.upper()}-{SPAN}-01",
    f"00-{'0' * 32}-{SPAN}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE[:-1]}g-{SPAN}-01",
    f"00-{TRACE}-{SPAN}-0",
    f"00_{TRACE}_{SPAN}_01",
    "00-" + "\N{FULLWIDTH DIGIT ONE}" * 32 + f"-{SPAN}-01",
    "x" * 100_000,
    '"}\n{"severity":"EMERGENCY"',
]


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: repr(text)[:60])
def test_what_is_not_well_formed_counts_as_absent(text):
    assert parse(text) is None
    assert is_new(of_message({ATTRIBUTE: text}, {}))


@pytest.mark.parametrize("text", [text for text in MALFORMED if isinstance(text, str) and "\n" not in text])
def test_a_request_with_a_malformed_header_begins_a_trace(text):
    assert is_new(of_request(Headers({HEADER: text})))


def test_a_header_that_comes_twice_is_malformed():
    headers = Headers([(HEADER, f"{GOOD},{GOOD}")])
    assert is_new(of_request(headers))


@pytest.mark.parametrize(
    ("text", "span", "sampled"),
    [
        (f"{TRACE}/74;o=1", "000000000000004a", True),
        (f"{TRACE.upper()}/74;o=0", "000000000000004a", False),
        (f"{TRACE}/{2**64 - 1}", "f" * 16, False),
        (TRACE, None, False),
        (f"{TRACE};o=1", None, True),
        (f"{TRACE}/0;o=1", None, True),
        (f"{TRACE}/{2**64}", None, False),
    ],
)
def test_googles_own_header_is_read_where_there_is_no_other(text, span, sampled):
    found = of_request(Headers({GOOGLE_HEADER: text}))

    assert (found.trace_id, found.sampled) == (TRACE, sampled)
    assert parse(found.traceparent) == found
    assert span is None or found.span_id == span


@pytest.mark.parametrize(
    "text",
    [None, "", "x", TRACE[:-1], f"{TRACE}/", f"{TRACE}/-1", f"{TRACE}/1;o=", f"{'0' * 32}/1", f"{TRACE}/1;o=1;"],
)
def test_googles_own_header_is_read_as_strictly(text):
    assert parse_google(text) is None


def test_w3cs_header_goes_before_googles():
    assert of_request(Headers({HEADER: GOOD, GOOGLE_HEADER: f"{'a' * 32}/1;o=0"})) == parse(GOOD)


def test_a_messages_trace_goes_before_that_of_its_delivery_and_each_delivery_is_a_span():
    deliveries = [of_message({ATTRIBUTE: GOOD}, Headers({HEADER: f"00-{'a' * 32}-{SPAN}-00"})) for _ in range(2)]

    assert {found.trace_id for found in deliveries} == {TRACE}
    assert all(found.sampled for found in deliveries)
    assert len({found.span_id for found in deliveries} | {SPAN}) == 3


def test_a_message_without_a_trace_takes_that_of_its_delivery():
    assert of_message({}, Headers({HEADER: GOOD})) == parse(GOOD)


def test_no_two_traces_are_the_same():
    assert len({begun().trace_id for _ in range(100)}) == 100
