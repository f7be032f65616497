"""Looking at pictures from the folder to the verdict, and where on the picture it comes from."""

import cv2
import numpy as np
import polars as pl
import pytest

from dure.science.learn import TrainRequest, heat, heat_png, load, train
from dure.science.learn.serving.heat import NoPictureIn, write_maps
from dure.science.learn.tasks import asked_tasks
from dure.science.learn.tasks.inspect import NothingToLookAt
from dure.science.picture import decoded
from dure.science.prepare import read
from dure.vocabulary import Permit

INSPECT = asked_tasks()["inspect"]
SCRATCH = slice(40, 60)


def part(rng, *, scratched):
    """A brushed plate of its own; the bad ones bear a bright scratch at one place."""
    plate = cv2.GaussianBlur(rng.normal(110, 60, (160, 160)), (1, 25), sigmaX=0.1, sigmaY=9)
    if scratched:
        plate[SCRATCH, 90:140] += 90
    return cv2.imencode(".png", np.clip(plate, 0, 255).astype(np.uint8))[1].tobytes()


@pytest.fixture(scope="module")
def plates(tmp_path_factory):
    """Sixty good plates and twenty scratched ones, in folders of their own."""
    folder, rng = tmp_path_factory.mktemp("plates"), np.random.default_rng(0)
    for kind, count in (("양품", 60), ("긁힘", 20)):
        (folder / kind).mkdir()
        for at in range(count):
            (folder / kind / f"{at}.png").write_bytes(part(rng, scratched=kind == "긁힘"))
    return folder


@pytest.fixture(scope="module")
def learnt(plates, tmp_path_factory):
    """A classifier and a detector of the plates, with their facts."""
    home = tmp_path_factory.mktemp("learnt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(home / "home"))
        patch.setenv("DURE_LANG", "en")
        made = {}
        for name, asked in (("classes", {}), ("good", {"normal": "folder=양품"})):
            request = TrainRequest((str(plates),), task="inspect", budget=4.0, **asked)
            facts = train(request, home / name, Permit.own([str(plates)]))
            made[name] = facts, load(home / name, home=home / "home")
        yield made


def test_what_is_of_the_file_is_left_out_for_that_reason(learnt):
    aside = {one["column"]: one["why"]["en"] for one in learnt["classes"][1].card["left_out"]}
    assert aside["file"] == aside["width"] == "it is of the file and not of the part"


def test_folders_are_told_apart_by_a_model_that_never_saw_the_part(learnt):
    facts, model = learnt["classes"]
    assert (facts["task"], model.task, model.card["asked"]) == ("inspect", "classify", "inspect")
    assert facts["validation"]["kind"] in {"grouped", "stratified"}
    assert facts["metric"]["balanced_accuracy"] > 0.95
    assert facts["null"]["balanced_accuracy"] == 0.5


def test_a_detector_of_good_plates_raises_an_alarm_at_the_scratched_ones(learnt, plates):
    facts, model = learnt["good"]
    assert (model.task, facts["family"]) == ("detect", "ledoit_wolf")
    frame = read([plates]).frame
    found = frame.select("folder").hstack(model.predict(frame))
    alarms = dict(found.group_by("folder").agg(pl.col("alarm").mean()).rows())
    assert alarms["긁힘"] == 1.0
    assert alarms["양품"] == 0.0


@pytest.mark.parametrize("name", ["classes", "good"])
def test_no_verdict_flips_between_a_batch_and_the_line(learnt, plates, name):
    model, frame = learnt[name][1], read([plates]).frame
    whole, line = model.predict(frame), learnt[name][1].line()
    singly = [
        line.push([frame.get_column(column)[row] for column in line.columns]) for row in range(len(frame))
    ]
    if name == "good":
        assert [one.score for one in singly] == whole.get_column("score").to_list()
        assert [float(one.alarm) for one in singly] == whole.get_column("alarm").to_list()
    else:
        assert [one.prediction for one in singly] == whole.get_column(whole.columns[0]).to_list()
        assert [one.probabilities[0] for one in singly] == whole.get_column(whole.columns[1]).to_list()


@pytest.mark.parametrize("name", ["classes", "good"])
def test_the_heat_lies_on_the_scratch(learnt, plates, name):
    frame = read([plates / "긁힘"]).frame
    tops = []
    for reference in frame.get_column("image").head(6):
        found = heat(learnt[name][1], reference, grid=8)
        assert found.shape == (8, 8)
        tops.append(np.unravel_index(found.argmax(), found.shape))
    on_it = [1 <= row <= 4 and 3 <= column <= 7 for row, column in tops]
    assert sum(on_it) >= 5


def test_a_heat_map_is_a_picture_of_the_same_size(learnt, plates):
    reference = read([plates / "긁힘"]).frame.get_column("image")[0]
    assert decoded(heat_png(learnt["good"][1], reference), "map").shape == (160, 160, 3)


def test_maps_are_written_of_pictures_that_raise_an_alarm(learnt, plates, tmp_path):
    rows = pl.concat([read([plates]).frame.head(1), read([plates]).frame.tail(1)])
    _, model = learnt["good"]
    found = rows.hstack(model.predict(rows))
    assert write_maps(model, found, tmp_path / "maps") == 1
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["1 0.png"]


def test_near_duplicates_and_pictures_of_one_part_are_one_group(tmp_path):
    rng = np.random.default_rng(3)
    for at in range(30):
        content = part(rng, scratched=False)
        (tmp_path / f"{at}.png").write_bytes(content)
        if at < 5:
            lit = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
            cv2.imwrite(str(tmp_path / f"{at + 100}.jpg"), np.clip(lit * 0.8 + 20, 0, 255).astype(np.uint8))
    request, table = INSPECT.shape(TrainRequest((str(tmp_path),), task="inspect"), read([tmp_path]))
    sizes = table.frame.group_by(request.group).len().get_column("len").to_list()
    assert sorted(sizes) == [1] * 25 + [2] * 5
    assert table.frame.get_column(request.group).rle().struct.field("len").to_list().count(2) == 5


def test_what_the_file_says_is_no_input(plates):
    request, table = INSPECT.shape(TrainRequest((str(plates),), task="inspect"), read([plates]))
    assert request.target == "folder"
    assert {"file", "width", "height", "channels"} <= set(request.ignore)
    assert INSPECT.inputs(request, table.frame) == ("image",)


def test_a_table_without_pictures_is_refused(tmp_path):
    path = tmp_path / "line.csv"
    path.write_text("bar,mm\n1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(NothingToLookAt, match=r"line\.csv"):
        INSPECT.shape(TrainRequest((str(path),), task="inspect"), read([path]))


def test_a_model_of_numbers_has_no_heat_map(learn, tmp_path):
    path = tmp_path / "line.csv"
    rng = np.random.default_rng(0)
    bar, heat_c, force = (rng.normal(50, 5, 200).round(2) for _ in range(3))
    mm = (0.2 * bar + 0.1 * heat_c + rng.normal(size=200)).round(3)
    pl.DataFrame({"bar": bar, "heat": heat_c, "force": force, "mm": mm}).write_csv(path)
    _, out = learn(path, target="mm", families=("ridge",), budget=1.0)
    with pytest.raises(NoPictureIn):
        heat(load(out), "sha256:" + "0" * 64)
