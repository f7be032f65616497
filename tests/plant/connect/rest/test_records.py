"""What an answer means: paths, times, values of any JSON."""

import json
import math
import random
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect import SourceOdd
from dure.plant.connect.polling import Odd
from dure.plant.connect.rest import RestSettings
from dure.plant.connect.rest.paths import Path, follow, parse
from dure.plant.connect.rest.records import Shape, moment, records_of
from dure.vocabulary import DureError, Quality

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANY = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4), max_leaves=20)  # fmt: skip


@given(ANY)
def test_any_answer_gives_readings_or_a_refusal(document):
    shape = Shape(RestSettings(names="n", quality="q", unit="u"))
    content = json.dumps(document).encode()
    for settings in (shape, Shape(RestSettings(time="t")), Shape(RestSettings(records="$[*][*]"))):
        try:
            records, _ = records_of(content, "application/json", settings, "mes")
        except DureError:
            continue
        for reading in settings.readings(records, 7):
            assert reading.text is not None or math.isfinite(reading.value) or reading.quality is Quality.BAD
            assert -(2**63) <= reading.time < 2**63


@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/csv", "text/plain", ""]))
def test_any_bytes_give_records_or_a_refusal(content, kind):
    shape = Shape(RestSettings())
    try:
        records, _ = records_of(content, kind, shape, "mes")
    except DureError as refusal:
        assert "mes" in str(refusal)  # noqa: PT017 - either outcome is right
    else:
        list(shape.readings(records, 7))


SOUND = (
    (b'{"data": [{"t": "2026-01-01T00:00:00Z", "n": "oven", "v": 21.5, "q": "good"}, {"t": 5, "v": null}]}', "application/json"),
    (b"t,n,v,q\n2026-01-01T00:00:00Z,oven,21.5,good\n1767225600,press,3,bad\n", "text/csv"),
)  # fmt: skip


def damaged(rounds, seed):
    """Readings and refusals of answers in which bytes were changed, dropped, doubled or put in."""
    chance, outcomes = random.Random(seed), {"read": 0, "refused": 0}  # noqa: S311 - what is tried must be tried again
    for _ in range(rounds):
        plain, kind = chance.choice(SOUND)
        content = bytearray(plain)
        for _ in range(chance.randrange(1, 6)):
            at, how = chance.randrange(len(content)), chance.randrange(4)
            content[at : at + (how != 3)] = (b"", content[at : at + 1] * 2, chance.randbytes(1), chance.choice((b'"', b"{", b"[", b",", b"1e999", b"\\u", b"\n")))[how]  # fmt: skip
        shape = Shape(RestSettings(time="t", names="n", quality="q"))
        try:
            records, _ = records_of(bytes(content), kind, shape, "mes")
        except SourceOdd:
            outcomes["refused"] += 1
            continue
        for reading in shape.readings(records, 7):
            outcomes["read"] += 1
            assert reading.text is not None or math.isfinite(reading.value) or reading.quality is Quality.BAD
            assert reading.signal
            assert -(2**63) <= reading.time < 2**63
    return outcomes


def test_damaged_answers_give_readings_or_a_refusal():
    assert min(damaged(2000, 1).values()) > 100


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_damaged_answers_give_readings_or_a_refusal():
    assert min(damaged(100_000, 2).values()) > 5000


@given(st.text(max_size=30))
def test_any_text_is_a_path_or_refused(written):
    try:
        path = parse(written)
    except Odd:
        return
    assert len(path.steps) <= 20


@given(st.lists(st.one_of(st.none(), st.integers(-999, 999), st.from_regex(r"[a-z가-힣 ]{1,8}", fullmatch=True)), max_size=6))  # fmt: skip
def test_a_path_is_read_as_it_is_written(steps):
    written = "$" + "".join(
        "[*]" if s is None else f"[{s}]" if isinstance(s, int) else f"['{s}']" for s in steps
    )
    assert parse(written) == Path(tuple(steps))


def test_a_path_that_leads_nowhere_finds_nothing():
    document = {"a": [1, {"b": 2}], "c": "words"}
    for written in ("$.a[5]", "$.a.b", "$.c.d", "$.c[0]", "$.x[*]", "$.a[-3]"):
        assert list(follow(document, parse(written))) == []
    assert list(follow(document, parse("$.a[-1].b"))) == [("", 2)]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("2026-01-01T00:00:00.000001Z", 1767225600_000001000),
        ("2026-01-01 09:00:00", 1767225600_000000000),
        (1767225600, 1767225600_000000000),
        (1767225600.5, 1767225600_500000000),
        ("1767225600123", 1767225600_123000000),
        (1767225600_123456, 1767225600_123456000),
        (1767225600_123456789, 1767225600_123456789),
        ("yesterday", None),
        (None, None),
        (True, None),
        (math.inf, None),
    ],
)
def test_times_are_read_by_their_form_and_size(given_, expected):
    assert moment(given_, ZoneInfo("Asia/Seoul")) == expected
    assert moment("9999-12-31T23:59:59Z", UTC) is None


def test_a_tag_with_a_wildcard_is_several_signals():
    shape = Shape(RestSettings(tags="id,address,scale,unit\ncell,$.cells[*].v,0.001,V\n"))
    records, _ = records_of(b'{"cells": [{"v": 3712}, {"v": 3699}]}', "application/json", shape, "mes")
    found = [(reading.signal, reading.value, reading.unit) for reading in shape.readings(records, 7)]
    assert found == [("cell/0", pytest.approx(3.712), "V"), ("cell/1", pytest.approx(3.699), "V")]


def test_a_record_without_a_usable_time_is_counted_not_kept():
    shape = Shape(RestSettings(time="t"))
    assert [r.value for r in shape.readings([{"t": 5, "v": 1}, {"t": "soon", "v": 2}, {"v": 3}], 7)] == [1.0]
    assert shape.left_out == {"a time": 2}
