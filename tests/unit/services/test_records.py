"""Dataclasses to documents and back."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.action import Action, Reason, Status
from shared.domain.errors import RejectedError
from shared.domain.operation import Outcome
from shared.services.documents import check_fields
from shared.services.page_cursor import Position, decode, encode
from shared.services.records import changed_fields, from_fields, to_fields
from tests.unit.domain.facts import ADMIN, T0, action, ended, mail_call

FULL = action(
    ended(Outcome.ERROR, error=Reason("X", "text")),
    status=Status.FAILED,
    deliveries=(replace(ADMIN, calls=(mail_call(),)),),
    notice=ADMIN,
    wake_at=T0,
)


def test_an_action_survives_its_document():
    fields = to_fields(FULL)

    check_fields(fields)
    assert from_fields(Action, fields) == FULL
    assert from_fields(Action, {k: v for k, v in fields.items() if v is not None}) == FULL


def test_sequences_are_lists_all_the_way_down():
    fields = to_fields(FULL)

    assert isinstance(fields["attempts"], list)
    assert isinstance(fields["deliveries"][0]["calls"], list)


def test_only_what_differs_is_written_and_none_removes():
    after = replace(FULL, wake_at=None, revision=2)

    assert changed_fields(FULL, after) == {"wake_at": None, "revision": 2}


def test_fields_of_a_newer_version_are_ignored():
    assert from_fields(Action, {**to_fields(FULL), "unheard_of": 1}) == FULL


@pytest.mark.parametrize("change", [{"status": "NONSENSE"}, {"create_time": "soon"}, {"attempts": {}}])
def test_what_is_no_action_is_refused(change):
    with pytest.raises(msgspec.ValidationError):
        from_fields(Action, {**to_fields(FULL), **change})


@given(st.one_of(st.none(), st.text(), st.datetimes(timezones=st.just(T0.tzinfo))))
def test_a_cursor_leads_back_to_its_place(key):
    place = Position(key, "d1")

    assert decode("query", encode("query", place)) == place
    with pytest.raises(RejectedError):
        decode("another query", encode("query", place))
