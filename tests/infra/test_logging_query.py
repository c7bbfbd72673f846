"""The small evaluator understands what our filters use, and refuses all else."""

import pytest

from tests.infra.logging_query import entry_of, extracted, matches

LINE = {
    "severity": "INFO",
    "time": "2026-01-01T00:00:00Z",
    "function": "notify",
    "message": "mailed",
    "action": "enterprises/e/actions/a",
    "code": None,
    "call_s": 0.25,
    "logging.googleapis.com/trace": "projects/p/traces/t",
}


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ('jsonPayload.message="mailed"', True),
        ('jsonPayload.message="mail"', False),
        ('jsonPayload.message=("accepted" OR "mailed")', True),
        ('jsonPayload.message=("accepted" OR "revealed")', False),
        ("jsonPayload.call_s:*", True),
        ("jsonPayload.code:*", False),
        ("jsonPayload.absent:*", False),
        ("jsonPayload.message.inner:*", False),
        ('severity="INFO" AND resource.type="cloud_run_revision" AND jsonPayload.call_s:*', True),
        ('severity="INFO" AND jsonPayload.message="x"', False),
        ('jsonPayload.severity="INFO"', False),
        ('trace="projects/p/traces/t"', True),
        ("severity>=DEBUG", True),
        ("severity>=INFO", True),
        ("severity>=WARNING", False),
        ('timestamp>="2026-01-01T00:00:00Z"', True),
        ('timestamp>="2026-01-01T00:00:01Z"', False),
    ],
)
def test_a_filter_takes_what_it_says(query, taken):
    assert matches(query, entry_of(LINE)) is taken


@pytest.mark.parametrize(
    "query",
    [
        "",
        'jsonPayload.x!="y"',
        "severity>ERROR",
        "severity>=Loud",
        'jsonPayload.x="a" OR severity="INFO"',
        "mailed",
    ],
)
def test_what_is_not_understood_is_refused(query):
    with pytest.raises(ValueError, match="not understood"):
        matches(f'jsonPayload.message="no" AND {query}', entry_of(LINE))


@pytest.mark.parametrize(
    ("extractor", "found"),
    [
        ("EXTRACT(jsonPayload.call_s)", "0.25"),
        ("EXTRACT(jsonPayload.code)", None),
        ("EXTRACT(jsonPayload.absent)", None),
        ('REGEXP_EXTRACT(jsonPayload.action, "^enterprises/([^/]+)/")', "e"),
        ('REGEXP_EXTRACT(jsonPayload.message, "^enterprises/([^/]+)/")', None),
    ],
)
def test_an_extractor_returns_the_field(extractor, found):
    assert extracted(extractor, entry_of(LINE)) == found


@pytest.mark.parametrize(
    "extractor", ["jsonPayload.x", "EXTRACT(a b)", 'REGEXP_EXTRACT(jsonPayload.x, "no group")']
)
def test_an_extractor_that_is_not_understood_is_refused(extractor):
    with pytest.raises(ValueError, match="not understood"):
        extracted(extractor, entry_of(LINE))
