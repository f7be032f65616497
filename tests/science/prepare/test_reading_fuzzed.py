"""Whatever bytes come, the answer is a table or one sentence, never a crash."""

import csv
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.prepare import read
from dure.vocabulary import FileProblem

PARTS = st.sampled_from(
    [b"a", b"1", b"-2.5", b",", b";", b"\t", b" ", b"\n", b"\r\n", b'"', b"\x00", b"\xb0C", "온도".encode(), "가동".encode("cp949"),
     b"PAR1", b"PK\x03\x04", b"\x1f\x8b\x08", b"{", b"[{", b'{"a": 1}\n', b"NaN", b"2024-03-05 10:00:00", b"\xef\xbb\xbf", b"\xff\xfe"]
)  # fmt: skip
BYTES = st.one_of(st.binary(max_size=200), st.lists(PARTS, max_size=40).map(b"".join))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzzed") / "rows.csv"


@settings(max_examples=400, deadline=None)
@given(content=BYTES, packed=st.booleans())
def test_any_bytes_are_a_table_or_are_refused(place, content, packed):
    place.write_bytes(gzip.compress(content) if packed else content)
    outcome = outcome_of(place)
    if isinstance(outcome, FileProblem):
        assert str(place) in outcome.message
    else:
        assert len(outcome.frame) == sum(outcome.rows_per_source) > 0


def outcome_of(path):
    try:
        return read([path])
    except FileProblem as refusal:
        return refusal


WORDS = st.text(st.characters(codec="cp949", exclude_categories=["C", "Z"]), min_size=1, max_size=6).filter(
    lambda word: not word.startswith("#")
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.tuples(WORDS, st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6).map(lambda x: x + 0.0)),
        min_size=2,
        max_size=12,
    ),
    sign=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp949", "utf-16"]),
)
def test_what_was_written_is_what_is_read(place, rows, sign, encoding):
    text = io.StringIO()
    csv.writer(text, delimiter=sign).writerows([("이름", "count", "bar"), *rows])
    place.write_bytes(text.getvalue().encode(encoding))
    frame = read([place]).frame
    assert frame.columns == ["이름", "count", "bar"]
    assert frame["count"].to_list() == [row[1] for row in rows]
    assert frame["bar"].to_list() == [row[2] for row in rows]
