"""What takes long at ten million rows: told how far it is, stopped, and never in the way of other requests."""

import threading
import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.studio import desk as desks
from dure.plant.studio import looking, ordering
from dure.plant.studio.background import Background, Stopped

KEYS = st.lists(st.tuples(st.one_of(st.none(), st.floats(-3, 3, width=16), st.just(float("nan"))), st.sampled_from(["a", "b", None])), min_size=1, max_size=60)  # fmt: skip


@pytest.fixture
def gate(monkeypatch):
    """Every look of a table of more than two rows waits here, ready to be stopped, until it is set."""
    opened = threading.Event()
    monkeypatch.setattr(desks, "LARGE", 3)

    def waiting(work):
        def held(*given, **named):
            tell = named.get("tell") or given[-1]
            while not opened.wait(0.01):
                tell(0.5)
            return work(*given, **named)

        return held

    for name in ("_places", "distinct", "summary", "pivot", "chart"):
        monkeypatch.setattr(looking, name, waiting(getattr(looking, name)))
    yield opened
    opened.set()


def until(there, seconds=20.0):
    end = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def temps(client, sheet):
    return client.get(f"/sheet/{sheet.pk}/cells", {"from": 0, "to": 9, "columns": "temp"}).json()["cells"][0]


@pytest.mark.django_db
def test_while_rows_are_put_in_order_the_page_works_and_shows_them_as_they_were(gate, post, sheet):
    status, state = post("act", {"version": 0, "kind": "sort", "by": [{"column": "press", "down": True}]})
    assert (status, state["busy"]) == (200, True)
    assert state["ordering"] is not None
    assert temps(post.client, sheet) == [20, 30, 40, None, 60]
    row = 4
    assert post("act", {"version": 1, "kind": "edit", "cells": [[row, "state", "idle"]]})[0] == 200
    gate.set()
    until(lambda: not post.client.get(f"/sheet/{sheet.pk}/state").json()["busy"])
    assert temps(post.client, sheet) == [60, None, 40, 30, 20]


@pytest.mark.django_db
def test_an_order_that_is_stopped_is_switched_off_and_may_be_switched_on_again(gate, post, sheet):
    post("act", {"version": 0, "kind": "sort", "by": [{"column": "press", "down": True}]})
    assert post("columns/stop", {})[0] == 200
    state = post.client.get(f"/sheet/{sheet.pk}/state").json()
    assert [one["on"] for one in state["actions"]] == [False]
    assert (state["busy"], state["sort"]) == (False, [])
    gate.set()
    post("actions/1", {"version": state["version"], "off": False})
    until(lambda: not post.client.get(f"/sheet/{sheet.pk}/state").json()["busy"])
    assert temps(post.client, sheet) == [60, None, 40, 30, 20]


LOOKS = [("distinct", None, "distinct", 2), ("summary", None, "rows", 5), ("pivot", {"rows": ["state"], "columns": [], "values": []}, "rows", 2), ("chart", {"x": "", "y": ["press"], "points": 10}, "bucket", 1)]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "body", "told", "is_"), LOOKS)
def test_a_long_look_tells_how_far_it_is_and_is_stopped_by_its_key(gate, post, sheet, kind, body, told, is_):  # noqa: PLR0917 - a case
    def ask():
        found = post.client.get(f"/sheet/{sheet.pk}/{kind}", {"column": "state"}) if body is None else None
        return (found.status_code, found.json()) if found else post(kind, {"version": 0, **body})

    status, busy = ask()
    assert status == 202
    assert 0 <= busy["busy"] <= 1
    assert post("columns/stop", {"look": busy["look"]})[0] == 200
    status, refused = until(lambda: (found := ask())[0] != 202 and found)
    assert (status, refused["error"]["key"]) == (400, "sheet-stopped")
    gate.set()
    status, found = until(lambda: (found := ask())[0] == 200 and found)
    assert (status, found[told]) == (200, is_)
    assert post("columns/stop", {"look": "../x"})[0] == 400


def test_a_look_that_nobody_asks_for_is_given_up():
    over = threading.Event()

    def endless(tell):
        try:
            while True:
                tell(0.1)
                time.sleep(0.01)
        except Stopped:
            over.set()
            raise

    looks = Background(patience=0.1)
    assert not looks.ask("x", endless, 0.01).over.is_set()
    assert over.wait(10)


@given(KEYS, st.booleans(), st.booleans())
def test_rows_in_buckets_are_in_the_order_of_one_sort(rows, first_down, second_down):
    columns = [pl.Series([one for one, _ in rows], dtype=pl.Float64), pl.Series([one for _, one in rows], dtype=pl.String)]  # fmt: skip
    whole = ordering.ordered(columns, [first_down, second_down]).tolist()
    small, stretch, ordering._SMALL, ordering.STRETCH = ordering._SMALL, ordering.STRETCH, 4, 7
    try:
        assert ordering.ordered(columns, [first_down, second_down]).tolist() == whole
    finally:
        ordering._SMALL, ordering.STRETCH = small, stretch


def test_what_is_reckoned_in_parts_is_what_is_reckoned_whole(monkeypatch):
    luck = np.random.default_rng(3)
    frame = pl.DataFrame({"a": luck.choice(["x", "y", None], 500), "b": luck.integers(0, 9, 500), "v": luck.normal(size=500)})  # fmt: skip
    values = [{"column": "v", "how": how} for how in looking.HOWS]
    whole = looking.grouped(frame, ["a", "b"], values), looking._counted(frame["b"].alias("value"), looking.quiet), looking.histogram(frame["v"].to_numpy(), 9)  # fmt: skip
    monkeypatch.setattr(looking, "STRETCH", 60)
    told = []
    parts = looking.grouped(frame, ["a", "b"], values, told.append), looking._counted(frame["b"].alias("value"), told.append), looking.histogram(frame["v"].to_numpy(), 9)  # fmt: skip
    for name in whole[0].columns:
        assert parts[0][name].to_list() == [
            pytest.approx(one) if isinstance(one, float) else one for one in whole[0][name]
        ], name  # the last bits of a sum differ
    assert parts[1].sort("value").equals(whole[1].sort("value").cast({"count": parts[1]["count"].dtype}))
    assert parts[1]["count"].to_list() == sorted(parts[1]["count"], reverse=True)
    assert parts[2] == whole[2]
    assert len(told) > 12
