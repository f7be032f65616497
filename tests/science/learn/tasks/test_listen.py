"""Listening from the file to the verdict, on recorded bearings held out by load or recording."""

import shutil

import numpy as np
import polars as pl
import pytest
import soundfile

from dure.science.learn import TrainRequest, evaluate, load, train
from dure.science.learn.tasks import asked_tasks
from dure.science.learn.tasks.listen import NothingToBeHeard
from dure.science.prepare import read, read_each
from dure.vocabulary import Permit

LISTEN = asked_tasks()["listen"]


def shaped(source, **asked):
    return LISTEN.shape(TrainRequest((str(source),), task="listen", **asked), read([source]))


def learnt(source, out, **asked):
    source = str(source)
    facts = train(TrainRequest((source,), task="listen", budget=1.0, **asked), out, Permit.own([source]))
    return facts, load(out, home=out.parent / "home")


@pytest.fixture(scope="module")
def listened(recorded, tmp_path_factory):
    """Models of the recorded bearings, by what they were asked."""
    folder = tmp_path_factory.mktemp("listened")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(folder / "home"))
        patch.setenv("DURE_LANG", "en")
        yield learnt(
            recorded / "bearing-mfpt",
            folder / "mfpt",
            target="name 1",
            group="name 3",
            families=("boosting",),
        )


@pytest.fixture(scope="module")
def by_load(bearings, tmp_path_factory):
    """The three faults of the other recorded bearings, told by a model that never heard that load."""
    folder = tmp_path_factory.mktemp("by_load")
    own = folder / "faults"
    shutil.copytree(bearings, own, symlinks=True, ignore=shutil.ignore_patterns("normal*"))
    lines = (own / "list.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (own / "list.csv").write_text(
        "".join(one for one in lines if not one.startswith("normal")), encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(folder / "home"))
        patch.setenv("DURE_LANG", "en")
        return learnt(own, folder / "model", target="fault", group="load", families=("boosting",))


def test_a_race_is_told_from_recordings_that_were_never_heard(listened):
    facts, _ = listened
    assert facts["validation"]["kind"] == "grouped"
    assert facts["metric"]["accuracy"] > 0.9
    assert facts["null"]["accuracy"] < 0.6


def test_a_fault_is_told_under_a_load_that_was_never_heard(by_load):
    facts, _ = by_load
    assert facts["validation"]["by"] == "load"
    assert facts["metric"]["balanced_accuracy"] > 0.9
    assert facts["null"]["balanced_accuracy"] < 0.4


def test_whole_recordings_are_predicted_by_the_model_of_their_frames(listened, recorded):
    _, model = listened
    table = read([recorded / "bearing-mfpt"]).frame
    assert (model.predict(table)["prediction"] == table["name 1"]).all()


def test_the_line_gives_the_bits_of_the_batch(listened, recorded):
    _, model = listened
    _, table = shaped(recorded / "bearing-mfpt", target="name 1", group="name 3")
    frame = table.frame.gather_every(7)
    wanted, line = model.predict(frame), model.line()
    for at, row in enumerate(frame.select(line.columns).iter_rows()):
        verdict = line.push(row)
        assert verdict.prediction == wanted.item(at, "prediction")
        shares = wanted.select("probability_InnerRaceFault", "probability_OuterRaceFault").row(at)
        assert tuple(verdict.probabilities) == shares


def test_a_verdict_is_explained_by_what_is_heard(listened, recorded):
    _, model = listened
    told = model.explain(read([recorded / "bearing-mfpt"]).frame, 0)
    words = " ".join(str(one.signal) if hasattr(one, "signal") else str(one) for one in told)
    assert "race" in words, told


def test_what_sounds_unlike_the_normal_bearing_is_an_alarm(bearings, tmp_path, monkeypatch):
    monkeypatch.setenv("DURE_HOME", str(tmp_path / "home"))
    facts, model = learnt(bearings, tmp_path / "model", normal="abnormal=0")
    assert facts["metric"]["alarms_per_1000_rows"] < 60
    judged = evaluate(model, read_each([bearings]), target="abnormal")
    assert judged["metric"]["f1"] == 1.0


def test_frames_keep_their_recording_as_group_and_only_what_is_heard(bearings):
    request, table = shaped(bearings, target="fault")
    assert request.group == "recording"
    assert table.frame.columns == ["sound", "fault", "rpm", "recording"]
    assert table.frame["recording"].n_unique() == 7 < len(table.frame) / 30
    assert LISTEN.inputs(request, table.frame) == ("sound", "rpm")
    steps = LISTEN.steps(request, table.frame)
    assert [step.name() for step in steps if "envelope" in step.name()] == ["audio.envelope"]
    assert next(step.elements for step in steps if step.name() == "audio.envelope") == 9


def test_the_geometry_follows_from_the_frequencies_of_the_races(recorded):
    request, _ = shaped(recorded / "bearing-mfpt", target="name 1")
    bearing = request.found["bearing"]
    assert bearing["elements"] == 8
    assert bearing["element_diameter"] / bearing["pitch_diameter"] == pytest.approx(0.235 / 1.245, rel=1e-4)


def test_folders_are_the_classes_where_no_target_is_named(tmp_path):
    for folder, hertz in (("ok", 400), ("worn", 900)):
        (tmp_path / folder).mkdir()
        for at in range(3):
            soundfile.write(tmp_path / folder / f"{at}.wav", np.sin(np.arange(8000) * hertz / 8000), 8000)
    request, table = shaped(tmp_path)
    assert (request.target, LISTEN.base(request, table.frame)) == ("folder", "")
    request, table = shaped(tmp_path, normal="folder=ok")
    assert (request.target, LISTEN.base(request, table.frame)) == (None, "detect")


def test_a_table_without_sounds_is_refused(tmp_path):
    pl.DataFrame({"a": [1, 2, 3]}).write_csv(tmp_path / "a.csv")
    with pytest.raises(NothingToBeHeard, match="holds sounds"):
        shaped(tmp_path / "a.csv", target="a")


def test_a_refusal_names_the_first_source_of_a_folder_and_counts_the_rest(tmp_path):
    for at in range(5):
        pl.DataFrame({"a": [at, 2, 3]}).write_csv(tmp_path / f"{at}.csv")
    with pytest.raises(NothingToBeHeard) as refused:
        shaped(tmp_path, target="a")
    assert refused.value.message == f"No column of {tmp_path}/0.csv (+4) holds sounds."
