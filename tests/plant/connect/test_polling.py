"""Polling: tag tables, blocks, bytes and pace."""

import asyncio
import math
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect import SourceLost
from dure.plant.connect.polling import (
    ORDERS,
    Memory,
    Pace,
    Readout,
    Spot,
    Tag,
    TagTableRefused,
    TagTableUnreadable,
    TagTooLong,
    ValueOutside,
    cells_of,
    decode,
    encode,
    halves,
    joined,
    plan,
    poll,
    read_tags,
    refused,
)
from dure.vocabulary import Text, use_language

NUMBERS = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bcd", "bcd32")  # fmt: skip
TYPES = (*NUMBERS, "string(1)", "string(5)", "string(12)")


@st.composite
def tags_and_bounds(draw):
    """Tags anywhere in two spaces, the width of a cell, a limit that holds each of them, and a hole."""
    cell = draw(st.sampled_from([1, 8, 16]))
    count = draw(st.integers(1, 40))
    tags = [
        Tag(
            f"t{n}",
            f"{draw(st.sampled_from('DM'))}{draw(st.integers(0, 300))}",
            draw(st.sampled_from(["bool"] if cell == 1 else TYPES)),
            words=draw(st.sampled_from(ORDERS)),
        )
        for n in range(count)
    ]
    return tags, cell, draw(st.integers(12, 125)), draw(st.integers(0, 30))


def located(cell):
    return lambda tag: Spot(tag.address[0], int(tag.address[1:]), cells_of(tag, cell))


@given(tags_and_bounds())
def test_a_plan_covers_every_tag_once_and_exceeds_no_limit(given_):
    tags, cell, limit, hole = given_
    blocks = plan(tags, located(cell), limit=limit, hole=hole, cell=cell)
    assert sorted(place for block in blocks for place in block.places) == list(range(len(tags)))
    for block in blocks:
        assert 1 <= block.cells <= limit
        ends = [block.start]
        for tag, spot, place in zip(block.tags, block.spots, block.places, strict=True):
            assert tags[place] is tag
            assert spot == located(cell)(tag)
            assert block.start <= spot.start
            assert spot.end <= block.start + block.cells
            assert spot.start - max(ends) <= hole
            ends.append(spot.end)
        assert max(ends) == block.start + block.cells
        parts = halves(block)
        assert tuple(place for part in parts for place in part.places) == (block.places if len(block.tags) > 1 else ())  # fmt: skip


@given(tags_and_bounds())
def test_no_two_blocks_of_a_plan_could_be_one(given_):
    tags, cell, limit, hole = given_
    blocks = plan(tags, located(cell), limit=limit, hole=hole, cell=cell)
    for one, other in pairwise(blocks):
        if one.space == other.space:
            first = other.spots[0]
            assert first.start - (one.start + one.cells) > hole or first.end - one.start > limit


@st.composite
def tag_and_value(draw):
    kind = draw(st.sampled_from(TYPES))
    tag = Tag(
        "t", "D3", kind, scale=draw(st.sampled_from([1.0, 0.5, 2.0])), words=draw(st.sampled_from(ORDERS))
    )
    if tag.is_text:
        words = draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=tag.width))
        return tag, words
    if kind == "bool":
        return Tag("t", "D3", "bool", words=tag.words), float(draw(st.booleans()))
    if kind.startswith("float"):
        width = int(kind[5:])
        return tag, draw(st.floats(width=width, allow_nan=False, allow_infinity=False, min_value=-(2.0**100), max_value=2.0**100)) * tag.scale  # fmt: skip
    digits = {"bcd": 10**4, "bcd32": 10**8}.get(kind)
    bits = 0 if digits else int(kind.lstrip("uint"))
    low, high = (0, digits - 1) if digits else (0, 2**bits - 1) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)  # fmt: skip
    whole = draw(st.integers(max(low, -(2**53)), min(high, 2**53)))
    return tag, whole * tag.scale


@given(tag_and_value(), st.sampled_from([8, 16]), st.integers(0, 3))
def test_what_is_encoded_is_decoded_again(given_, cell, before):
    tag, value = given_
    (block,) = plan([tag, Tag("front", f"D{3 - before}")], located(cell), limit=125, hole=125, cell=cell)
    row = block.tags.index(tag)
    content = bytearray(block.width)
    start = (block.spots[row].start - block.start) * cell // 8
    packed = encode(tag, value)
    if cell == 16 and tag.width == 1 and not tag.is_text and tag.words in ORDERS[:2]:
        packed = b"\0" + packed
    content[start : start + len(packed)] = packed[: len(content) - start]
    found = decode(block, bytes(content), time=5)
    assert found.qualities[row] == 0
    assert found.times[row] == 5
    assert found.text.get(row, found.values[row]) == value


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_bits_lie_eight_in_a_byte(bits):
    tags = [Tag(f"b{n}", f"M{n}", "bool") for n in range(len(bits))]
    (block,) = plan(tags, located(1), limit=2000, cell=1)
    packed = np.packbits(bits, bitorder="little").tobytes()
    assert decode(block, packed).values.astype(bool).tolist() == bits


@pytest.mark.parametrize("words", ORDERS)
def test_a_bit_of_a_register_is_counted_from_its_least_significant(words):
    tags = [Tag(f"b{n}", f"D0.{n}", "bool", words=words) for n in range(16)]
    (block,) = plan(tags, lambda tag: Spot("D", 0, 1, int(tag.address[3:])), limit=125)
    content = struct.pack(">H" if words in ORDERS[:2] else "<H", 0b1000_0000_0000_0101)
    assert np.flatnonzero(decode(block, content).values).tolist() == [0, 2, 15]


def test_what_is_no_number_is_bad():
    tags = [Tag("nan", "D0", "float32"), Tag("inf", "D2", "float32"), Tag("bcd", "D4", "bcd"), Tag("ok", "D5", "bcd")]  # fmt: skip
    (block,) = plan(tags, located(16), limit=125)
    found = decode(block, struct.pack(">ffHH", math.nan, math.inf, 0x12A4, 0x1234))
    assert found.qualities.tolist() == [2, 2, 2, 0]
    assert np.isnan(found.values[:3]).all()
    assert found.values[3] == 1234
    with pytest.raises(ValueError, match="11 bytes for a block of 12"):
        decode(block, bytes(11))


def test_a_signalling_nan_and_a_value_scaled_out_of_range_are_bad():
    tags = [Tag("nan", "D0", "float32"), Tag("large", "D2", "float64", scale=1e9), Tag("ok", "D6", "uint16")]
    (block,) = plan(tags, located(16), limit=125)
    content = bytes.fromhex("ffb40002") + struct.pack(">dH", 1e308, 7)
    assert decode(block, content).qualities.tolist() == [2, 2, 0]


def test_a_tag_longer_than_a_request_and_a_value_outside_its_type_are_refused():
    with pytest.raises(TagTooLong, match=r"long is longer than one request may be \(10\)"):
        plan([Tag("long", "D0", "string(30)")], located(16), limit=10)
    for kind, value in [("int16", 40_000), ("bcd", -1), ("float32", 1e39), ("uint8", math.nan), ("string(2)", "abc")]:  # fmt: skip
        with pytest.raises(ValueOutside, match=f"does not fit into t, a {kind.replace('(', '.')[:6]}"):
            encode(Tag("t", "D0", kind), value)


def test_readouts_of_blocks_become_one():
    part = refused(2, Text("gone", "없음"), time=9)
    whole = joined(4, [((3, 0), part)])
    assert whole.qualities.tolist() == [2, 2, 2, 2]
    assert whole.times is None
    assert whole.reasons[3].en == whole.reasons[0].en == "gone"


KOREAN = "이름;주소;자료형;단위;배율;오프셋;워드 순서;주기;불감대;비고\n온도;40001;REAL;℃;0.1;-5;CDAB;500 ms;0.2;1호기\n\n# 쉬는 줄\n압력;40003;;bar\n"
TOML = """
[[tag]]
id = "온도"
address = "40001"
type = "float32"
unit = "°C"
scale = 0.1
offset = -5
words = "CDAB"
every = 0.5
deadband = 0.2
description = "1호기"

[[tag]]
id = "압력"
address = 40003
unit = "bar"
"""


def test_a_table_is_read_from_text_or_file_in_either_form_and_language(tmp_path):
    expected = (
        Tag("온도", "40001", "float32", "Cel", 0.1, -5.0, "CDAB", 0.5, 0.2, "1호기"),
        Tag("압력", "40003", "uint16", "bar"),
    )
    assert read_tags(KOREAN) == read_tags(TOML) == expected
    assert read_tags('[[tag]]\n"이름" = "압력"\n"주소" = 40003\n"단위" = "bar"\n') == expected[1:]
    (tmp_path / "korean.csv").write_bytes(KOREAN.encode("cp949"))
    (tmp_path / "excel.csv").write_bytes(b"\xef\xbb\xbf" + KOREAN.replace(";", "\t").encode())
    (tmp_path / "tags.toml").write_text(TOML)
    for name in ("korean.csv", "excel.csv", "tags.toml"):
        assert read_tags(str(tmp_path / name)) == expected
    english = "ID,Address,Data Type,Unit [UCUM],Scale,Offset,Word order,Every (s),Deadband,Note\n"
    assert read_tags(english + "a,40001,dint,kPa,2,0,BADC,10,,\n")[0] == Tag("a", "40001", "int32", "kPa", 2.0, 0.0, "BADC", 10.0)  # fmt: skip


@pytest.mark.parametrize(
    ("table", "line", "says", "write"),
    [
        ("id,address\na,1\na,2\n", 3, "“a” stands in line 2 already", "another id"),
        ("id,address,typ\na,1,int\n", 1, "there is no column “typ”", "these headers: id/이름"),
        ("id,type\na,int\n", 1, "must name id and address", "these headers"),
        ("id,address,type\na,1,int\nb,2,integer128\n", 3, "no type “integer128”", "string(20)"),
        ("id,address,unit\na,1,furlongs²\n", 2, "no unit that UCUM knows", "leave it empty"),
        ("id,address,scale\na,1,0\n", 2, "a scale of 0 hides the reading", "like 0.1"),
        ("id,address,scale\na,1,1e999\n", 2, "is no number", "like 0.1"),
        ("id,address,words\na,1,ACBD\n", 2, "is no word order", "ABCD, CDAB, BADC, DCBA"),
        ("id,address,every\na,1,0\n", 2, "is no period", "500 ms"),
        ("id,address\n\n,1\n", 3, "no usable id", "a name"),
        ("id,address,scale,unit\na,1,0,1,kPa\n", 2, "more cells than the header", "a point in numbers"),
        ("id,address\na\n", 2, "no address", "its address"),
        ("id,address\n\n", 1, "there are no tags", "id,address,type,unit"),
        ('id,address\n"a,1\n', 2, "it is no CSV", "one tag a line"),
        ('[[tag]]\nid = "a"\naddress = "1"\n\n[[tag]]\nid = "b"\n', 5, "no address", "its address"),
        ('[[tag]]\nid = "a"\nadress = "1"\n', 1, "there is no “adress”", "address"),
        ('[[tag]]\nid = "a\naddress = 1\n', 2, "it is no TOML", "[[tag]]"),
        ('[[tags]]\nid = "a"\naddress = "1"\n', 1, "only [[tag]] may stand there", "[[tag]]"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_named_with_what_to_write(table, line, says, write):
    with pytest.raises(TagTableRefused) as refusal:
        read_tags(table)
    report = refusal.value.report()
    assert f"line {line}: " in report["message"]
    assert says in report["message"]
    assert write in report["remedy"]
    with use_language("ko"):
        assert f"{line}번째 줄" in refusal.value.message


@given(st.text(max_size=300))
def test_any_text_is_a_table_or_refused(text):
    try:
        tags = read_tags("id,address\n" + text + "\n")
    except TagTableRefused:
        return
    assert all(tag.id and tag.address for tag in tags)


def test_only_tables_are_read_as_files(tmp_path):
    (tmp_path / "large.csv").write_bytes(b"x" * 16_000_001)
    for name in ("/etc/shadow", str(tmp_path / "absent.csv"), str(tmp_path / "large.csv")):
        with pytest.raises(TagTableUnreadable):
            read_tags(name)


class Sink:
    """A sink that remembers rows of (name, time, value)."""

    def __init__(self, latest=0):
        self.latest, self.rows, self.gaps, self.ups = latest, [], [], []

    def put(self, readings):
        self.rows += [(readings.names[i], int(t), float(v)) for i, t, v in zip(readings.index, readings.time, readings.value, strict=True)]  # fmt: skip

    def gap(self, gap):
        self.gaps.append(gap)

    async def room(self):
        pass

    def up(self, how):
        self.ups.append(how)


def polled(tags, answers, *, sink=None, memory=None, **pace):
    """Poll until the answers are used up; each is the values of one round, or a time to spend first."""
    sink, memory, notes = sink or Sink(), memory or Memory(), []
    left = iter(answers)

    async def read(asked):
        found = next(left, None)
        if found is None:
            raise SourceLost("press", why="end")
        await asyncio.sleep(found[0])
        values = np.array(found[1][: len(asked)], float)
        return Readout(values, np.where(np.isnan(values), 2, 0).astype(np.uint8))

    async def run():
        with pytest.raises(SourceLost):
            await poll(
                tags, read, sink, source="press", pace=Pace(**pace), memory=memory, notes=notes, how="by hand"
            )

    asyncio.run(run())
    return sink, memory, notes


def test_the_pace_does_not_drift_with_slow_answers():
    sink, memory, _ = polled([Tag("a", "D0")], [(0.02, [n]) for n in range(12)], period=0.05)
    times = [time for _, time, _ in sink.rows]
    assert memory.missed == 0
    assert abs((times[-1] - times[0]) / 1e9 - 11 * 0.05) < 0.04
    assert sink.ups == ["by hand"]


def test_rounds_that_come_too_late_are_counted_and_said():
    _, memory, notes = polled([Tag("a", "D0")], [(0.16, [1.0]), (0.0, [2.0]), (0.0, [3.0])], period=0.05)
    assert memory.missed >= 2
    assert notes == [f"{memory.missed} of {memory.rounds + memory.missed} rounds left out: the answers take longer than the period"]  # fmt: skip


def test_tags_have_their_own_period():
    tags = [Tag("fast", "D0"), Tag("slow", "D1", every=0.2)]
    sink, _, _ = polled(tags, [(0.0, [1.0])] * 14, period=0.05)
    names = [name for name, _, _ in sink.rows]
    assert 2 <= names.count("press/slow") <= 4
    assert names.count("press/fast") >= 10


def test_changes_only_are_kept_and_restated():
    values = [1.0, 1.0, 1.05, 1.2, math.nan, math.nan, 1.2]
    changes = [(0.0, [v]) for v in values]
    everything, _, _ = polled([Tag("a", "D0")], changes, period=0.01)
    assert len(everything.rows) == 7
    some, _, _ = polled([Tag("a", "D0")], changes, period=0.01, changes=True)
    assert [v for _, _, v in some.rows] == pytest.approx([1.0, 1.05, 1.2, math.nan, 1.2], nan_ok=True)
    few, _, _ = polled([Tag("a", "D0", deadband=0.1)], changes, period=0.01)
    assert [v for _, _, v in few.rows] == pytest.approx([1.0, 1.2, math.nan, 1.2], nan_ok=True)
    again, _, _ = polled([Tag("a", "D0")], [(0.0, [1.0])] * 12, period=0.02, changes=True, restate=0.1)
    assert 2 <= len(again.rows) <= 4


def test_a_slow_drift_inside_the_deadband_is_measured_from_what_was_kept():
    sink, _, _ = polled([Tag("a", "D0", deadband=1.0)], [(0.0, [n * 0.4]) for n in range(8)], period=0.01)
    assert [v for _, _, v in sink.rows] == pytest.approx([0.0, 1.2, 2.4])


def test_the_stretch_without_a_link_is_a_permanent_gap():
    sink, memory, _ = polled([Tag("a", "D0")], [(0.0, [1.0])] * 3, period=0.01)
    assert sink.gaps == []
    last = memory.last
    again, _, _ = polled([Tag("a", "D0")], [(0.05, [2.0])], sink=Sink(), memory=memory, period=0.01)
    (gap,) = again.gaps
    assert (gap.source, gap.start, gap.cause, gap.filled_by) == ("press", last, "source-lost", "permanent")
    assert gap.end == again.rows[0][1]
    fresh, _, _ = polled([Tag("a", "D0")], [(0.0, [2.0])], sink=Sink(latest=5), period=0.01)
    assert fresh.gaps[0].cause == "the collector was not running"
