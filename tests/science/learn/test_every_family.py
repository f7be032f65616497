"""One check for every model family: the laws of its promise, on small real data of its task."""

import numpy as np
import polars as pl
import pytest

from dure.science.learn.checks import LAWS, Trial
from dure.science.learn.family import TASKS, Lesson, families
from dure.science.prepare import read
from dure.science.window import window_statistics

MEMBERS = [(task, name) for task in TASKS for name in sorted(families(task))]


@pytest.fixture(scope="module")
def trials(recorded):
    return {"estimate": _cells(recorded), "classify": _lenses(recorded), "detect": _loop(recorded)}


def _cells(recorded):
    """Capacity of cells never seen, from the charge curves of others."""
    tables = [read([recorded / f"battery-soh-xjtu/2C_battery-{at}.csv.gz"]).frame for at in (1, 2, 3)]
    x = [table.drop("capacity").cast(pl.Float64).to_numpy().copy() for table in tables]
    for values in x:
        values[~np.isfinite(values)] = np.nan
    y = [table["capacity"].to_numpy() for table in tables]
    lesson = Lesson(np.concatenate(x[:2])[::2], np.concatenate(y[:2])[::2])
    return Trial(lesson, x[2][:180], y[2][:180])


def _lenses(recorded):
    """Quality of injection-moulded lenses."""
    frame = read([recorded / "injection-moulding-airtlab/data.csv.gz"]).frame
    frame = frame.sample(fraction=1.0, shuffle=True, seed=1)
    x, y = frame.drop("quality").cast(pl.Float64).to_numpy(), frame["quality"].to_numpy() - 1
    return Trial(Lesson(x[:400], y[:400], classes=4), x[400:520], y[400:520])


def _loop(recorded):
    """A water loop whose valve is closed."""
    frame = read([recorded / "skab/valve1/0.csv.gz"]).frame
    signals = frame.drop("datetime", "anomaly", "changepoint").cast(pl.Float64).to_numpy()
    x = window_statistics(np.ascontiguousarray(signals), 10, ["mean", "std"]).reshape(len(frame), -1)
    return Trial(Lesson(x[9:400]), x[500:800], frame["anomaly"].to_numpy()[500:800])


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("task", "name"), MEMBERS)
def test_every_family_keeps_the_law(task, name, law, trials):
    LAWS[law](families(task)[name], trials[task])


def test_a_family_that_breaks_a_law_is_found(trials):
    class Forgetful(type(families("estimate")["ridge"])):
        def fit(self, lesson, settings, tick):
            shuffled = np.random.default_rng(lesson.x.size).permutation(lesson.y)
            return super().fit(Lesson(lesson.x, shuffled), settings, tick)

    with pytest.raises(AssertionError, match="must beat"):
        LAWS["beats_its_null"](Forgetful(), trials["estimate"])
