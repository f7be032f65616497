"""C-MAPSS FD001 (simulated): cycles left to engines of the test half, learnt from engines that ran until they failed."""

import gzip

import polars as pl
import pytest

NAMES = [
    "engine", "cycle", "setting_1", "setting_2", "setting_3", *(f"sensor_{at}" for at in range(1, 22)),
]  # fmt: skip
CEILING = 125  # a new engine is not told from one that has 125 cycles left


@pytest.fixture(scope="module")
def engines(recorded, table):
    """Every third cycle; what is left is counted from the last cycle, for the test half with NASA's answer added."""

    def made(part, left):
        with gzip.open(recorded / "c-mapss" / f"{part}_FD001.txt.gz", "rt") as file:
            rows = [[float(word) for word in line.split()] for line in file]
        frame = pl.DataFrame(rows, schema=NAMES, orient="row")
        last = pl.col("cycle").max().over("engine") - pl.col("cycle")
        if left:
            last += pl.col("engine").replace_strict(dict(enumerate(left, 1)), return_dtype=pl.Float64)
        return table(f"{part}.csv", frame.with_columns(left=last.clip(0, CEILING)).gather_every(3))

    answer = [float(word) for word in (recorded / "c-mapss" / "RUL_FD001.txt").read_text().split()]
    return {"train": made("train", None), "test": made("test", answer)}


@pytest.fixture(scope="module")
def model(dure, engines, place):
    asked = ("--target", "left", "--group", "engine", "--ignore", "cycle", "--budget", "6s")
    return dure("train", engines["train"], *asked, "-o", place / "model")


def test_a_table_without_a_header_and_signals_that_never_move_are_told(dure, recorded):
    found = dure("profile", recorded / "c-mapss" / "train_FD001.txt.gz")
    assert (found["rows"], len(found["columns"])) == (20_631, 26)
    keys = {one["key"] for one in found["findings"]}
    assert {"header-absent", "constant-column"} <= keys


def test_cycles_left_to_engines_never_seen(dure, model, engines, proves):
    assert model["validation"]["kind"] == "grouped"
    assert model["validation"]["by"] == "engine"
    proves("c-mapss FD001, engines held back", "root_mean_squared_error", model)
    proves(
        "c-mapss FD001, test engines",
        "root_mean_squared_error",
        dure("evaluate", model["model"], engines["test"]),
    )


def test_the_weakest_engine_is_named_as_people_name_it(model):
    assert any("weakest in engine " in words and ".0:" not in words for words in model["words"])


def test_rows_and_order_are_kept(keeps_rows, model, engines):
    keeps_rows(model["model"], engines["test"], "prediction", "lower", "upper")


def test_an_engine_is_replayed_cycle_by_cycle(dure, model, engines, proves):
    played = dure("replay", model["model"], engines["test"], "--target", "left", "--label-delay", "60 rows")
    proves("c-mapss FD001, test engines replayed", "mean_absolute_error", played, "deployed")
