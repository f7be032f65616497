"""One recipe, many machines: what is chosen for each by looking forward only, and how the fleet stands on the line."""

import json

import numpy as np
import polars as pl
import pytest

from dure.foundation.ledger import Entry
from dure.plant.deploy import (
    Deployment,
    Fit,
    FleetTooSmall,
    MachineUnknown,
    Scorer,
    challenge_all,
    cold_start,
    fleet_lines,
    join,
    join_all,
    promote_all,
    put_fleet,
    rollback_all,
    train_fleet,
)
from dure.plant.deploy.fleet import choose
from dure.plant.inventory import Signal
from dure.plant.registry import register, release
from dure.science.learn import TrainRequest, train
from dure.science.prepare import read
from dure.vocabulary import Permit
from machines.historian_process import SECOND, play, samples

START = 1_700_000_000 * SECOND
MOULDS = ("8412", "8573", "8600")
INPUTS = ("cast_pressure", "low_section_speed", "high_section_speed", "upper_mold_temp1", "lower_mold_temp1")
TARGET = "biscuit_thickness"


@pytest.fixture(scope="module")
def castings(recorded):
    """Recorded castings of three moulds, in order; one weighs in by another scale, as an uncalibrated gauge would."""
    parts = []
    for mould in MOULDS:
        frame = read([recorded / "die-casting-kr" / f"train_group_{mould}.csv.gz"]).frame.head(800)
        numbers = [pl.col(name).cast(pl.Float64, strict=False) for name in (*INPUTS, TARGET)]
        parts.append(frame.select(pl.lit(mould).alias("mould"), *numbers).drop_nulls())
    whole = pl.concat(parts)
    off = pl.when(pl.col("mould") == "8600").then(1.6 * pl.col(TARGET) + 20.0).otherwise(pl.col(TARGET))
    return whole.with_columns(off.alias(TARGET))


@pytest.fixture(scope="module")
def trained(castings, line, tmp_path_factory):
    file = line.home / "castings.parquet"
    out = tmp_path_factory.mktemp("fleet") / "fleet"
    castings.write_parquet(file)
    request = TrainRequest(
        (str(file),),
        target=TARGET,
        group="mould",
        budget=10,
        families=("ridge",),
        permit=Permit.own([str(file)]),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(line.home))
        told = []
        facts = train_fleet(
            request,
            out,
            Permit.own([str(file)]),
            lambda share, stage: told.append((share, stage)),
        )
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    return out, facts, file


def test_each_machine_gets_what_is_better_on_rows_not_seen(trained, castings):
    folder, facts, _file = trained
    kinds = {one["machine"]: one for one in facts["machines"]}
    assert set(kinds) == set(MOULDS)
    assert kinds["8600"]["kind"] in {"partial", "own"}
    for one in kinds.values():
        served = one["errors"][one["kind"]]
        assert served <= one["errors"]["pooled"]
        assert one["rows"] == castings.filter(pl.col("mould") == one["machine"]).height
        assert one["en"]
        assert one["ko"]
    assert json.loads((folder / "fleet.json").read_text())["own"] == facts["own"]
    assert facts["pooled"]["validation"]["kind"] == "grouped"
    assert not (folder / "draft").exists()


def test_a_machine_like_all_others_keeps_the_model_of_all():
    rng = np.random.default_rng(3)
    truth = rng.normal(size=400)
    noise = rng.normal(scale=0.3, size=400)
    stretch = np.repeat(np.arange(4), 100)
    same = choose("M", Fit(truth, truth + noise, truth + rng.permutation(noise), np.zeros(400), stretch))
    assert same.kind == "pooled"
    assert same.calibration == {}
    better = choose("M", Fit(truth, truth + 5 * noise, truth + 0.1 * noise, np.zeros(400), stretch))
    assert better.kind == "own"
    few = choose("M", Fit(truth[:40], truth[:40], truth[:40], truth[:40], stretch[:40]))
    assert few.kind == "pooled"
    assert "40 rows" in few.en


def test_a_scale_is_learnt_only_from_stretches_before():
    """A machine whose gauge changes in the last stretch is not foreseen by its scale."""
    rng = np.random.default_rng(4)
    truth = rng.normal(size=400)
    said = truth.copy()
    said[300:] += 10.0
    found = choose("M", Fit(truth, said, np.full(400, np.nan), np.zeros(400), np.repeat(np.arange(4), 100)))
    assert found.errors["partial"] > 4.0


@pytest.mark.usefixtures("home")
def test_a_table_of_one_machine_is_no_fleet(castings, tmp_path):
    file = tmp_path / "one.parquet"
    castings.filter(pl.col("mould") == "8412").write_parquet(file)
    request = TrainRequest((str(file),), target=TARGET, group="mould", budget=5)
    with pytest.raises(FleetTooSmall):
        train_fleet(request, tmp_path / "fleet", Permit.own([str(file)]), lambda *_: None)


@pytest.fixture
def fleet(at_home, trained, engineer):
    assert at_home
    folder, _facts, file = trained
    for machine in (*MOULDS, "9001"):
        for name in INPUTS:
            Signal.objects.create(id=f"cast/{machine}/{name}", source="cast", name=name, kind="number")
    return put_fleet(folder, "Castings", engineer, asked={"request": {"sources": [str(file)]}})


def test_every_machine_stands_with_its_own_choice_and_all_move_by_one_act(fleet, engineer, at_home, trained):
    placed = join_all(fleet, engineer, "the fleet begins in shadow")
    assert {one.machine for one in placed} == set(MOULDS)
    scaled = next(one for one in fleet_lines(fleet) if one.machine == "8600")
    choice = scaled.choice
    assert scaled.deployment.calibration == choice.calibration
    assert (choice.kind == "own") == (scaled.deployment.model_id != fleet.pooled_id)
    newer = next_version(at_home, trained, engineer)
    challenged = challenge_all(fleet, newer, engineer, "a newer pooled model")
    assert len(challenged) == len(MOULDS)
    promoted = promote_all(fleet, engineer, "it did better on all")
    assert {one.model for one in promoted} == {newer}
    back = rollback_all(fleet, engineer)
    assert {one.machine for one in back} == set(MOULDS)
    again = {one.machine: one.deployment for one in fleet_lines(fleet)}
    assert again["8600"].calibration == choice.calibration
    assert {one.model_id for one in again.values()} == {one.model_id for one in placed}
    whats = set(Entry.objects.values_list("what", flat=True))
    assert {"fleet.registered", "fleet.joined", "fleet.promoted", "fleet.rolled_back"} <= whats


def next_version(line, trained, engineer):
    _folder, _facts, file = trained
    place = line.home / "fleet-2"
    if not place.exists():
        train(
            TrainRequest(
                (str(file),), target=TARGET, ignore=("mould",), budget=5, families=("ridge",), seed=1
            ),
            place,
            Permit.own([str(file)]),
        )
    model = register(place, "Castings", engineer)
    if model.release is None:
        release(model, engineer, "newer")
    return model


def test_a_new_machine_begins_at_once_and_says_what_it_does_not_know(fleet, engineer, at_home, castings):
    with pytest.raises(MachineUnknown):
        join(fleet, "7777", engineer, "not in the inventory")
    new = join(fleet, "cast/9001", engineer, "a new mould came", since=START, lateness_s=0.0)
    assert new.model == fleet.pooled
    assert new.calibration == {}
    rows = castings.filter(pl.col("mould") == "8412").select(INPUTS).head(60)
    rows = rows.with_columns(upper_mold_temp1=pl.col("upper_mold_temp1") + 500.0)
    times = pl.Series("time", START + (1 + np.arange(60, dtype=np.int64)) * SECOND)
    play(at_home.historian, "cast", [samples("cast/9001", rows.select(times, *INPUTS))])
    scorer = Scorer(at_home.historian)
    scorer.tick(START + 60 * SECOND + SECOND // 2)
    scorer.close()
    said = [one.en for one in cold_start(Deployment.objects.get(pk=new.pk))]
    assert any("of 500 rows seen" in one for one in said)
    assert any(one.startswith("upper_mold_temp1 lies at") for one in said)
    assert any("until a signal that gives labels is named" in one for one in said)
    known = join(fleet, "8412", engineer, "an old one")
    assert cold_start(known) == []
