"""What the lines of one step have in common, and that no step leaves anything to the next."""

import json
import logging
import threading
from collections.abc import Iterator

import pytest
from werkzeug.test import Client

from shared.domain.errors import RejectedError
from shared.domain.messages import Message
from shared.runtime import steps, trace_context
from shared.runtime.steps import Step, TracedBus, during, in_step
from shared.runtime.trace_context import ATTRIBUTE, TraceContext
from shared.runtime.web import api_app, through
from tests.functions.surroundings import PROJECT, printed_lines

TRACE = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)
ACTION = "enterprises/e/actions/a"
log = logging.getLogger("shared.services.anything")


class KeepingBus:
    def __init__(self) -> None:
        self.taken: list[Message] = []

    def publish(self, _topic: str, message: Message) -> None:
        self.taken.append(message)


def test_each_line_of_a_step_bears_its_trace_subject_and_time():
    with printed_lines() as lines, during(Step(TRACE, {"action": ACTION})):
        log.info("at work")

    (line,) = lines()
    assert line["logging.googleapis.com/trace"] == f"projects/{PROJECT}/traces/{TRACE.trace_id}"
    assert line["logging.googleapis.com/spanId"] == TRACE.span_id
    assert line["logging.googleapis.com/trace_sampled"] is True
    assert line["action"] == ACTION
    assert 0 <= line["duration_s"] < 60


def test_what_a_line_says_itself_stands():
    with printed_lines() as lines, during(Step(TRACE, {"action": ACTION})):
        log.info("about another", extra={"action": "enterprises/e/actions/b"})

    assert lines()[0]["action"] == "enterprises/e/actions/b"


def test_a_line_between_two_steps_bears_nothing_of_either():
    with printed_lines() as lines:
        with during(Step(TRACE, {"action": ACTION})):
            steps.know(device="enterprises/e/devices/d")
        log.info("idle")
        steps.know(device="enterprises/e/devices/d")
        log.info("idle")

    assert all(set(line) == {"message", "time", "severity", "function", "step"} for line in lines())


def test_a_step_within_a_step_leaves_the_outer_one_as_it_was():
    outer = Step(TRACE, {"action": ACTION})
    with during(outer):
        with pytest.raises(ValueError, match="gone wrong"):
            in_another_step()
        assert steps.current() is outer


def in_another_step() -> None:
    with during(Step(trace_context.begun())):
        steps.know(action="enterprises/e/actions/b")
        raise ValueError("gone wrong")


def test_threads_have_steps_of_their_own():
    seen: dict[str, Step | None] = {}
    barrier = threading.Barrier(2)

    def serve(name: str) -> None:
        with during(Step(TRACE, {"action": name})):
            barrier.wait()
            seen[name] = steps.current()
            barrier.wait()
        seen[f"{name} after"] = steps.current()

    threads = [threading.Thread(target=serve, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen["a"].facts, seen["b"].facts) == ({"action": "a"}, {"action": "b"})
    assert (seen["a after"], seen["b after"]) == (None, None)


def test_a_message_takes_the_trace_along_and_stays_what_it_was():
    bus, message = KeepingBus(), Message({"action": ACTION}, {"type": "T"})
    with during(Step(TRACE)):
        TracedBus(bus).publish("t", message)

    assert bus.taken == [Message({"action": ACTION}, {"type": "T", ATTRIBUTE: TRACE.traceparent})]
    assert message.attributes == {"type": "T"}


def test_a_message_of_no_step_is_published_as_it_is():
    bus, message = KeepingBus(), Message({"action": ACTION}, {"type": "T"})
    TracedBus(bus).publish("t", message)
    assert bus.taken == [message]


# -- web requests ------------------------------------------------------------------------------------------------


def client(handle) -> Client:
    app = api_app("console", "")
    app.add_url_rule("/v1/enterprises/<enterprise_id>/actions/<action_id>", "action", handle)
    app.add_url_rule("/v1/enterprises/<enterprise_id>/devices/<device_id>", "device", handle)
    entry = through(app)

    def wsgi(environ, start_response):
        from flask import Request  # noqa: PLC0415  # as the framework makes it

        return entry(Request(environ))(environ, start_response)

    return Client(wsgi)


def refuse(**_ids: str):
    raise RejectedError("NOT_FOUND", "no")


def test_a_refusal_names_what_it_is_about():
    with printed_lines() as lines:
        client(refuse).get(f"/v1/{ACTION}", headers={"traceparent": TRACE.traceparent})
        client(refuse).get("/v1/enterprises/e/devices/d")

    first, second = lines()
    assert (first["message"], first["action"]) == ("refused", ACTION)
    assert first["logging.googleapis.com/trace"].endswith(TRACE.trace_id)
    assert first["logging.googleapis.com/spanId"] == TRACE.span_id
    assert (second["device"], "action" in second) == ("enterprises/e/devices/d", False)
    assert steps.current() is None


def test_a_refusal_over_a_running_reset_belongs_to_that_reset():
    def busy(**_ids: str):
        raise RejectedError("RESET_IN_PROGRESS", "busy", {"action": ACTION})

    with printed_lines() as lines:
        client(busy).get("/v1/enterprises/e/devices/d")

    assert (lines()[0]["action"], lines()[0]["device"]) == (ACTION, "enterprises/e/devices/d")


def test_a_hostile_header_is_not_printed():
    with printed_lines() as lines:
        client(refuse).get(f"/v1/{ACTION}", headers={"traceparent": "evil-header", "X-Cloud-Trace-Context": "evil"})

    assert "evil" not in json.dumps(lines())


def test_an_answer_that_is_written_later_still_belongs_to_its_step():
    closed = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"a"
            log.error("broke off")
            yield b"b"
        finally:
            log.info("closed")
            closed.append(True)

    with printed_lines() as lines:
        answer = client(lambda **_ids: pieces()).get(f"/v1/{ACTION}", headers={"traceparent": TRACE.traceparent})
        assert answer.data == b"ab"
        answer.close()

    assert closed == [True]
    assert [line["message"] for line in lines()] == ["broke off", "closed"]
    assert all(line["logging.googleapis.com/trace"].endswith(TRACE.trace_id) for line in lines())
    assert steps.current() is None


def test_an_answer_that_nobody_reads_is_closed_in_its_step():
    class Pieces:
        def __iter__(self):
            return iter([b"a"])

        def close(self) -> None:
            log.info("closed")

    with printed_lines() as lines:
        with during(Step(TRACE)):
            later = in_step(Pieces())
        later.close()

    assert lines()[0]["logging.googleapis.com/trace"].endswith(TRACE.trace_id)


def test_without_a_step_an_answer_is_left_alone():
    pieces = [b"a"]
    assert in_step(pieces) is pieces
