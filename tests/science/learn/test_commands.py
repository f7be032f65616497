"""The three commands as a person and a script use them."""

import json
import shutil

import polars as pl
import pytest

from dure.node.command import run


@pytest.fixture
def dure(home, capsys):
    """Run the command; give exit code, JSON on stdout, and stderr."""

    def act(*words):
        assert not home.is_file()
        code = run([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    return act


def test_train_predict_and_evaluate_hold_together(dure, press, tmp_path):
    code, facts, err = dure(
        "train",
        press,
        "--target",
        "scrap",
        "--ignore",
        "strength,mood",
        "--budget",
        "20s",
        "-o",
        tmp_path / "m",
    )
    assert code == 0
    assert err == ""
    assert {"task", "rows", "columns", "validation", "metric", "null", "seconds", "model"} <= set(facts)
    assert set(facts["validation"]) >= {"kind", "gap", "folds", "words"}
    assert facts["columns"] == 2
    code, facts, _ = dure("predict", tmp_path / "m", press, "-o", tmp_path / "out.parquet")
    assert (code, facts["rows"]) == (0, 400)
    out = pl.read_parquet(tmp_path / "out.parquet")
    assert out["heat"].equals(pl.read_csv(press)["heat"])
    assert {"prediction", "probability_0", "probability_1"} <= set(out.columns)
    code, facts, _ = dure("evaluate", tmp_path / "m", press)
    assert (code, facts["rows"]) == (0, 400)
    assert facts["metric"]["roc_auc"] > 0.9 > facts["null"]["roc_auc"]
    assert facts["learnt_from"] == [str(press)]


def test_a_detector_goes_the_same_way(dure, pumps, tmp_path):
    code, facts, _ = dure("train", *pumps, "--task", "detect", "--normal-rows", 400, "-o", tmp_path / "m")
    assert (code, facts["task"]) == (0, "detect")
    code, facts, _ = dure("evaluate", tmp_path / "m", *pumps, "--target", "anomaly")
    assert {"f1", "false_alarm_rate", "missed_alarm_rate"} <= set(facts["metric"])
    code, facts, _ = dure("predict", tmp_path / "m", *pumps, "-o", tmp_path / "out.csv")
    assert (code, facts["rows"]) == (0, 1800)
    assert set(pl.read_csv(tmp_path / "out.csv")["alarm"].unique()) == {0, 1}


def test_predictions_of_several_files_keep_their_order(dure, pumps, tmp_path):
    dure("train", *pumps, "--task", "detect", "--normal-rows", 400, "-o", tmp_path / "m")
    dure("predict", tmp_path / "m", pumps[1], pumps[0], "-o", tmp_path / "out.parquet")
    out = pl.read_parquet(tmp_path / "out.parquet")
    assert out["anomaly"].to_list() == [0] * 700 + [1] * 200 + [0] * 900


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--target", "scrab"], "nearest is “scrap”"),
        (["--target", "scrap", "--task", "life"], "the column that names each thing"),
        (["--target", "scrap", "--budget", "soon"], "like 60s or 5m"),
        (["--target", "scrap", "--pack", "nuclear"], "nuclear"),
        ([], "needs a target"),
    ],
)
def test_a_wrong_word_is_one_sentence_and_exit_code_2(dure, press, tmp_path, words, says):
    code, facts, err = dure("train", press, *words, "-o", tmp_path / "m")
    assert code == 2
    assert says in facts["error"]["message"] + facts["error"]["remedy"]
    assert set(facts["error"]) == {"key", "message", "where", "remedy"}
    assert err.count("\n") == 1
    assert not (tmp_path / "m").exists()


def test_a_table_with_a_renamed_column_writes_nothing(dure, press, scrap_model, tmp_path):
    pl.read_csv(press).rename({"heat": "warmth"}).write_csv(tmp_path / "later.csv")
    code, facts, _ = dure(
        "predict", scrap_model, tmp_path / "later.csv", "-o", tmp_path / "out.csv", "--trust"
    )
    assert code == 2
    assert facts["error"]["key"] == "columns-unlike"
    assert not (tmp_path / "out.csv").exists()


def test_a_package_from_elsewhere_needs_trust_and_a_changed_one_never_passes(
    dure, press, scrap_model, tmp_path
):
    assert (
        dure("predict", scrap_model, press, "-o", tmp_path / "o.csv")[1]["error"]["key"] == "signer-unknown"
    )
    assert dure("predict", scrap_model, press, "-o", tmp_path / "o.csv", "--trust")[0] == 0
    changed = shutil.copytree(scrap_model, tmp_path / "changed")
    (changed / "metrics.json").write_text("{}")
    assert dure("evaluate", changed, press, "--trust")[1]["error"]["key"] == "package-damaged"


@pytest.mark.usefixtures("home")
def test_people_read_the_score_beside_that_of_no_model(press, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DURE_LANG", "ko")
    assert (
        run(["train", str(press), "--target", "scrap", "--ignore", "strength", "-o", str(tmp_path / "m")])
        == 0
    )
    shown = capsys.readouterr().out
    assert "모델 없이" in shown
    assert "ROC 면적" in shown
    assert run(["evaluate", str(tmp_path / "m"), str(press)]) == 0
    assert "실제보다 좋게" in capsys.readouterr().out


def test_help_names_every_option_of_the_contract(capsys):
    run(["train", "--help"])
    shown = capsys.readouterr().out
    for option in (
        "target",
        "task",
        "time",
        "group",
        "ignore",
        "pack",
        "budget",
        "seed",
        "normal-rows",
        "normal",
        "out",
    ):
        assert f"--{option}" in shown


def test_predictions_never_replace_the_table_they_are_for(dure, press, tmp_path):
    before = press.read_bytes()
    code, facts, _ = dure("predict", tmp_path / "no.model", press, "-o", press)
    assert (code, facts["error"]["key"]) == (2, "file-out-is-input")
    assert press.read_bytes() == before
