"""Pictures as SVG: their geometry, their table, and that neither a foreign word nor a missing number harms them."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.science.paper import (
    Axis,
    Bar,
    Line,
    Plane,
    Scale,
    Words,
    bars,
    columns,
    lines,
    matrix,
    replay_picture,
    scatter,
    steps,
    ticks,
)
from dure.science.paper.drawing import room

EVIL = '<script>alert("x")</script>'
HOLE = float("nan")
NAMED = Words("key", EVIL, EVIL)


def plane(*values, kind="number"):
    places = [float(at) for at in range(len(values[0]))]
    return Plane(Axis(EVIL, kind=kind), Axis(EVIL, EVIL), places, [Line(EVIL, one) for one in values])


DRAWN = {
    "lines": lambda: lines(NAMED, plane([1.0, HOLE, 3.0, 4.0], [2.0, 2.0, 2.0, HOLE]), ([0.0] * 4, [5.0, HOLE, 5.0, 5.0])),
    "scatter": lambda: scatter(NAMED, (Axis(EVIL), Axis(EVIL)), [1.0, 2.0], [1.5, 1.5], (0.5, 0.5)),
    "bars": lambda: bars(NAMED, [Bar(EVIL, 3.5, 11.1, 3.0, 4.0), Bar(EVIL, HOLE)], Axis(EVIL, "kPa"), null=EVIL),
    "columns": lambda: columns(NAMED, Axis(EVIL), [0.0, 1.0, 2.0], [3, 0], limit=1.0),
    "steps": lambda: steps(NAMED, plane([0.1, HOLE, 0.9]), limit=(1.0, EVIL), diagonal=True, dots=True),
    "matrix": lambda: matrix(NAMED, [EVIL, "b"], [[3, 1], [0, 4]]),
    "replay": lambda: replay_picture({"points": {"true": [1.0, None, 2.0], "deployed": [1.0, 1.5, 2.0], "static": [3.0] * 3}}),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_is_plain_svg_with_its_words_and_its_table(name):
    picture = DRAWN[name]()
    tree = ET.fromstring(picture.svg)  # noqa: S314 - our own
    kinds = {one.tag for one in tree.iter()}
    assert kinds <= {"svg", "title", "desc", "text", "path", "rect", "circle"}
    assert tree.get("role") == "img"
    assert tree.get("aria-labelledby").split() == [tree.find("title").get("id"), tree.find("desc").get("id")]
    assert not any(
        "style" in one.attrib or any(key.startswith("on") for key in one.attrib) for one in tree.iter()
    )
    assert "nan" not in re.sub(r"<(title|desc)[^>]*>.*?</\1>", "", picture.svg).lower()
    assert picture.table.rows
    assert all("nan" not in cell.lower() for row in picture.table.rows for cell in row)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_the_figures_beside_an_axis_cover_what_is_drawn(low, spread):
    marks = ticks(low, low + spread)
    slack = (abs(low) + spread) * 1e-8 + 1e-6
    assert marks == sorted(marks)
    assert marks[0] <= low + slack
    assert marks[-1] >= low + spread - slack
    assert len(marks) <= 14


def test_a_value_lies_where_its_scale_says():
    assert [Scale(0, 4, 100, 500)(value) for value in (0, 1, 4)] == [100, 200, 500]
    assert Scale(3, 3, 100, 500)(3) == 100


def test_a_bar_is_as_long_as_its_value_beside_its_null():
    drawn = bars(Words("worth", "Worth"), [Bar("R²", 0.8, 0.2)], Axis("R²"), null="none").svg
    model, null = (float(wide) for wide in re.findall(r'<rect class="bar[^"]*"[^>]*width="([\d.]+)"', drawn))
    assert model == pytest.approx(4 * null, abs=0.2)


def test_only_bins_above_the_limit_would_have_raised_an_alarm():
    drawn = columns(Words("s", "Scores"), Axis("score"), [0.0, 1.0, 2.0, 3.0], [5, 3, 1], limit=2.0).svg
    assert drawn.count('class="bar"') == 2
    assert drawn.count('class="bar over"') == 1


def test_a_gap_in_the_values_is_a_gap_in_the_line_and_in_its_band():
    picture = lines(
        Words("l", "R"),
        Plane(Axis("row"), Axis("R"), [0.0, 1.0, 2.0, 3.0, 4.0], [Line("a", [1.0, 2.0, HOLE, 2.0, 3.0])]),
        ([0.0, 0.0, HOLE, 0.0, 0.0], [4.0] * 5),
    )
    trace = re.search(r'class="trace" d="([^"]+)"', picture.svg)[1]
    assert (trace.count("M"), trace.count("L")) == (2, 2)
    assert re.search(r'class="usual" d="([^"]+)"', picture.svg)[1].count("Z") == 2


def test_words_on_a_phone_stay_in_the_picture():
    """Where letters are largest, the right end of every word of a bar lies inside."""
    rows = [Bar("첫째 금형", 0.0196, 0.0801), Bar("둘째 금형", 0.0107, 0.0917)]
    drawn = bars(Words("b", "오차"), rows, Axis("오차", "mg/m3"), null="모델 없음")
    tree = ET.fromstring(drawn.svg)  # noqa: S314 - our own
    ends = [
        float(one.get("x")) + room(one.text) for one in tree.iter("text") if one.get("text-anchor") is None
    ]
    assert max(ends) <= 480
