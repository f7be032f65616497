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


NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 2) + 0.0)
PREAMBLES = st.lists(
    st.sampled_from(
        ["Gerät: Presse 4", "Serial;0017", "Exported 05.03.2024 14:00", "Note;a", "", "# made by hand"]
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from(["run", "off"])), min_size=3, max_size=30),
    preamble=PREAMBLES,
    units=st.booleans(),
    encoding=st.sampled_from(["utf-8", "latin-1", "utf-16"]),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_a_german_export_below_any_preamble_is_read_as_it_was_written(  # noqa: PLR0917 - what hypothesis varies
    place, rows, preamble, units, encoding, ends
):
    lines = [*preamble, "Zeit;Druck;Zustand", *(["s;bar;-"] if units else [])]
    lines += [f"{a:.2f};{b:.2f};{state}".replace(".", ",") for a, b, state in rows]
    place.write_bytes(ends.join(lines).encode(encoding))
    table = read([place])
    assert table.frame.columns == ["Zeit", "Druck", "Zustand"]
    assert table.frame.rows() == [tuple(row) for row in rows]
    assert ("bar" in table.units.values()) == units
    kept = [line for line in preamble if line.strip()]
    said = [one.facts["lines"] for one in table.notes if one.key == "header-preamble"]
    assert said == ([len(kept)] if kept else [])
