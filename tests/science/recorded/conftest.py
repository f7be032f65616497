"""The real command on recorded sets: each answer is held to the contract, each figure to the documentation's table."""

import contextlib
import io
import json
import os
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dure.node.command import run
from dure.science.prepare import read

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "recorded-sets.md"
# Of the margin over the null that the page states, this part must be found again: budgets here are seconds of a busy machine.
PART = 0.6
LOWER_IS_BETTER = ("error", "log_loss", "rate")
FIELDS = {
    "profile": {"sources", "rows", "columns", "findings"},
    "prepare": {"rows", "columns", "recipe", "findings", "out"},
    "train": {"task", "rows", "columns", "validation", "metric", "null", "seconds", "model"},
    "evaluate": {"task", "rows", "columns", "validation", "metric", "null", "seconds", "model"},
    "predict": {"rows", "out"},
    "replay": {"deployed", "static", "null", "rows", "seconds"},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder for the tables and models of one set."""
    return tmp_path_factory.mktemp("set")


@pytest.fixture(scope="module")
def run_command(tmp_path_factory):
    """The command in this process with a home of its own: exit code, the one object on stdout, and stderr."""
    home = tmp_path_factory.mktemp("home")

    def act(*words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*map(str, words), "--json", "--home", str(home)])
        return code, json.loads(out.getvalue()), err.getvalue()

    before = {name: os.environ.get(name) for name in ("DURE_LANG", "DURE_HOME")}
    os.environ["DURE_LANG"] = "en"
    yield act
    for name, value in before.items():
        os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="module")
def dure(run_command):
    """The facts of a command that succeeds, with every field of the contract."""

    def act(command, *words):
        code, facts, err = run_command(command, *words)
        assert code == 0, err
        assert set(facts) >= FIELDS[command]
        return facts

    return act


@pytest.fixture(scope="module")
def refused(run_command):
    """The error of a command that refuses: exit 2, one sentence without a traceback, the same in the object."""

    def act(*words):
        code, facts, err = run_command(*words)
        assert code == 2, (code, facts, err)
        assert set(facts["error"]) == {"key", "message", "where", "remedy"}
        assert "Traceback" not in err
        assert facts["error"]["message"] in err
        assert err.strip().count("\n") == 0
        return facts["error"]

    return act


@pytest.fixture(scope="module")
def keeps_rows(dure, place):
    """`dure predict` gives every input row, in order, with what the task has beside it."""

    def act(model, table, *wanted):
        out = place / "predicted.parquet"
        facts = dure("predict", model, table, "-o", out)
        given, found = read([table]).frame, pl.read_parquet(out)
        assert facts["rows"] == len(found) == len(given)
        assert set(wanted) <= set(found.columns) - set(given.columns)
        assert_frame_equal(found.select(given.columns), given, check_exact=True)
        return found

    return act


@pytest.fixture
def proves():
    """The figure stands as far from its null as the page says, or at least `PART` of that.

    With `RECORDED_ROWS=FILE` the rows are written there instead, to renew the page.
    """

    def act(name, measure, facts, metric="metric"):
        value, null = facts[metric][measure], facts["null"][measure]
        row = f"| {name} | {measure} | {value:.4g} | {null:.4g} | {facts['seconds']:.0f} |"
        if os.environ.get("RECORDED_ROWS"):
            with Path(os.environ["RECORDED_ROWS"]).open("a", encoding="utf-8") as file:
                file.write(f"{row}\n")
            return
        stated = _stated(name, measure)
        assert stated, f"the page lacks: {row}"
        sign = -1 if any(word in measure for word in LOWER_IS_BETTER) else 1
        assert sign * (value - null) >= PART * sign * (stated[0] - stated[1]) > 0, row

    return act


def _stated(name, measure):
    """Figure and null of a row of the page's tables."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == name and measure in cells:
            at = cells.index(measure)
            return float(cells[at + 1].replace(",", "")), float(cells[at + 2].replace(",", ""))
    return None


@pytest.fixture(scope="module")
def table(place):
    """Write a frame as a csv file of this set; its path."""

    def act(name, frame):
        frame.write_csv(place / name)
        return place / name

    return act


@pytest.fixture(scope="module")
def frame_of():
    """A recorded file as a frame."""

    def act(path, **asked):
        return pl.read_csv(path, infer_schema_length=None, **asked)

    return act


@pytest.fixture(scope="module")
def findings(dure):
    """What `dure profile` finds: the message by (key, where)."""

    def act(*words):
        return {(one["key"], one["where"]): one["message"] for one in dure("profile", *words)["findings"]}

    return act
