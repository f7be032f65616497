"""Requests are foreign input: whatever bytes come, they are a checked request or a refusal."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.plant.historian import RequestRefused
from dure.plant.historian.requests import REQUESTS, parse

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
arguments = sorted({name for checks in REQUESTS.values() for name in checks})


def parsed_or_refused(message):
    try:
        do, found = parse(message)
    except RequestRefused as refused:
        assert "\n" not in refused.message  # noqa: PT017 - either outcome is right, both are looked at
        return
    assert set(REQUESTS[do]) <= set(found)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_refused(message):
    parsed_or_refused(message)


@given(st.sampled_from(sorted(REQUESTS)), st.dictionaries(st.sampled_from(arguments), anything, max_size=5))
@settings(max_examples=300)
def test_any_arguments_are_checked_or_refused(do, given_arguments):
    parsed_or_refused(json.dumps({"do": do, **given_arguments}).encode())


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"do": "query", "signals": ["a"], "start": 0}, "end: not a whole number"),
        ({"do": "query", "signals": ["a"], "start": 5, "end": 4}, "start lies after end"),
        ({"do": "query", "signals": "a", "start": 0, "end": 1}, "signals: not a list"),
        ({"do": "query", "signals": ["a"] * 5_001, "start": 0, "end": 1}, "at most 5000 signals"),
        ({"do": "query", "signals": ["x" * 501], "start": 0, "end": 1}, "1 to 500 characters"),
        ({"do": "query", "signals": [], "start": 0, "end": 1, "sql": "DROP"}, "unknown argument sql"),
        ({"do": "trend", "signals": [], "start": 0, "end": 1, "points": 10_001}, "points"),
        ({"do": "every", "signals": [], "start": 0, "end": 1, "every": 0}, "every"),
        ({"do": "feed", "after": None, "wait": 3600, "json": True}, "wait"),
        ({"do": "append", "source": "../../etc", "rows": []}, "source: not a slug"),
        ({"do": "append", "source": "a", "rows": [["s", 1, 0, 1.0, None, 9, 1]]}, "rows: not a whole number from 0 to 2"),
        ({"do": "compact", "day": "2026-13-01"}, "day"),
        ({"do": "__init__"}, "no such operation"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_argument(request_, reason):
    with pytest.raises(RequestRefused, match=reason):
        parse(json.dumps(request_).encode())


def test_a_bomb_of_brackets_is_refused():
    with pytest.raises(RequestRefused, match="not JSON"):
        parse(b"[" * 1_000_000)
