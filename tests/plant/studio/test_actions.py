"""Actions: undone they leave nothing, typed cells are what eager Polars says, nothing is lost to others or to a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dure.plant.studio import Desk
from dure.plant.studio.grid import Grid, print_of
from dure.plant.studio.journal import History, Journal
from dure.plant.studio.refusals import SheetMovedOn
from dure.science.formula import FUNCTIONS
from dure.vocabulary import Permit

EVENTS = st.one_of(
    st.fixed_dictionaries(
        {
            "do": st.just("act"),
            "kind": st.just("hide"),
            "settings": st.fixed_dictionaries({"columns": st.lists(st.sampled_from("abc"), min_size=1)}),
        }
    ),
    st.fixed_dictionaries({"do": st.just("delete"), "n": st.integers(1, 6)}),
    st.fixed_dictionaries({"do": st.just("on"), "n": st.integers(1, 6), "on": st.booleans()}),
    st.fixed_dictionaries(
        {"do": st.just("change"), "n": st.integers(1, 6), "settings": st.just({"columns": ["z"]})}
    ),
    st.just({"do": "undo"}),
    st.just({"do": "redo"}),
)


@given(st.lists(EVENTS, max_size=20), EVENTS.filter(lambda one: one["do"] not in ("undo", "redo")))
def test_undo_after_do_is_nothing_and_redo_after_undo_is_the_same(before, one):
    history = History()
    for event in before:
        history = history.then(event)
    done = history.then(one)
    undone = done.then({"do": "undo"})
    assert undone.actions == history.actions
    assert undone.then({"do": "redo"}).actions == done.actions
    assert done.version == history.version + 1


CELLS = st.lists(
    st.tuples(
        st.integers(0, 19),
        st.sampled_from(["a", "b"]),
        st.one_of(st.none(), st.floats(-1e6, 1e6), st.integers(-9, 9)),
    ),
    max_size=15,
)
OPS = st.lists(
    st.one_of(
        CELLS.filter(bool).map(lambda cells: ("edit", {"cells": [list(one) for one in cells]})),
        st.lists(st.integers(0, 19), min_size=1, max_size=4, unique=True).map(
            lambda rows: ("delete_rows", {"rows": rows})
        ),
        st.tuples(st.one_of(st.none(), st.integers(0, 19)), st.integers(1, 3)).map(
            lambda one: ("insert_rows", {"after": one[0], "count": one[1]})
        ),
    ),
    max_size=6,
)


@example([("delete_rows", {"rows": [0]}), ("edit", {"cells": [[0, "b", None], [1, "a", None]]})])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(OPS)
def test_the_overlay_of_typed_cells_is_what_eager_polars_says(ops):
    from dure.plant.studio.folding import folded
    from dure.plant.studio.keeping import Cache

    frame = pl.DataFrame({"a": [float(one) for one in range(20)], "b": list(range(20))})
    source = Grid(frame, None, 20, {name: print_of("t", name) for name in frame.columns}, "rows")
    history, rows = History(), [{"id": at, "a": float(at), "b": at} for at in range(20)]
    new = 20
    history = history.then(
        {"do": "act", "kind": "formula", "settings": {"column": "c", "text": "=[a]*2+LAG([b], 1)"}}
    )
    for kind, facts in ops:
        ids = {one["id"] for one in rows}
        if kind == "edit" and all(
            not {row for row, name, _ in facts["cells"] if name == column} & ids for column in ("a", "b")
        ):
            continue
        if kind == "insert_rows" and facts["after"] is not None and facts["after"] not in ids:
            continue
        history = history.then({"do": "act", "kind": kind, "settings": facts})
        new = _eagerly(rows, kind, facts, new)
    grid = folded(
        source,
        history.actions,
        FUNCTIONS,
        Cache(Path("/nowhere")),
        lambda _key, _work: 0.0,
        Permit.own(["x"]),
    )
    told = {name: {int(n): one for n, one in grid.wrong.items()} for name in ["wrong"]}["wrong"]
    assert all("no longer there" in str(one) for one in told.values())
    assert grid.all_ids().tolist() == [one["id"] for one in rows]
    assert grid.frame["a"].to_list() == [one["a"] for one in rows]
    assert grid.frame["b"].cast(pl.Float64).to_list() == [
        None if one["b"] is None else float(one["b"]) for one in rows
    ]
    eager = pl.DataFrame(
        {
            "a": [one["a"] for one in rows],
            "b": [None if one["b"] is None else float(one["b"]) for one in rows],
        },
        schema={"a": pl.Float64, "b": pl.Float64},
    )
    assert (
        grid.frame["c"].to_list()
        == eager.select(pl.col("a") * 2 + pl.col("b").shift(1)).to_series().to_list()
    )


def _eagerly(rows, kind, facts, new):
    if kind == "edit":
        for row, name, value in facts["cells"]:
            for one in rows:
                if one["id"] == row:
                    one[name] = value
    elif kind == "delete_rows":
        rows[:] = [one for one in rows if one["id"] not in facts["rows"]]
    else:
        at = (
            0
            if facts["after"] is None
            else next(place for place, one in enumerate(rows) if one["id"] == facts["after"]) + 1
        )
        rows[at:at] = [{"id": new + k, "a": None, "b": None} for k in range(facts["count"])]
        new += facts["count"]
    return new


WRITER = """
import sys, json
from pathlib import Path
from dure.plant.studio.journal import Journal
journal = Journal(Path(sys.argv[1]))
n = 0
while True:
    n += 1
    journal.add(lambda here: {"do": "act", "kind": "edit", "settings": {"cells": [[n, "a", "x" * (n % 3000)]]}})
    print(n, flush=True)
"""


@pytest.mark.parametrize("killed", range(3))
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(tmp_path, killed):
    (tmp_path / "sheet").mkdir()
    for _ in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "sheet")], stdout=subprocess.PIPE, text=True
        )
        said = 0
        begin = time.monotonic()
        while time.monotonic() - begin < 10 and said < 30 + 17 * killed:
            said = int(writer.stdout.readline() or said)
        os.kill(writer.pid, signal.SIGKILL)
        said = max([said, *(int(line) for line in writer.stdout.read().split() if line.isdigit())])
        writer.wait()
        writer.stdout.close()
    before = Journal(tmp_path / "sheet").history()
    assert len(before.actions) >= said
    with (tmp_path / "sheet" / "actions.jsonl").open("ab") as file:
        file.write(b'{"do":"act","kind":"edit","settings":{"cel')  # as a kill leaves it
    journal = Journal(tmp_path / "sheet")
    assert journal.history().actions == before.actions
    after = journal.add(lambda _here: {"do": "undo"})
    assert after.version == before.version + 1
    assert [json.loads(line) for line in journal.path.read_bytes().splitlines()][-1] == {"do": "undo"}


@pytest.mark.django_db
def test_two_people_type_at_once_and_only_the_same_cell_is_refused(sheet):
    kim, lee = Desk(sheet), Desk(sheet)
    kim.act({"version": 0, "kind": "edit", "cells": [[0, "temp", 21]]}, "Kim")
    lee.act({"version": 0, "kind": "edit", "cells": [[1, "temp", 31]]}, "Lee")
    with pytest.raises(SheetMovedOn, match=r"Kim changed “temp” row 1 \(at: 2024-03-05\) in the meantime"):
        lee.act({"version": 0, "kind": "edit", "cells": [[0, "temp", 99]]}, "Lee")
    assert Desk(sheet).grid.frame["temp"].to_list() == [21, 31, 40, None, 60]
    with pytest.raises(SheetMovedOn):
        lee.undo({"version": 0}, "Lee")
    lee.act({"version": 2, "kind": "edit", "cells": [[0, "temp", 99]]}, "Lee")
    assert Desk(sheet).grid.frame["temp"].to_list()[0] == 99


def test_two_processes_write_one_journal(tmp_path):
    one, other = Journal(tmp_path), Journal(tmp_path)
    for turn in range(6):
        (one if turn % 2 else other).add(
            lambda _here, turn=turn: {"do": "act", "kind": "edit", "settings": {"cells": [[turn, "a", 1]]}}
        )
    assert one.history().actions == other.history().actions
    assert one.history().version == 6
