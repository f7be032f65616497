"""Finding a cell and the edge of the filled ones, forwards and backwards, in what is shown."""

import numpy as np
import polars as pl
import pytest

from dure.plant.studio.finding import edge, find
from dure.plant.studio.grid import Grid
from dure.plant.studio.looking import View

pytestmark = pytest.mark.django_db


def plainly(frame, text, row, column, way):
    """The same by looking at every cell."""
    rows, wide = frame.height, frame.width
    told = [["" if one is None else (str(one).removesuffix(".0")) for one in line] for line in frame.rows()]
    at = row * wide + column
    for step in range(1, rows * wide + 1):
        place = (at + way * step) % (rows * wide)
        if text in told[place // wide][place % wide].lower():
            return place // wide, frame.columns[place % wide]
    return None


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_next_cell_is_the_one_that_looking_at_every_cell_finds(monkeypatch, shuffled):
    monkeypatch.setattr("dure.plant.studio.finding.FIRST", 7)
    luck = np.random.default_rng(3)
    frame = pl.DataFrame(
        {
            "lot": luck.choice(["A-10", "b 2", "C", ""], 60).tolist(),
            "temp": luck.choice([1.5, 10.0, None, 210.25], 60).tolist(),
            "count": luck.integers(0, 40, 60),
        },
        strict=False,
    )
    places = luck.permutation(60)[:41].astype(np.int64) if shuffled else None
    view = View(places, frame.columns, 41 if shuffled else 60, "x")
    shown = frame if places is None else frame[places]
    for text in ("10", "a-1", "b", "1.5", "39", "nowhere", "25"):
        for row, column, way in ((0, -1, 1), (13, 1, 1), (13, 1, -1), (40, 2, 1), (0, 0, -1)):
            found = find(Grid(frame), view, text, row, column, way)
            wanted = plainly(shown, text, row, column, way)
            if wanted == (row, frame.columns[column]):  # round the end to itself
                continue
            assert (None if found["row"] is None else (found["row"], found["column"])) == wanted, (
                text,
                row,
                column,
                way,
            )


def test_a_long_search_says_how_far_it_is_and_goes_on_from_there(monkeypatch):
    monkeypatch.setattr("dure.plant.studio.finding.FIRST", 10)
    frame = pl.DataFrame({"a": [f"r{at}" for at in range(1_000)]})
    view, row, parts = View(None, ["a"], 1_000), 0, 0
    while True:
        told = find(Grid(frame), view, "r777", row, -1, 1, seconds=0.0)
        parts += 1
        if told["next"] is None:
            break
        row = told["next"]
    assert (told["row"], told["column"]) == (777, "a")
    assert parts > 3


def test_the_edge_is_where_excel_goes():
    values = [1, 2, None, None, 5, 6, 7, None]
    grid, view = Grid(pl.DataFrame({"a": values})), View(None, ["a"], 8)
    assert [edge(grid, view, "a", at, 1) for at in range(8)] == [1, 4, 4, 4, 6, 6, 7, 7]
    assert [edge(grid, view, "a", at, -1) for at in range(8)] == [0, 0, 1, 1, 1, 4, 4, 6]


def test_addresses_find_and_edge(post, sheet):
    root = f"/sheet/{sheet.pk}/"
    told = post.client.get(root + "find", {"text": "OFF", "from": 2, "column": "temp"}).json()
    assert (told["row"], told["column"]) == (4, "state")
    told = post.client.get(root + "find", {"text": "2024-03-07", "from": 4, "way": "-1"}).json()
    assert (told["row"], told["column"]) == (2, "at")
    assert post.client.get(root + "edge", {"column": "temp", "from": 0, "way": 1}).json()["row"] == 2
    assert post.client.get(root + "edge", {"column": "nothere"}).status_code == 400


def test_a_pasted_head_names_the_new_columns(post, sheet):
    body = {"kind": "paste", "row": 0, "column": "new", "text": "speed\ttemp\n1\t2\n3\t4", "header": True}
    _, state = post("act", body)
    assert [one["name"] for one in state["columns"]][-2:] == ["speed", "temp (2)"]
    cells = post.client.get(f"/sheet/{sheet.pk}/cells?from=0&to=3&columns=speed&columns=temp%20(2)").json()
    assert cells["cells"] == [[1, 3, None], [2, 4, None]]
