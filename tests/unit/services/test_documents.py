"""What a document's name and fields may be, in every store alike."""

import math
from datetime import UTC, datetime

import pytest

from shared.services.documents import check_fields, check_name, check_writes, collection_of, without_none
from shared.services.ports import Create, Delete, Update

NAME = "enterprises/e/actions/a"
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", ["system/amapi", NAME, "enterprises/e/members/a@x.org"])
def test_a_name_is_pairs_of_collection_and_id(name):
    check_name(name)


@pytest.mark.parametrize("name", ["", "system", "a/b/c", "a//b/c", "a/..", "./b", "a/__b__", "a/b/"])
def test_any_other_name_is_refused(name):
    with pytest.raises(ValueError, match="name of a document"):
        check_name(name)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "text",
        b"bytes",
        1,
        -(2**63),
        2**63 - 1,
        1.5,
        NOW,
        [1, "a"],
        (1,),
        {"k": {"n": [None]}},
        [{"k": [1]}],
    ],
)
def test_these_values_can_be_stored(value):
    check_fields({"field": value})


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("\ud83d", ValueError),
        (datetime(2026, 1, 5), ValueError),  # noqa: DTZ001  # a time without zone is what is refused
        (math.nan, ValueError),
        (math.inf, ValueError),
        (2**63, ValueError),
        (-(2**63) - 1, ValueError),
        ([[1]], ValueError),
        ({"": 1}, ValueError),
        ({"__x__": 1}, ValueError),
        ({"k": {"n": math.nan}}, ValueError),
        ({1: 1}, TypeError),
        ({1, 2}, TypeError),
        (frozenset(), TypeError),
    ],
    ids=repr,
)
def test_any_other_value_is_refused_without_being_told(value, error):
    with pytest.raises(error) as refused:
        check_fields({"field": value})
    assert "1)" not in str(refused.value)


@pytest.mark.parametrize("field", ["", "a.b", "1a", "a-b", "a" * 101])
def test_a_field_name_that_could_be_read_as_a_path_is_refused(field):
    with pytest.raises(ValueError, match="field name"):
        check_fields({field: 1})


def test_writes_are_checked_whole():
    check_writes([Create(NAME, {}), Update("a/b", {"f": 1}, 1), Delete("a/c", 1)])


@pytest.mark.parametrize(
    "writes",
    [
        [Create(NAME, {}), Delete(NAME, 1)],
        [Update(NAME, {}, 1)],
        [Delete("a", 1)],
        [Create(NAME, {"f": math.nan})],
    ],
)
def test_a_commit_that_no_store_could_take_is_refused(writes):
    with pytest.raises(ValueError):
        check_writes(writes)


def test_parent_and_collection_of_a_document():
    assert collection_of(NAME) == ("enterprises/e", "actions")
    assert collection_of("system/amapi") == ("", "system")


def test_missing_fields_are_left_out_at_the_top_only():
    assert without_none({"a": None, "b": {"c": None}}) == {"b": {"c": None}}
