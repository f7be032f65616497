"""`dure profile` and `dure prepare` as a person and a script call them."""

import json

import polars as pl
import pytest
import typer

from dure.science.prepare import commands
from dure.science.prepare.preparing import Preparation, run
from dure.vocabulary import Action, Answer, DureError, NotPermitted, Permit


@pytest.fixture
def dure():
    def dure(*words):
        app = typer.Typer()
        app.add_typer(commands.app)
        answer = app([str(word) for word in words], standalone_mode=False)
        assert isinstance(answer, Answer)
        json.dumps(answer.facts, allow_nan=False)
        return answer

    return dure


def seen(answer):
    from rich.console import Console

    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123 - closed below
    console.print(answer.shown)
    console.file.close()
    return console.export_text()


def test_profile_gives_sources_rows_columns_and_findings(dure, recorded):
    answer = dure("profile", recorded / "die-casting-kr" / "train_group_*.csv.gz")
    facts = answer.facts
    assert (facts["rows"], len(facts["sources"]), len(facts["columns"])) == (57_631, 5, 25)
    assert set(facts["columns"][0]) == {"name", "type", "unit", "rate", "missing"}
    assert all(set(one) >= {"key", "where", "message", "remedy"} for one in facts["findings"])
    assert {"time-gaps", "sentinel-values", "stuck-sensor", "class-imbalance"} <= {
        one["key"] for one in facts["findings"]
    }
    assert "molten_volume" in seen(answer)


def test_a_header_in_brackets_is_shown_as_it_is(dure, tmp_path):
    (tmp_path / "t.csv").write_text("temp [C],flow [red]\n1,2\n2,3\n")
    assert "flow [red]" in seen(dure("profile", tmp_path / "t.csv"))


def test_prepare_proposes_writes_and_repeats_its_own_recipe(dure, recorded, tmp_path):
    source, out = recorded / "steel-energy-daewoo", tmp_path / "ready.parquet"
    facts = dure("prepare", source, "--target", "Load_Type", "-o", out).facts
    assert facts["rows"] == 35_040
    beside = {"groups", "joined", "left_out", "report", "croissant"}  # what lies beside the table of a folder
    assert set(facts) == {"rows", "columns", "recipe", "findings", "out"} | beside
    assert facts["recipe"] == str(tmp_path / "ready.recipe.toml")
    again = tmp_path / "again.parquet"
    dure("prepare", source, "--recipe", facts["recipe"], "-o", again)
    first, second = pl.read_parquet(out), pl.read_parquet(again)
    assert first.equals(second)
    assert {"date", "Load_Type"} <= set(first.columns)


def test_ignored_columns_are_carried_along(dure, recorded, tmp_path):
    out = tmp_path / "ready.csv"
    dure("prepare", recorded / "skab" / "valve1" / "1.csv.gz", "--ignore", "anomaly, changepoint", "-o", out)
    assert 'aside = ["datetime", "anomaly", "changepoint"]' in (tmp_path / "ready.recipe.toml").read_text()


def test_a_recipe_for_an_even_pace_changes_the_rows(dure, recorded, tmp_path):
    recipe = tmp_path / "pace.toml"
    recipe.write_text(
        'version = 1\n[[steps]]\nstep = "series.resample"\ncolumn = "datetime"\nevery = "10s"\n'
    )
    facts = dure(
        "prepare", recorded / "skab" / "valve1" / "1.csv.gz", "--recipe", recipe, "-o", tmp_path / "o.parquet"
    ).facts
    assert 100 < facts["rows"] < 130


REFUSED = {
    "a cluster": (["--on", "ray://host"], "cluster-unreached"),
    "an absent target": (["--target", "scrap"], "target-absent"),
    "an absent time": (["--time", "scrap"], "column-absent"),
    "an absent recipe": (["--recipe", "none.toml"], "recipe-unreadable"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(dure, tmp_path, what):
    words, key = REFUSED[what]
    (tmp_path / "t.csv").write_text("a,b\n1,2\n2,3\n")
    with pytest.raises(DureError) as refusal:
        dure("prepare", tmp_path / "t.csv", *words, "-o", tmp_path / "out.parquet")
    assert refusal.value.key == key
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_columns_aside_and_changed_rows_do_not_go_together(dure, recorded, tmp_path):
    recipe = tmp_path / "pace.toml"
    recipe.write_text(
        'version = 1\naside = ["anomaly"]\n[[steps]]\nstep = "series.resample"\ncolumn = "datetime"\nevery = "10s"\n'
    )
    with pytest.raises(DureError, match="changes the number of rows"):
        dure(
            "prepare",
            recorded / "skab" / "valve1" / "1.csv.gz",
            "--recipe",
            recipe,
            "-o",
            tmp_path / "o.parquet",
        )
    assert [path.name for path in tmp_path.iterdir()] == ["pace.toml"]


def test_signals_are_prepared_when_a_node_gives_them_and_a_permit_allows_it(tmp_path):
    def line(names):
        return pl.DataFrame({"time": range(30), names[0]: [3.7 + 0.01 * n for n in range(30)]})

    wanted = Preparation(("signal:line1/Cell01/Voltage",), tmp_path / "out.parquet")
    facts = run(wanted, Permit.own(wanted.sources), signals=line)
    assert (facts["rows"], pl.read_parquet(facts["out"]).columns) == (30, ["time", "line1/Cell01/Voltage"])
    with pytest.raises(NotPermitted):
        run(wanted, Permit(wanted.sources, frozenset({Action.SHARE})), signals=line)


def test_an_output_never_replaces_its_own_input(dure, tmp_path):
    table = tmp_path / "line.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DureError, match="one of the inputs"):
        dure("prepare", table, "-o", tmp_path / "." / "line.csv")
    assert table.read_text() == "a,b\n1,2\n3,4\n"


def test_a_folder_of_unlike_files_is_looked_at_as_it_would_be_mixed(dure, tmp_path):
    folder = tmp_path / "plant"
    folder.mkdir()
    (folder / "a.csv").write_text("part,temp\n" + "".join(f"{n},{n % 7}\n" for n in range(30)))
    (folder / "b.csv").write_text("part,grade\n" + "".join(f"{n},{n % 3}\n" for n in range(30)))
    (folder / "self.csv").symlink_to("self.csv")
    facts = dure("profile", folder).facts
    assert {column["name"] for column in facts["columns"]} >= {"part", "temp", "grade"}
    assert facts["rows"] == 30


def test_a_broken_file_in_a_folder_is_refused_by_profile(dure, tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n2,3\n")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DureError) as refusal:
        dure("profile", tmp_path)
    assert refusal.value.key == "file-damaged"
