"""Every figure of a card comes again from the package alone, to the last digit; a card that says otherwise is refused."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.science.learn import load, recompute, require_same
from dure.science.learn.judging.judged import FACTS, KINDS, ROWS, Judged, read
from dure.science.learn.judging.recomputing import FiguresDiffer, RowsAbsent
from dure.science.learn.keeping import package
from dure.science.learn.refusals import PackageDamaged, PackageTooLarge


def stated(folder, name):
    return json.loads((folder / f"{name}.json").read_bytes())


def same_to_the_last_digit(folder, home):
    found = recompute(folder, home=home)
    assert found.differs == ()
    for name, facts in (("card", found.card), ("metrics", found.metrics), ("report", found.report)):
        written = stated(folder, name)
        assert {key: written[key] for key in facts} == json.loads(json.dumps(facts))
    assert found.metrics["metric"]
    assert found.metrics["nulls"]
    assert found.rows == stated(folder, "card")["judged_rows"] > 0
    return found


ASKED = {
    "a number in time": ({"target": "strength", "ignore": ("scrap",), "families": ("ridge",)}, "interval"),
    "two classes": ({"target": "scrap", "ignore": ("strength",), "families": ("logistic",)}, "threshold"),
    "two classes with costs": (
        {"target": "scrap", "ignore": ("strength",), "families": ("logistic",), "cost": "20:1"},
        "cost",
    ),
}


@pytest.mark.parametrize("asked", ASKED)
def test_figures_of_a_target_come_again(asked, learn, press, own_home):
    request, entry = ASKED[asked]
    _, folder = learn(press, **request)
    assert entry in same_to_the_last_digit(folder, own_home).card


def test_figures_of_detectors_come_again(learn, pumps, own_home):
    _, folder = learn(*pumps, task="detect", normal_rows=300)
    found = same_to_the_last_digit(folder, own_home)
    assert found.card["limit"]
    assert found.card["promise"]


@pytest.mark.parametrize(
    ("sources", "asked"),
    [
        ("injection-moulding-airtlab/data.csv.gz", {"target": "quality", "families": ("logistic",)}),
        ("battery-soh-xjtu/2C_battery-[12345].csv.gz", {"target": "capacity", "families": ("ridge",)}),
        (
            "gas-turbine-emissions/gt_2011.csv.gz",
            {"target": "NOX", "ignore": ("CO",), "families": ("ridge",)},
        ),
        ("die-casting-kr/train_group_8600.csv.gz", {"target": "passorfail", "families": ("logistic",)}),
        ("skab/valve1/[01].csv.gz", {"task": "detect", "normal_rows": 400}),
        ("tennessee-eastman/d00_te.dat.gz", {"task": "detect"}),
    ],
)
def test_figures_on_recorded_data_come_again(sources, asked, learn, recorded, own_home):
    _, folder = learn(*sorted(recorded.glob(sources)), budget=2.0, **asked)
    same_to_the_last_digit(folder, own_home)


def rewritten(folder, out, home, **changed):
    """The package in `folder` with some files changed (or None: left out), signed anew."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != package.SIGNATURE}
    for name, content in changed.items():
        files.pop(name.replace("__", "."))
        if content is not None:
            files[name.replace("__", ".")] = content
    package.write(files, out, home=home)
    return out


def test_a_card_that_flatters_is_refused(scrap_model, own_home, tmp_path):
    card = stated(scrap_model, "card")
    card["metric"]["accuracy"] = 0.999
    changed = rewritten(scrap_model, tmp_path / "m", own_home, card__json=json.dumps(card).encode())
    found = recompute(changed, home=own_home)
    assert [name for name, _, _ in found.differs] == ["card.metric.accuracy"]
    with pytest.raises(FiguresDiffer, match=r"accuracy = 0\.999"):
        require_same(found, "m")


def test_a_package_of_the_release_before_opens_and_says_that_it_is(scrap_model, own_home, tmp_path):
    """That release knew no judged rows and fewer entries of the card."""
    card = stated(scrap_model, "card")
    for name in (
        "judged_rows",
        "rows_kept",
        "guard",
        "calibration",
        "search",
        "delays",
        "drift",
        "quantities",
    ):
        card.pop(name, None)
    report = {name: stated(scrap_model, "report")[name] for name in ("classes", "confusion", "probability")}
    metrics = {name: stated(scrap_model, "metrics")[name] for name in ("metric", "nulls", "by_fold")}
    old = rewritten(
        scrap_model, tmp_path / "old", own_home,
        card__json=json.dumps(card).encode(), report__json=json.dumps(report).encode(),
        metrics__json=json.dumps(metrics).encode(), judged__npz=None, judged__json=None,
    )  # fmt: skip
    assert load(old, home=own_home).task == "classify"
    with pytest.raises(RowsAbsent):
        recompute(old, home=own_home)


def test_the_rows_may_be_left_out(learn, press, own_home):
    _, folder = learn(press, target="scrap", ignore=("strength",), families=("logistic",), without_rows=True)
    assert not (folder / ROWS).exists()
    assert stated(folder, "card")["rows_kept"] is False
    with pytest.raises(RowsAbsent, match="judged rows"):
        recompute(folder, home=own_home)


@given(st.lists(st.floats(), min_size=1), st.sampled_from(sorted(KINDS - {"|b1"})))
def test_arrays_come_back_as_they_were(values, kind):
    with np.errstate(invalid="ignore", over="ignore"):
        kept = np.array(values).astype(kind)
    found = read(Judged({"task": "detect"}, {"score": kept}).files()[ROWS], "m")["score"]
    assert found.dtype == kept.dtype
    assert found.tobytes() == kept.tobytes()


def npz(name="score.npy", content=None, how=zipfile.ZIP_STORED):
    held = io.BytesIO()
    array = io.BytesIO()
    np.save(array, np.arange(4.0))
    with zipfile.ZipFile(held, "w", how) as archive:
        archive.writestr(name, array.getvalue() if content is None else content)
    return held.getvalue()


def saved(values, **how):
    held = io.BytesIO()
    np.save(held, values, **how)
    return held.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 no archive",
        npz(how=zipfile.ZIP_DEFLATED),
        npz(name="../evil.npy"),
        npz(name="model.onnx"),
        npz(content=b"\x93NUMPY\x01\x00\x10\x00{'descr': '|O'}  "),
        npz(content=saved(np.array([{}], dtype=object), allow_pickle=True)),
        npz(content=saved(np.array(["word"]))),
        npz(content=saved(np.arange(4.0)).replace(b"(4,)", b"(9,)")),
        npz(content=saved(np.arange(4.0)).replace(b"'<f8'", b"'<f9'")),
        npz(content=saved(np.zeros((2, 2, 2)))),
    ],
)
def test_rows_of_a_stranger_that_are_no_plain_numbers_are_refused(content):
    with pytest.raises(PackageDamaged, match=r"judged\.npz"):
        read(content, "m")


def test_too_many_arrays_are_refused():
    rows = {f"a{at}": np.zeros(1) for at in range(41)}
    with pytest.raises(PackageTooLarge, match="41 arrays"):
        read(Judged({"task": "detect"}, rows).files()[ROWS], "m")


def test_only_numbers_are_kept():
    with pytest.raises(TypeError, match="no kind of number"):
        Judged({"task": "detect"}, {"score": np.array(["a"])}).files()


def test_facts_without_a_task_are_damaged():
    files = Judged({"task": "detect"}, {"score": np.zeros(1)}).files() | {FACTS: b"[]"}
    with pytest.raises(PackageDamaged, match="task"):
        Judged.from_files(files, "m")
