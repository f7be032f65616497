"""Bad input through the command: one sentence, exit 2, nothing left behind; what can be mended is mended and said."""

import os
import pickle
import shutil
import subprocess
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal

# A limit on the size of a file is met as a full disk is, with EFBIG in place of ENOSPC.
LIMITED = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)); from dure.node.command import main; main(sys.argv[1:])"
LEARN = ("--target", "NOX", "--ignore", "CO", "--budget", "2s")


@pytest.fixture(scope="module")
def rows(recorded, frame_of):
    return frame_of(recorded / "gas-turbine-emissions" / "gt_2011.csv.gz").head(800).rename({"AT": "AT [°C]"})


@pytest.fixture(scope="module")
def good(rows, table):
    return table("good.csv", rows)


@pytest.fixture(scope="module")
def model(dure, good, place):
    return place / "model", dure("train", good, *LEARN, "-o", place / "model")


@pytest.fixture
def nothing_left(tmp_path):
    """Where results would go; it must be empty in the end."""
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def stamped(rows, table):
    """The rows with a clock, by hours after the first of a year; `offset` is written behind."""

    def act(name, hours, offset=""):
        moment = pl.datetime(2026, 1, 1) + pl.duration(hours=pl.Series(hours))
        written = pl.concat_str(
            moment.dt.strftime("%Y-%m-%d %H:%M:%S"), pl.Series([*offset]) if offset else pl.lit("")
        )
        return table(name, rows.with_columns(written.alias("time")))

    return act


def test_a_target_without_a_value(refused, rows, table, nothing_left):
    empty = table("no-target.csv", rows.with_columns(NOX=pl.lit(None, dtype=pl.Float64)))
    assert refused("train", empty, *LEARN, "-o", nothing_left / "m")["key"] == "target-empty"


def test_a_signal_that_went_silent_after_training(refused, rows, table, model, nothing_left):
    silent = table("silent.csv", rows.with_columns(pl.lit(None, dtype=pl.Float64).alias("AT [°C]")))
    error = refused("predict", model[0], silent, "-o", nothing_left / "o.csv")
    assert error["key"] == "input-empty"
    assert "AT" in error["message"]


def test_a_column_without_a_value_is_left_out_and_that_is_said(dure, rows, table, place):
    empty = table("no-ap.csv", rows.with_columns(AP=pl.lit(None, dtype=pl.Float64)))
    facts = dure("train", empty, *LEARN, "-o", place / "without-ap")
    assert {one["column"]: one["why"] for one in facts["left_out"]}["AP"] == "it holds no values"


@pytest.mark.parametrize("command", ["profile", "prepare", "train"])
def test_times_with_and_without_an_offset(refused, stamped, nothing_left, command):
    mixed = stamped("zones.csv", range(800), ["+09:00", ""] * 400)
    wanted = {"profile": (), "prepare": ("-o", nothing_left / "o.csv")}
    error = refused(command, mixed, *wanted.get(command, (*LEARN, "-o", nothing_left / "m")))
    assert error["key"] == "file-zones-undecided"


@pytest.mark.parametrize(("header", "key"), [("AT [°F]", "units-unlike"), ("AT [°C]", "units-seem-unlike")])
def test_a_unit_that_changed_after_training(  # noqa: PLR0917 - fixtures
    refused, rows, table, model, nothing_left, header, key
):
    warmer = rows.with_columns(pl.col("AT [°C]") * 1.8 + 32).rename({"AT [°C]": header})
    other = table(f"{key}.csv", warmer)
    assert refused("predict", model[0], other, "-o", nothing_left / "o.csv")["key"] == key


@pytest.mark.parametrize("command", ["prepare", "predict", "train"])
def test_a_full_disk(good, model, nothing_left, command, tmp_path_factory):
    words = {
        "prepare": ["prepare", good, "-o", nothing_left / "o.parquet"],
        "predict": ["predict", model[0], good, "--trust", "-o", nothing_left / "o.csv"],
        "train": ["train", good, *LEARN, "-o", nothing_left / "m"],
    }[command]
    env = {**os.environ, "DURE_LANG": "en", "DURE_HOME": str(tmp_path_factory.mktemp("full"))}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("The disk is full: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("formulas", "key"),
    [
        ([("a", "=[b]+1"), ("b", "=[a]+1")], "formula-cycle"),
        ([("a", "=[a]+1")], "formula-cycle"),
        ([("a", "=EVAL([AP])")], "formula-function-unknown"),
        ([("a", "=[AP]+*2")], "formula-unreadable"),
        ([("a", "=" + "(" * 5000 + "1" + ")" * 5000)], "formula-too-large"),
        ([("a", "=" + "+".join(["ROLLMEAN([AP],700)"] * 300))], "formula-too-large"),
    ],
)
def test_formulas_that_cannot_be(  # noqa: PLR0917 - fixtures
    refused, good, place, nothing_left, formulas, key
):
    steps = [
        f'[[steps]]\nstep = "table.formula"\ncolumn = "{name}"\nformula = "{text}"' for name, text in formulas
    ]
    (place / "recipe.toml").write_text("\n".join(["version = 1", *steps]))
    error = refused("prepare", good, "--recipe", place / "recipe.toml", "-o", nothing_left / "o.csv")
    assert error["key"] == key


def pickled(folder):
    (folder / "model.txt").write_bytes(pickle.dumps({"predict": print}))


def extended(folder):
    (folder / "extra.pkl").write_bytes(pickle.dumps({"predict": print}))


def renamed(folder):
    card = folder / "card.json"
    card.write_text(card.read_text(encoding="utf-8").replace("NOX", "CO2"), encoding="utf-8")


@pytest.mark.parametrize("tamper", [pickled, extended, renamed])
def test_a_tampered_package_is_refused_even_with_trust(  # noqa: PLR0917 - fixtures
    refused, good, model, place, nothing_left, tamper
):
    changed = place / f"tampered-{tamper.__name__}"
    shutil.copytree(model[0], changed)
    tamper(changed)
    error = refused("predict", changed, good, "--trust", "-o", nothing_left / "o.csv")
    assert error["key"] == "package-damaged"


def test_a_pickle_is_no_package(refused, good, place, nothing_left):
    (place / "model.pkl").write_bytes(pickle.dumps({"predict": print}))
    error = refused("predict", place / "model.pkl", good, "--trust", "-o", nothing_left / "o.csv")
    assert error["key"] == "package-absent"


def test_a_package_of_another_signer_needs_trust(good, model, nothing_left, tmp_path_factory):
    words = ["predict", model[0], good, "-o", nothing_left / "o.csv", "--json"]
    env = {**os.environ, "DURE_HOME": str(tmp_path_factory.mktemp("stranger"))}
    dure = [sys.executable, "-m", "dure", *map(str, words)]
    done = subprocess.run(dure, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 2
    assert '"signer-unknown"' in done.stdout


def test_a_blank_in_a_header_is_taken_off_and_that_is_said(  # noqa: PLR0917 - fixtures
    dure, findings, rows, good, table, model, place
):
    blank = table("blank.csv", rows.rename({"AP": "AP "}))
    assert ("header-trimmed", "AP") in findings(blank)
    dure("predict", model[0], blank, "-o", place / "blank.parquet")
    dure("predict", model[0], good, "-o", place / "plain.parquet")
    found = [pl.read_parquet(place / f"{name}.parquet")["prediction"] for name in ("blank", "plain")]
    assert found[0].equals(found[1])


def test_a_column_that_repeats_the_target_is_left_out_and_that_is_said(dure, rows, table, place):
    leaking = table("leak.csv", rows.with_columns(nox_display=pl.col("NOX") * 2 + 1))
    facts = dure("train", leaking, *LEARN, "-o", place / "leaking")
    assert {one["column"]: one["why"] for one in facts["left_out"]}["nox_display"] == "it repeats the target"


def test_rows_after_a_clock_that_jumped_are_put_in_order_and_the_jump_is_said(dure, findings, stamped, place):
    jumped = stamped("jump.csv", [at - 72 if 400 < at < 420 else at for at in range(800)])
    said = findings(jumped)
    assert "goes back 1 time, first before row 402" in said["time-backwards", "time"]
    facts = dure("train", jumped, *LEARN, "--time", "time", "-o", place / "jumped")
    assert (facts["validation"]["kind"], facts["validation"]["by"]) == ("blocked_time", "time")


def test_predictions_of_rows_that_are_mended_keep_their_order(dure, rows, table, model, place):
    untidy = table("untidy.csv", rows.rename({"AP": " AP"}).reverse())
    dure("predict", model[0], untidy, "-o", place / "untidy.parquet")
    assert_frame_equal(pl.read_parquet(place / "untidy.parquet").select("NOX"), rows.reverse().select("NOX"))
