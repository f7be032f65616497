"""Labels as files that `dure train` takes, back in again, and what is no such file."""

import io
import zipfile

import polars as pl
import pytest

from dure.plant.labels import mark, open_set, verdicts
from dure.plant.labels.bringing_in import take_files, take_labels
from dure.plant.labels.learning import training
from dure.plant.labels.refusals import FileNotLabels, SetWrong, TooFewMarks
from dure.plant.labels.things import things
from dure.plant.labels.weighing import segments
from dure.plant.labels.writing import labelled, table
from dure.vocabulary import ActionRefused

pytestmark = pytest.mark.django_db


def _mark_all(label_set, who, count=40):
    for place, key in enumerate(things(label_set).keys[:count]):
        mark(label_set, who, ("good", "crack")[place % 2], item=key)


def test_what_goes_out_comes_back_in(plates, person):
    _mark_all(plates, person(), 5)
    out = table(plates)
    other = open_set("again", "rows", plates.kinds, {"upload": plates.source["upload"]}, person())
    assert take_labels(other, out.write_csv().encode(), "labels.csv", person("lee")) == 5
    assert {key: one.kind for key, one in verdicts(other).items()} == {
        key: one.kind for key, one in verdicts(plates).items()
    }


def test_pictures_are_named_by_their_files(tiles, person):
    text = "\ufefffile,label,note\n" + "\n".join(
        f"{title.rpartition('/')[2]},good,금 없음" for title in things(tiles).titles[:3]
    )
    assert take_labels(tiles, text.encode(), "l.csv", person()) == 3
    assert table(tiles).get_column("file").to_list() == list(things(tiles).titles[:3])


def test_stretches_come_as_iso_or_nanoseconds(leaks, person):
    text = "signals,start,end,label\nline1/pump,2020-03-09T10:00:00+00:00,2020-03-09T10:01:00,leak\nline1/pump/Pressure,1583748120000000000,1583748180000000000,normal\n"
    assert take_labels(leaks, text.encode(), "s.csv", person()) == 2
    assert [one.verdict.kind for one in segments(leaks)] == ["leak", "normal"]
    again = open_set("again", "stretches", leaks.kinds, {"signals": []}, person())
    assert take_labels(again, table(leaks).write_csv().encode(), "t.csv", person()) == 2
    assert [(one.start, one.end) for one in segments(again)] == [
        (one.start, one.end) for one in segments(leaks)
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\1\2",
        b"file\nx\n",
        b"label\n",
        b"item,label\nrow:1:1,good\n",
        b"item,label\n,purple\n",
        b"\xff\xfe\xfd,label\n1,2\n",
        b'item,label,certainty\n"x","good","much"\n',
    ],
)
def test_a_file_without_labels_is_refused_and_changes_nothing(plates, person, content):
    with pytest.raises(FileNotLabels):
        take_labels(plates, content, "odd.csv", person())
    assert verdicts(plates) == {}


def test_half_a_good_file_is_not_half_taken(plates, person):
    key = things(plates).keys[0]
    with pytest.raises(FileNotLabels, match="line 3"):
        take_labels(plates, f"item,label\n{key},good\n{key},purple\n".encode(), "half.csv", person())
    assert verdicts(plates) == {}


def test_rows_with_their_labels_are_what_dure_train_takes(plates, person):
    _mark_all(plates, person())
    facts = training(plates, "wear", person())
    source = facts["request"]["sources"][0]
    frame = pl.read_parquet(source)
    assert (frame.height, frame.columns[-1], facts["request"]["target"]) == (40, "label", "label")
    assert facts["learnt_from"] == [f"upload:{plates.source['upload']}", f"labels:{plates.pk}"]
    assert labelled(plates).equals(frame)


def test_what_is_disputed_is_not_learnt(plates, person):
    _mark_all(plates, person())
    mark(plates, person("lee"), "crack", item=things(plates).keys[0])
    assert labelled(plates).height == 39


def test_pictures_are_learnt_from_a_folder_with_its_list(tiles, person):
    from dure.science.prepare import read

    _mark_all(tiles, person())
    facts = training(tiles, "", person())
    frame = read([facts["request"]["sources"][0]]).frame
    assert facts["request"]["task"] == "inspect"
    assert frame.height == 12
    assert sorted(frame.get_column("label").unique()) == ["crack", "good"]


def test_stretches_are_joined_to_the_signals_by_time(leaks, person, plant):
    first = -(-plant.span[0] // 10**9) * 10**9
    mark(leaks, person(), "leak", signals=["line1/pump"], start=first + 100 * 10**9, end=first + 160 * 10**9)
    mark(leaks, person(), "normal", signals=["line1/pump"], start=first, end=first + 60 * 10**9)
    facts = training(leaks, "leak", person(), historian=plant)
    frame = pl.read_parquet(facts["request"]["sources"][0])
    assert frame.get_column("label").value_counts().sort("label").rows() == [("leak", 60), ("normal", 60)]
    assert "Pressure" in frame.columns
    rest = training(leaks, "leak", person(), historian=plant, rest="normal")
    told = (
        pl.read_parquet(rest["request"]["sources"][0]).get_column("label").value_counts().sort("label").rows()
    )
    assert told == [("leak", 60), ("normal", 100)]


def test_a_training_needs_two_kinds_and_ten_labels(plates, person):
    with pytest.raises(TooFewMarks):
        training(plates, "wear", person())
    for key in things(plates).keys[:20]:
        mark(plates, person(), "good", item=key)
    with pytest.raises(TooFewMarks, match="good"):
        training(plates, "wear", person())


def test_obligations_of_the_file_travel_with_its_labels(plates, person):
    _mark_all(plates, person())
    plates.obligations = ["no-train", "no-export"]
    with pytest.raises(ActionRefused):
        training(plates, "wear", person())
    with pytest.raises(ActionRefused):
        table(plates)


def test_a_zip_of_pictures_is_taken_and_odd_files_are_not(person, recorded):
    tile = next((recorded / "surface-magnetic-tile" / "MT_Free").glob("*.jpg"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(tile, "a/1.jpg")
        archive.writestr("__MACOSX/._1.jpg", b"x")
    made = take_files([("t.zip", packed.getvalue())], "t", "pictures", [{"name": "good"}], person())
    assert list(things(made).titles) == ["a/1.jpg"]
    for name, content in (
        ("x.jpg", b"no picture"),
        ("x.zip", b"PK\x03\x04broken"),
        ("x.wav", b"RIFF1234WAVE"),
    ):
        with pytest.raises(SetWrong):
            take_files([(name, content)], "t", "pictures", [{"name": "good"}], person())
    with pytest.raises(SetWrong):
        take_files([], "t", "pictures", [{"name": "good"}], person())
