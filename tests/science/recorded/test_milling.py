"""CNC milling: a worn tool, labelled run by run; of ten runs little can be promised for others, and that is said."""

import polars as pl
import pytest

LEARNT, HELD = (1, 2, 3, 4, 6, 7, 8, 9, 11, 13), (5, 10, 12)
KNOWN_AFTER = ("machining_finalized", "passed_visual_inspection", "material", "feedrate", "clamp_pressure")


@pytest.fixture(scope="module")
def folder(recorded):
    return recorded / "cnc-kamp"


@pytest.fixture(scope="module")
def tables(dure, folder, table, frame_of, place):
    """Every fourth row of each run with the run's label joined; runs held back follow the recipe of those learnt from."""

    def made(name, runs, *more):
        rows = [
            frame_of(folder / f"experiment_{run:02d}.csv.gz").with_columns(run=pl.lit(run)).gather_every(4)
            for run in runs
        ]
        path, out = table(f"{name}.csv", pl.concat(rows, how="vertical_relaxed")), place / f"{name}-ready.csv"
        return dure("prepare", path, *more, "-o", out)

    asked = (
        "--join",
        folder / "train.csv",
        "--on",
        "run=No",
        "--target",
        "tool_condition",
        "--ignore",
        "run",
    )
    learnt = made("learnt", LEARNT, *asked)
    return learnt, made("held", HELD, "--recipe", learnt["recipe"])


@pytest.fixture(scope="module")
def model(dure, tables, place):
    learnt, _ = tables
    ignored = [
        name for name in KNOWN_AFTER if name in pl.read_csv(learnt["out"], infer_schema_length=None).columns
    ]
    asked = ("--target", "tool_condition", "--group", "run", "--ignore", ",".join(ignored), "--budget", "6s")
    return dure("train", learnt["out"], *asked, "-o", place / "model")


def test_the_profile_finds_signals_that_never_move_and_copies(findings, folder):
    said = findings(folder / "experiment_*.csv.gz")
    assert any(key == "constant-column" and "Z_CurrentFeedback" in where for key, where in said)
    assert any(key == "copied-column" and "X_SetPosition" in where for key, where in said)


def test_every_row_of_a_run_gets_the_label_of_the_run(tables, folder):
    condition = dict(pl.read_csv(folder / "train.csv").select("No", "tool_condition").iter_rows())
    for facts in tables:
        found = pl.read_csv(facts["out"], infer_schema_length=None).select("run", "tool_condition").unique()
        assert dict(found.iter_rows()) == {run: condition[run] for run, _ in found.iter_rows()}


def test_what_the_card_promises_of_ten_runs_does_not_hold_on_others_and_both_are_said(dure, model, tables):
    assert model["validation"]["kind"] == "grouped"
    assert model["validation"]["by"] == "run"
    assert {"S_SystemInertia", "Z_SetVelocity"} <= {one["column"] for one in model["to_look_at"]}
    assert any(
        "Only 10" in words and "another may be predicted much worse" in words for words in model["words"]
    )
    found = dure("evaluate", model["model"], tables[1]["out"])
    assert found["metric"]["accuracy"] < found["null"]["accuracy"]
    assert found["metric"]["log_loss"] > found["null"]["log_loss"]


def test_rows_and_order_are_kept(keeps_rows, model, tables):
    keeps_rows(model["model"], tables[1]["out"], "prediction", "probability_worn")
