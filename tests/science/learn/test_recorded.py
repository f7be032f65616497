"""Real factory data, judged honestly: the figures that the documentation states."""

import gzip

import pytest

from dure.science.learn import evaluate, load
from dure.science.learn.refusals import ShapeUnlike
from dure.science.prepare import read_each


def test_lenses_are_told_apart_as_well_as_published(learn, recorded):
    facts, _ = learn(recorded / "injection-moulding-airtlab" / "data.csv.gz", target="quality")
    assert facts["validation"]["kind"] == "stratified"
    assert facts["validation"]["folds"] == 5
    assert facts["metric"]["accuracy"] > 0.93
    assert facts["null"]["accuracy"] < 0.3


def test_capacity_of_unseen_cells_is_estimated_within_two_hundredths(learn, recorded):
    facts, _ = learn(*sorted((recorded / "battery-soh-xjtu").glob("2C*.csv.gz")), target="capacity")
    assert facts["validation"]["kind"] == "grouped"
    assert facts["validation"]["by"] == "file"
    assert facts["metric"]["mean_absolute_error"] < 0.03 < facts["null"]["mean_absolute_error"]


def test_castings_of_known_moulds_are_judged_in_time(learn, recorded):
    sources = sorted((recorded / "die-casting-kr").glob("train_group_8[46]*.csv.gz"))
    facts, _ = learn(*sources, target="passorfail", budget=10.0)
    assert facts["validation"]["kind"] == "blocked_time"
    assert {one["column"] for one in facts["left_out"]} >= {"id", "date", "time", "datetime"}
    assert [one["column"] for one in facts["to_look_at"]] == ["tryshot_signal"]
    assert facts["metric"]["roc_auc"] > 0.85
    assert facts["metric"]["average_precision"] > 10 * facts["null"]["average_precision"]


@pytest.fixture
def loops(recorded):
    return sorted((recorded / "skab").glob("valve*/*.csv.gz"))


def test_one_frozen_detector_beats_all_ones_on_the_water_loop(learn, loops, own_home):
    _, folder = learn(*loops, task="detect", normal_rows=400)
    facts = evaluate(
        load(folder, home=own_home), read_each(loops), target="anomaly", changepoint="changepoint"
    )
    assert facts["rows"] == sum(len(table.frame) - 400 for table in read_each(loops))
    assert facts["metric"]["f1"] > 0.75 > facts["null"]["f1"]
    assert facts["metric"]["nab_standard"] > 25 > facts["null"]["nab_standard"]
    assert facts["metric"]["false_alarm_rate"] < 0.3


def test_a_transposed_file_is_refused_by_the_gate(learn, recorded, own_home):
    plant = recorded / "tennessee-eastman"
    _, folder = learn(plant / "d00_te.dat.gz", task="detect")
    model = load(folder, home=own_home)
    with pytest.raises(ShapeUnlike, match="500 columns"):
        model.predict(read_each([plant / "d00.dat.gz"])[0].frame)


def test_faults_of_the_plant_are_found_without_a_label(learn, recorded, own_home):
    plant = recorded / "tennessee-eastman"
    _, folder = learn(plant / "d00_te.dat.gz", task="detect")
    model = load(folder, home=own_home)
    for fault, least in ((1, 0.95), (4, 0.95), (6, 0.95)):
        alarm = model.predict(read_each([plant / f"d{fault:02d}_te.dat.gz"])[0].frame)["alarm"].to_numpy()
        assert alarm[160:].mean() > least
        assert alarm[:160].mean() <= 0.01


def test_words_of_a_korean_line_survive_the_round(learn, recorded, own_home, tmp_path):
    content = gzip.decompress((recorded / "die-casting-kr" / "train_group_8600.csv.gz").read_bytes())
    words = content.decode("utf-8-sig").replace("passorfail", "판정").replace(",8600,0,", ",8600,양품,")
    (tmp_path / "cast.csv").write_bytes(words.replace(",8600,1,", ",8600,불량,").encode("cp949"))
    facts, folder = learn(tmp_path / "cast.csv", target="판정", families=("boosting",))
    assert facts["metric"]["roc_auc"] > 0.8
    model = load(folder, home=own_home)
    found = model.predict(read_each([tmp_path / "cast.csv"])[0].frame)
    assert set(found["prediction"].unique()) <= {"양품", "불량"}
    assert {"probability_불량", "probability_양품"} <= set(found.columns)
