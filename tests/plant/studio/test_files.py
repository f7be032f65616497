"""Files: the recipe runs to the same bits, the workbook reckons itself, obligations hold, a workbook comes back with its formulas."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from dure.plant.studio import Desk, open_upload
from dure.plant.studio.writing import write
from dure.science.prepare.recipe_file import read_recipe
from dure.vocabulary import ActionRefused, DureError

pytestmark = pytest.mark.django_db


def test_the_recipe_of_a_recorded_set_runs_to_the_same_bits(recorded, person, tmp_path):
    from dure.plant.inventory import store_upload

    file = recorded / "skab" / "valve1" / "1.csv.gz"
    upload = store_upload([file.read_bytes()], file.name, person)
    desk = Desk(open_upload(upload, person))
    first = desk.grid.columns[1]
    for kind, facts in (
        ("formula", {"column": "rolled", "text": '=ROLLMEAN([Temperature], "60s")+[Pressure]*2'}),
        ("formula", {"column": "usual", "text": "=[rolled]-MEDIAN([Pressure])"}),
        ("step", {"step": "table.fill_missing", "settings": {"columns": ["rolled"]}}),
        ("formula", {"column": "Voltage", "text": "=ROUND([Current], 1)"}),
        ("drop", {"columns": ["Thermocouple"]}),
    ):
        desk.act({"version": desk.history.version, "kind": kind, **facts}, "Kim")
    desk.act({"version": desk.history.version, "kind": "rename", "column": "Pressure", "to": "bar"}, "Kim")
    desk.act(
        {"version": desk.history.version, "kind": "formula", "column": "after", "text": "=[bar]*3"}, "Kim"
    )
    times = desk.grid.frame[first]
    for body in (
        {"kind": "delete_rows", "rows": [0, 5]},
        {"kind": "delete_rows", "rows": [3, 7]},
        {
            "kind": "filter",
            "column": first,
            "op": "between",
            "value": [str(times.quantile(0.05)), str(times.quantile(0.97))],
        },
        {"kind": "filter", "column": "bar", "op": ">", "value": str(desk.grid.frame["bar"].median())},
        {"kind": "filter", "column": "anomaly", "op": "in", "value": [0, "1"]},
        {"kind": "hide", "columns": ["Volume Flow RateRMS"]},
    ):
        desk.act({"version": desk.history.version, **body}, "Kim")
    from dure.plant.studio.looking import shown
    from dure.plant.studio.recipes import recipe_text

    final = desk.grid.frame
    text = recipe_text(
        desk.history.actions, desk.source.frame, desk.sheet.name, desk.sheet.fingerprint, final
    )
    assert "Not in this recipe" not in text
    recipe, out = tmp_path / "recipe.toml", tmp_path / "out.parquet"
    recipe.write_text(text, encoding="utf-8")
    assert len(read_recipe(recipe).recipe.steps) == 13
    command = [
        str(Path(sys.executable).with_name("dure")),
        "prepare",
        str(desk.sheet.folder / "source.parquet"),
        "--recipe",
        str(recipe),
        "-o",
        str(out),
    ]
    subprocess.run(command, check=True, capture_output=True)
    made = pl.read_parquet(out)
    sheet = shown(desk.grid, desk.view)
    assert 0 < sheet.height < final.height == times.len() - 4
    assert set(made.columns) == set(sheet.columns)
    for name in made.columns:
        assert made[name].equals(sheet[name]), name
        assert made[name].dtype == sheet[name].dtype


@pytest.mark.parametrize(
    ("column", "op", "value"),
    [
        ("temp", "=", 30), ("temp", "!=", "30"), ("temp", "<=", "40"), ("temp", "in", [20, None]), ("temp", "not in", [20]), ("temp", "empty", None),
        ("temp", "contains", "0"), ("state", "contains", "FF"), ("state", "not contains", "ff"), ("state", "begins", "on"), ("state", "in", ["on", None]),
        ("at", "between", ["2024-03-06", ""]), ("at", ">=", "2024.3.8"), ("at", "in", ["2024-03-05T00:00:00"]), ("press", "between", ["1.5", "3.5"]),
    ],
)  # fmt: skip
def test_a_filter_is_a_step_that_keeps_the_same_rows(desk, do, column, op, value):
    from dure.plant.studio.looking import shown
    from dure.plant.studio.recipes import recipe_text
    from dure.science.prepare import Recipe

    do("filter", column=column, op=op, value=value)
    text = recipe_text(desk.history.actions, desk.source.frame, "x", "0" * 64, desk.grid.frame)
    recipe = Recipe.from_toml(text)
    made = recipe.fit(desk.source.frame, desk.permit).transform(desk.source.frame)
    assert made.equals(shown(desk.grid, desk.view))
    assert 0 < made.height < 5


def test_texts_that_a_spreadsheet_would_run_are_defused_in_a_csv_unless_asked_otherwise(post, sheet):
    for row, text in enumerate(("=1+1", "@SUM(A1)", "-3", "+82 2 123", "ok")):
        post("act", {"kind": "edit", "cells": [[row, "note", text]]})

    def notes(query):
        content = b"".join(post.client.get(f"/sheet/{sheet.pk}/export.csv{query}").streaming_content)
        return pl.read_csv(io.BytesIO(content), infer_schema=False)["note"].to_list()

    assert notes("") == ["'=1+1", "'@SUM(A1)", "-3", "'+82 2 123", "ok"]
    assert notes("?plain=1") == ["=1+1", "@SUM(A1)", "-3", "+82 2 123", "ok"]


def test_libreoffice_opens_the_workbook_and_reckons_its_formulas_to_our_values(desk, do, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice is not installed: apt-get install libreoffice-calc-nogui")
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc-nogui")
    do("edit", cells=[[3, "temp", 50]])
    do("formula", column="a", text="=IF([temp]>30, [temp]*2, [press]^2)")
    do("formula", column="b", text="=ROUND(SQRT([press])+[a]/3, 4)")
    frame = desk.grid.frame
    write(frame, tmp_path / "out.xlsx", "xlsx", dict(desk.grid.formulas))
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert str(book["Sheet"]["F2"].value).startswith("=ROUND(")
    book.save(tmp_path / "bare.xlsx")  # without the values that we wrote beside: what comes back is reckoned
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "csv", "--outdir", str(tmp_path), str(tmp_path / "bare.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    back = pl.read_csv(tmp_path / "bare.csv")
    assert back["a"].to_list() == pytest.approx(frame["a"].to_list(), rel=1e-6)
    assert back["b"].to_list() == pytest.approx(frame["b"].to_list(), abs=1e-4)


def test_a_hand_edit_and_a_prediction_are_said_in_the_recipe_and_left_out(desk, do):
    from dure.plant.studio.recipes import recipe_text

    do("edit", cells=[[0, "temp", 25]])
    do("formula", column="odd", text="=ANOMALY([temp])")
    do("formula", column="odder", text="=[odd]*2")
    do("formula", column="double", text="=[temp]*2")
    text = recipe_text(desk.history.actions, desk.source.frame, "x\ny", "0" * 64)
    assert "#   Typed “25” into “temp”, row 1" in text
    assert "#   odd =ANOMALY([temp]) (ANOMALY)" in text
    assert "#   odder" in text
    assert text.count("[[steps]]") == 1


def test_the_workbook_holds_formulas_that_excel_reckons_and_says_where_it_holds_values(post, sheet, tmp_path):
    for body in (
        {"kind": "edit", "cells": [[3, "temp", 50]]},
        {"kind": "formula", "column": "double it", "text": "=IF([@temp]>30, [temp]*2, [press]^2)"},
        {"kind": "formula", "column": "rolled", "text": "=ROLLMEAN([temp], 2)"},
        {"kind": "formula", "column": "again", "text": '=[double it]/4&"x"'},
        {"kind": "hide", "columns": ["state"]},
        {"kind": "sort", "by": [{"column": "temp", "down": True}]},
    ):
        assert post("act", body)[0] == 200
    answer = post.client.get(f"/sheet/{sheet.pk}/export.xlsx")
    content = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book["Sheet"]
    header = [cell.value for cell in page[1]]
    assert header == ["temp", "press", "at", "double it", "rolled", "again"]
    assert (
        page["D2"].value
        == "=IF(Sheet[[#This Row],[temp]]>30, Sheet[[#This Row],[temp]]*2, Sheet[[#This Row],[press]]^2)"
    )
    assert page["E2"].value == 55.0
    assert "ROLLMEAN" in page["E1"].comment.text
    assert page.tables["Sheet"].ref == "A1:F6"
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Sheet"]
    assert [cell.value for cell in values["D"]][1:] == [120.0, 100.0, 80.0, 6.25, 2.25]
    (tmp_path / "back.xlsx").write_bytes(content)
    for kind, magic in (("csv", b"\xef\xbb\xbftemp,"), ("parquet", b"PAR1")):
        content = b"".join(post.client.get(f"/sheet/{sheet.pk}/export.{kind}").streaming_content)
        assert content.startswith(magic)
    assert pl.read_parquet(io.BytesIO(content)).columns == [
        "temp",
        "press",
        "at",
        "double it",
        "rolled",
        "again",
    ]


def test_a_workbook_brought_in_has_its_formulas_as_columns(person, tmp_path):
    from dure.plant.inventory import store_upload

    book = openpyxl.Workbook()
    page = book.active
    page.append(["a", "b c", "sum", "other", "mixed"])
    for row in range(2, 12):
        page.append(
            [row * 1.5, row, f"=A{row}+B{row}*2", f"=A{max(2, row - 1)}", f"=A{row}" if row % 2 else 7]
        )
    book.save(tmp_path / "plain.xlsx")
    # openpyxl reckons nothing: the values that Excel would have kept are put beside by our own writer
    frame = pl.DataFrame(
        {"a": [1.5 * at for at in range(2, 12)], "b c": [float(at) for at in range(2, 12)]}
    ).with_columns((pl.col("a") + pl.col("b c") * 2).alias("sum"))
    write(frame, tmp_path / "table.xlsx", "xlsx", {"sum": "=[a]+[b c]*2"})
    upload = store_upload([(tmp_path / "table.xlsx").read_bytes()], "table.xlsx", person)
    desk = Desk(open_upload(upload, person))
    told = {one["name"]: one["formula"] for one in desk.state()["columns"]}
    assert told == {"a": "", "b c": "", "sum": "=[a]+[b c]*2"}
    assert desk.grid.frame["sum"].to_list() == frame["sum"].to_list()
    from dure.plant.studio.workbook import formulas_in

    read = pl.DataFrame(
        {"a": [1.0] * 10, "b c": [1.0] * 10, "sum": [1.0] * 10, "other": [1.0] * 10, "mixed": [1.0] * 10}
    )
    assert formulas_in(tmp_path / "plain.xlsx", read) == {"sum": "=[a]+[b c]*2"}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 torn", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b""]
)
def test_a_torn_or_locked_workbook_is_refused_in_one_sentence(come, content):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from dure.plant.studio import Sheet

    client = come("worker")
    answer = client.post(
        "/sheet/", {"what": "file", "file": SimpleUploadedFile("x.xlsx", content)}, follow=True
    )
    assert answer.status_code == 200
    assert Sheet.objects.count() == 0


def test_obligations_travel(person, sheet, post):
    from dure.plant.inventory import store_upload
    from dure.plant.studio.models import Sheet as Row

    closed = store_upload([b"a,b\n1,2\n3,4\n"], "x.csv", person, obligations=["no-prepare"])
    with pytest.raises(ActionRefused):
        open_upload(closed, person)
    kept = store_upload([b"a,b\n1,2\n3,4\n5,6"], "y.csv", person, obligations=["no-export", "no-train"])
    desk = Desk(open_upload(kept, person))
    assert desk.state()["may"] == {"prepare": True, "train": False, "export": False, "share": True}
    assert post.client.get(f"/sheet/{desk.sheet.pk}/export.csv").status_code == 403
    answer = post.client.post(
        f"/sheet/{desk.sheet.pk}/train", '{"target": "a"}', content_type="application/json"
    )
    assert answer.status_code == 403
    assert answer.json()["error"]["key"] == "action-refused"
    Row.objects.filter(pk=sheet.pk).update(source={**sheet.source, "obligations": ["no-prepare"]})
    assert post("act", {"kind": "drop", "columns": ["temp"]})[0] == 403
    assert post("act", {"kind": "sort", "by": [{"column": "temp"}]})[0] == 200


def test_a_formula_that_excel_would_reckon_otherwise_goes_as_values():
    from dure.plant.studio.writing import for_excel

    names = {"a": "a", "b]c": "b]c"}
    assert for_excel("=[a]*[b]]c]", names, []) == "=[@a]*[@[b']c]]"
    assert for_excel("=AVERAGE([a])", names, []) == "=AVERAGE(Sheet[a])"
    for text in ("=AVERAGE([a])+1", '=CONVERT([a], "K")', "=LAG([a])", "=[gone]", "=[a"):
        assert for_excel(text, names, []) == "", text
    assert issubclass(ActionRefused, DureError)
