"""Small tables of known truth, and models trained once for many tests."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dure.science.learn import TrainRequest, load, train
from dure.vocabulary import Permit

QUICK = ("ridge",)
SHORT = 8.0
"""Budget of a search of which the kind is held, or a score that it reaches early. [s]"""


@pytest.fixture(scope="session")
def own_home(tmp_path_factory):
    """A home whose key signs the models of this session."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def learn(tmp_path, monkeypatch, own_home):
    """Train on sources and give facts and folder, in seconds where nobody asks for more; the key is that of `own_home`."""
    monkeypatch.setenv("DURE_HOME", str(own_home))
    monkeypatch.setenv("DURE_LANG", "en")

    def act(*sources, out="model", **asked):
        sources = tuple(str(source) for source in sources)
        folder = tmp_path / out
        facts = train(TrainRequest(sources, **{"budget": SHORT, **asked}), folder, Permit.own(sources))
        return facts, folder

    return act


def process(rows=400, seed=0):
    """A press whose strength follows heat and force; scrap is what is weak."""
    rng = np.random.default_rng(seed)
    heat, force, mood = rng.normal(200, 5, rows), rng.normal(50, 3, rows), rng.normal(size=rows)
    strength = 0.4 * heat + 1.2 * force + rng.normal(size=rows)
    return pl.DataFrame(
        {
            "heat": heat,
            "force": force,
            "mood": mood,
            "strength": strength,
            "scrap": (strength < 137).astype(int),
        }
    )


@pytest.fixture
def press(tmp_path) -> Path:
    """The press as a file."""
    path = tmp_path / "press.csv"
    process().write_csv(path)
    return path


def pump(rows=900, seed=0, broken=None):
    """A pump at one row a second; from row `broken` on its bearing runs hot."""
    rng = np.random.default_rng(seed)
    flow = np.sin(np.arange(rows) / 40) + rng.normal(size=rows) / 20
    warm = 0.5 * flow + rng.normal(size=rows) / 20
    if broken is not None:
        warm[broken:] += 3.0
    seconds = pl.datetime_range(
        pl.datetime(2026, 1, 5), pl.datetime(2026, 1, 5) + pl.duration(seconds=rows - 1), "1s", eager=True
    )
    fault = np.zeros(rows, dtype=int) if broken is None else (np.arange(rows) >= broken).astype(int)
    return pl.DataFrame({"time": seconds, "flow [L/min]": flow, "warm [Cel]": warm, "anomaly": fault})


@pytest.fixture
def pumps(tmp_path):
    """Two pumps as files, one of which breaks at row 700."""
    for at, broken in enumerate((None, 700)):
        pump(seed=at, broken=broken).write_csv(tmp_path / f"pump-{at}.csv")
    return [tmp_path / f"pump-{at}.csv" for at in (0, 1)]


@pytest.fixture(scope="session")
def scrap_model(tmp_path_factory, own_home):
    """A package that tells scrap apart, and its folder; not to be changed."""
    place = tmp_path_factory.mktemp("scrap")
    process().write_csv(place / "press.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(own_home))
        sources = (str(place / "press.csv"),)
        request = TrainRequest(sources, target="scrap", ignore=("strength",), families=("logistic",))
        train(request, place / "model", Permit.own(sources))
    return place / "model"


@pytest.fixture(scope="session")
def scrap(scrap_model, own_home):
    """The model in it, opened."""
    return load(scrap_model, home=own_home)
