"""An oven that drifts, and models of it trained once for many tests."""

from pathlib import Path

import pytest

from dure.science.learn import TrainRequest, load, train
from dure.science.prepare import read_each
from dure.vocabulary import Permit
from science.replay.ovens import oven


@pytest.fixture(scope="session")
def replay_home(tmp_path_factory):
    """A home whose key signs the models of these tests."""
    return tmp_path_factory.mktemp("replay-home")


@pytest.fixture(autouse=True)
def in_replay_home(monkeypatch, replay_home):
    """Every test signs and trusts with that key, and speaks English."""
    monkeypatch.setenv("DURE_HOME", str(replay_home))
    monkeypatch.setenv("DURE_LANG", "en")


@pytest.fixture(scope="session")
def trained(tmp_path_factory, replay_home):
    """Train on the quiet half of the oven and open the package; once for each question."""
    place, made = tmp_path_factory.mktemp("models"), {}

    def act(target, frame=None, **asked):
        key = (target, tuple(sorted(asked.items())))
        if key not in made:
            source, folder = place / f"{len(made)}.csv", place / f"model-{len(made)}"
            (oven().head(600) if frame is None else frame).write_csv(source)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("DURE_HOME", str(replay_home))
                request = TrainRequest((str(source),), target=target, **{"budget": 2.0, **asked})
                train(request, folder, Permit.own([str(source)]))
                made[key] = load(folder), folder
        return made[key]

    return act


@pytest.fixture
def gauge(trained):
    """A model of the thickness."""
    return trained("thickness", ignore=("scrap",), families=("ridge",))[0]


@pytest.fixture
def detector(tmp_path):
    """A detector that learnt the quiet oven."""
    source = tmp_path / "quiet.csv"
    oven(drift_from=10_000).head(600).select("heat", "flow").write_csv(source)
    train(TrainRequest((str(source),), task="detect"), tmp_path / "detector", Permit.own([str(source)]))
    return load(tmp_path / "detector")


@pytest.fixture
def drifting(tmp_path) -> Path:
    """The second half of the oven as a file: it drifts."""
    path = tmp_path / "later.csv"
    oven().slice(600).write_csv(path)
    return path


@pytest.fixture
def later(drifting):
    """The same as a table."""
    return read_each([drifting])
