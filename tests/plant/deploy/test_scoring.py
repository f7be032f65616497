"""Live scores against a real historian: the same numbers as in batch, decided once, and none made up."""

import numpy as np
import polars as pl
import pytest

from dure.plant.deploy import Deployment, Scorer, change
from dure.plant.deploy.seen import read
from dure.plant.inventory import training_table
from dure.plant.registry import open_model, withdraw
from dure.plant.transport import batch
from dure.vocabulary import Quality, Sample
from machines.historian_process import SECOND, play

START = 1_700_000_000 * SECOND


@pytest.fixture
def scorer(at_home, tmp_path):
    scorer = Scorer(at_home.historian, tmp_path / "scored")
    yield scorer
    scorer.close()


def stored(line, deployment, asset, what="score"):
    """What stands in the historian: time [ns] and value."""
    signal = deployment.signal(asset, what)
    table = line.historian.query([signal], 0, 2**61)
    return table["time"].to_pylist(), table["value"].to_pylist()


def caught_up(line, deployment, asset, time, patience=20.0):
    """Wait until a prediction of `time` can be read; all of them then."""
    from time import monotonic, sleep

    end = monotonic() + patience
    while monotonic() < end:
        times, values = stored(line, deployment, asset)
        if times and times[-1] >= time:
            return times, values
        sleep(0.02)
    raise AssertionError("no prediction came")


def in_batch(line, deployment, asset, tmp_path):
    """The same ticks by `predict` on the exported table: time [ns] and score."""
    table = training_table(
        line.historian, {asset: line.inputs(asset)}, START, line.end + 1, SECOND, out=tmp_path / "batch.parquet",
        max_age=round(deployment.max_age_s * SECOND),
    )  # fmt: skip
    frame = pl.read_parquet(table.path)
    score = open_model(deployment.model).predict(frame)["score"].to_numpy()
    return frame, frame["time"].dt.epoch("ns").to_numpy(), score


@pytest.mark.parametrize(
    "steps", [(1200,), (1, 7, 3, 60, 2, 131, 400)], ids=["caught up at once", "tick by tick"]
)
def test_live_scores_are_bit_for_bit_those_of_the_batch(at_home, deployed, scorer, tmp_path, steps):
    now, turn = START, 0
    last = {asset: int(table["time"][-1]) for asset, table in at_home.tables.items()}
    while now < at_home.end + 10 * SECOND:
        now += steps[turn % len(steps)] * SECOND + 300_000_000
        turn += 1
        scorer.tick(now)
    scorer.tick(now)
    for asset, end in last.items():
        times, values = caught_up(at_home, deployed, asset, end // SECOND * SECOND)
        frame, batch_times, scores = in_batch(at_home, deployed, asset, tmp_path)
        warm_up = open_model(deployed.model).warm_up
        expected = dict(zip(batch_times[warm_up:].tolist(), scores[warm_up:].tolist(), strict=True))
        assert len(times) > 1000
        live = {time: value for time, value in zip(times, values, strict=True) if time <= end}
        assert live == {time: expected[time] for time in live}
        for time in set(expected) - set(times):
            at = batch_times.tolist().index(time)
            # Only the gaps of the recording, longer than an input may be old, are not scored.
            assert (
                frame.slice(at - warm_up, warm_up + 1)
                .select(pl.any_horizontal(pl.all().is_null().any()))
                .item()
            )


def test_a_late_sample_does_not_change_a_scored_row(at_home, released, engineer, placed, scorer):
    asset = "late/L1"
    columns = at_home.columns
    rows = at_home.tables["pumps/P1"].select(columns).to_numpy()
    inputs = {name: f"{asset}/{name}" for name in columns}

    def at(second, values, names=columns):
        return batch(
            [
                Sample(inputs[name], START + second * SECOND, float(value))
                for name, value in zip(columns, values, strict=True)
                if name in names
            ]
        )

    deployment = placed(released, "Late", [{"asset": asset, "inputs": inputs}], engineer, lateness_s=2.0)
    for second in range(40):
        play(at_home.historian, "late", [at(second, rows[second], columns if second != 30 else columns[1:])])
    scorer.tick(START + 40 * SECOND)
    times, values = caught_up(at_home, deployment, asset, START + 39 * SECOND)
    before = dict(zip(times, values, strict=True))
    play(at_home.historian, "late", [at(30, rows[30] * 5, columns[:1])])
    play(at_home.historian, "late", [at(second, rows[second]) for second in range(40, 60)])
    scorer.tick(START + 60 * SECOND)
    times, values = caught_up(at_home, deployment, asset, START + 59 * SECOND)
    after = dict(zip(times, values, strict=True))
    assert {time: after[time] for time in before} == before
    seen = read(scorer.folder / str(deployment.pk))
    kept = dict(zip(seen["time"].to_pylist(), seen[f"in:{columns[0]}"].to_pylist(), strict=True))
    assert kept[START + 30 * SECOND] == rows[29][0]


def test_what_was_seen_reproduces_what_was_scored(at_home, deployed, scorer):
    for second in range(0, 200, 9):
        scorer.tick(START + second * SECOND)
    seen = pl.DataFrame(pl.from_arrow(read(scorer.folder / str(deployed.pk))))
    model = open_model(deployed.model)
    for asset in at_home.tables:
        own = seen.filter(pl.col("asset") == asset)
        frame = own.select(pl.col(f"in:{name}").fill_nan(None).alias(name) for name in at_home.columns)
        again = model.predict(frame)["score"].to_numpy()
        scored = own["verdict"].to_numpy() == 0
        assert scored.sum() > 100
        assert np.array_equal(again[scored], own["out:score"].to_numpy()[scored])


def health(deployment):
    return Deployment.objects.get(pk=deployment.pk).health


def test_a_stale_input_gives_no_prediction_and_one_sentence(at_home, deployed, scorer):
    scorer.tick(at_home.end + 30 * SECOND)
    for _ in range(3):
        scorer.tick(at_home.end + 600 * SECOND)
    told = health(deployed)
    assert told["state"] == "waiting"
    assert "is 6" in told["en"]
    assert "old; the limit is 60 s" in told["en"]
    assert told["ko"].startswith("대기 중")
    assert set(told["waiting"]) == set(at_home.tables)
    end = int(at_home.tables["pumps/P0"]["time"][-1])
    times, _values = caught_up(at_home, deployed, "pumps/P0", end)
    assert times[-1] <= end + 60 * SECOND


def test_before_there_is_history_enough_it_waits_and_counts(at_home, deployed, scorer):
    scorer.tick(START + 3 * SECOND)
    assert "looks back on" in health(deployed)["en"]
    assert stored(at_home, deployed, "pumps/P0") == ([], [])


def test_a_signal_that_never_spoke_is_named(at_home, released, engineer, placed, scorer):
    inputs = at_home.inputs("pumps/P0") | {"Voltage": "pumps/P9/Voltage"}
    deployment = placed(released, "One", [{"asset": "pumps/P0", "inputs": inputs}], engineer)
    scorer.tick(START + 100 * SECOND)
    assert health(deployment)["en"] == "Waiting: Voltage of pumps/P0 has never spoken."


def test_a_value_the_source_marks_bad_is_not_scored(at_home, released, engineer, placed, scorer):
    asset, table = "bad/B1", at_home.tables["pumps/P0"].head(60)
    inputs = {name: f"{asset}/{name}" for name in at_home.columns}
    rows = [
        Sample(inputs[name], int(row["time"]), row[name])
        for row in table.iter_rows(named=True)
        for name in inputs
    ]
    play(at_home.historian, "bad", [batch(rows)])
    play(
        at_home.historian,
        "bad",
        [batch([Sample(inputs["Voltage"], START + 70 * SECOND, 230.0, quality=Quality.BAD)])],
    )
    deployment = placed(released, "Bad", [{"asset": asset, "inputs": inputs}], engineer)
    scorer.tick(START + 75 * SECOND)
    assert health(deployment)["en"] == "Waiting: the source marks Voltage of bad/B1 as bad."
    times, _values = caught_up(at_home, deployment, asset, START + 69 * SECOND)
    assert times[-1] == START + 69 * SECOND


def test_a_withdrawn_release_stops_the_scores(deployed, engineer, scorer):
    scorer.tick(START + 60 * SECOND)
    withdraw(deployed.model, engineer, "it was trained on the wrong week")
    scorer.tick(START + 120 * SECOND)
    told = health(deployed)
    assert told["state"] == "waiting"
    assert "is not released" in told["en"]
    assert read(scorer.folder / str(deployed.pk))["time"].to_pylist()[-1] <= START + 60 * SECOND


def test_a_changed_package_is_refused_and_said(deployed, scorer):
    card = deployed.model.folder / "card.json"
    before = card.read_bytes()
    try:
        card.write_bytes(before.replace(b"detect", b"defect"))
        scorer.tick(START + 60 * SECOND)
    finally:
        card.write_bytes(before)
    assert "are not those that were registered" in health(deployed)["en"]


def test_stopped_and_begun_again_it_goes_on_from_now(at_home, deployed, engineer, scorer):
    scorer.tick(START + 100 * SECOND)
    change(deployed, "stopped", engineer, "pump is overhauled")
    scorer.tick(START + 110 * SECOND)
    again = change(deployed, "shadow", engineer, "pump is back")
    Deployment.objects.filter(pk=again.pk).update(since=START + 500 * SECOND)
    scorer.tick(START + 520 * SECOND)
    times, _values = caught_up(at_home, deployed, "pumps/P0", START + 520 * SECOND)
    assert START + 300 * SECOND not in times
    # With history to look back on, its first tick is scored at once.
    assert min(time for time in times if time > START + 110 * SECOND) == START + 500 * SECOND


def test_a_new_scorer_stands_where_the_old_one_stood(at_home, deployed, tmp_path):
    for first, last in [(0, 150), (150, 300)]:
        one = Scorer(at_home.historian, tmp_path / "scored")
        for second in range(first, last, 10):
            one.tick(START + second * SECOND)
        one.close()
    seen = read(tmp_path / "scored" / str(deployed.pk))
    pairs = list(zip(seen["asset"].to_pylist(), seen["time"].to_pylist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert len(pairs) == 3 * 291


def test_the_share_outside_the_training_range_is_watched(at_home, deployed, scorer):
    scorer.tick(START + 900 * SECOND)
    told = health(deployed)
    assert set(told["outside"]) == set(at_home.columns)
    assert 0 < max(told["outside"].values()) <= 1
