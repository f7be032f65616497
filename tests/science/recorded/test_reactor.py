"""Tennessee Eastman: eleven states learnt from the training runs and told apart in the test runs; faults without labels."""

import gzip

import polars as pl
import pytest

FAULTS, ONSET, LAST = range(11), 160, 460
NAMES = [*(f"XMEAS{at}" for at in range(1, 42)), *(f"XMV{at}" for at in range(1, 12))]


@pytest.fixture(scope="module")
def plant(recorded):
    return recorded / "tennessee-eastman"


@pytest.fixture(scope="module")
def runs(plant, table):
    """Each run with its fault as the class; in the test runs the rows after the onset only."""

    def made(fault, part):
        with gzip.open(plant / f"d{fault:02d}{part}.dat.gz", "rt") as file:
            rows = [[float(word) for word in line.split()] for line in file]
        rows = list(zip(*rows, strict=True)) if len(rows) == len(NAMES) else rows
        rows = rows[ONSET:LAST] if part else rows
        frame = pl.DataFrame(rows, schema=NAMES, orient="row").with_columns(fault=pl.lit(f"fault {fault}"))
        return table(f"d{fault:02d}{part}.csv", frame)

    return {part: [made(fault, part) for fault in FAULTS] for part in ("", "_te")}


@pytest.fixture(scope="module")
def classes(dure, runs, place):
    return dure("train", *runs[""], "--target", "fault", "--budget", "10s", "-o", place / "classes")


def test_the_file_on_its_side_is_noticed_and_turned_among_others(dure, findings, plant):
    assert ("looks-transposed", "table") in findings(plant / "d00.dat.gz")
    files = [plant / f"d{fault:02d}.dat.gz" for fault in range(6)]
    found = dure("profile", *files)
    assert found["rows"] == 500 + 5 * 480
    assert len(found["columns"]) == 52
    assert any(one["key"] == "turned" and "d00.dat.gz" in one["message"] for one in found["findings"])


def test_eleven_states_are_told_apart_in_runs_never_seen(dure, classes, runs, proves):
    assert classes["validation"]["by"] == "file"
    proves("tennessee-eastman, d00–d10 cut into stretches", "accuracy", classes)
    proves("tennessee-eastman, _te runs", "accuracy", dure("evaluate", classes["model"], *runs["_te"]))


def test_rows_and_order_are_kept(keeps_rows, classes, runs):
    keeps_rows(classes["model"], runs["_te"][4], "prediction", "probability_fault 4")


def test_faults_are_found_without_a_label(dure, plant, place, table, proves):
    model = dure("train", plant / "d00_te.dat.gz", "--task", "detect", "-o", place / "detector")["model"]
    quiet = dure("evaluate", model, plant / "d00_te.dat.gz")
    assert quiet["metric"]["alarms_per_1000_rows"] <= 10
    labelled = []
    for fault in (1, 4, 6):
        with gzip.open(plant / f"d{fault:02d}_te.dat.gz", "rt") as file:
            rows = [[float(word) for word in line.split()] for line in file]
        frame = pl.DataFrame(rows, schema=[f"column_{at}" for at in range(1, 53)], orient="row")
        abnormal = (pl.int_range(pl.len()) >= ONSET).cast(pl.Int8).alias("anomaly")
        labelled.append(table(f"labelled-{fault}.csv", frame.with_columns(abnormal)))
    proves(
        "tennessee-eastman, faults 1, 4, 6 without labels",
        "f1",
        dure("evaluate", model, *labelled, "--target", "anomaly"),
    )
