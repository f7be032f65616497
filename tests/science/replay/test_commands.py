"""`dure replay` answers a machine and a person, and refuses in one sentence."""

import json

import polars as pl
import pytest

from dure.node.command import run
from dure.science.replay.showing import replayed
from dure.vocabulary import use_language


@pytest.fixture
def package(trained):
    return str(trained("thickness", ignore=("scrap",), families=("ridge",))[1])


@pytest.fixture
def short(drifting, tmp_path):
    path = tmp_path / "short.csv"
    pl.read_csv(drifting).head(150).write_csv(path)
    return str(path)


def test_the_answer_is_one_object_with_deployed_and_static(package, short, tmp_path, capsys):
    out = tmp_path / "rows.parquet"
    assert run(["replay", package, short, "--target", "thickness", "--label-delay", "12h", "-o", str(out), "--json"]) == 0  # fmt: skip
    facts = json.loads(capsys.readouterr().out)
    assert {"deployed", "static", "null", "rows", "refused", "refits", "events", "seconds", "series"} <= set(
        facts
    )
    assert {"r2", "mean_absolute_error", "interval_coverage"} <= set(facts["deployed"]) & set(facts["static"])
    assert facts["rows"] == len(pl.read_parquet(out)) == 150
    assert {"prediction", "lower", "upper", "static"} <= set(pl.read_parquet(out).columns)
    assert facts["label_delay"] == "12 h"


def test_a_person_sees_a_table_and_a_line_of_bars_in_either_language(package, short, capsys):
    assert run(["replay", package, short, "--label-delay", "12 rows"]) == 0
    shown = capsys.readouterr().out
    assert "deployed" in shown
    assert "█" in shown
    assert run(["replay", package, short, "--label-delay", "12 rows", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    with use_language("ko"):
        from rich.console import Console

        console = Console(width=120, record=True)
        console.print(replayed(facts))
        assert "평균 절대 오차" in console.export_text()


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["--label-delay", "soon"], "label-delay-unclear"),
        (["--target", "none"], "train-target-absent"),
        (["-o", "rows.txt"], "file-ending-unknown"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(package, short, capsys, words, key):
    assert run(["replay", package, short, *words, "--json"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["key"] == key
    assert len(said.err.strip().splitlines()) == 1


def test_a_table_without_a_clock_and_a_delay_in_hours_is_told_so(package, short, tmp_path, capsys):
    timeless = tmp_path / "timeless.csv"
    pl.read_csv(short).drop("time").write_csv(timeless)
    assert run(["replay", package, str(timeless), "--label-delay", "24h"]) == 2
    assert 'Give the delay in rows: --label-delay "24 rows".' in capsys.readouterr().err
