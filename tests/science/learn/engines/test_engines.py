"""Foreign search engines: the same folds, no truth given away, and one sentence where they fail."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dure.science.learn.engines import (
    Engine,
    EngineAbsent,
    EngineFailed,
    EngineTooSlow,
    EngineUnknown,
    Job,
    ask,
    asking,
    engine_named,
    environment,
    listed,
)
from dure.vocabulary import Text

PEERS = Path(__file__).parents[4] / ".venv-peers" / "bin" / "python"


def engine(script, name="lightgbm", python=sys.executable):
    return Engine(name, Text(name, name), Path(script), Path(python))


@pytest.fixture
def third_party(monkeypatch):
    """LightGBM by the script of a third party, in place of an installed engine."""
    found = engine(Path(__file__).parents[3] / "peers" / "lightgbm_engine.py")
    monkeypatch.setitem(environment.ENGINES, "lightgbm", found)
    return found


def job(task="estimate", rows=300, **asked):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 3))
    y = x[:, 0] * 2 + rng.normal(size=rows) * 0.1
    y, classes = ((y > 0).astype(float), 2) if task == "classify" else (y, 0)
    turns = [(np.arange(200), np.arange(200, rows)), (np.arange(100, rows), np.arange(100))]
    return Job(task, pl.DataFrame(x, schema=["heat", "force", "mood"]), y, turns, classes, threads=1, **asked)


@pytest.mark.parametrize("task", ["estimate", "classify"])
def test_a_script_of_a_third_party_answers_every_turn_without_seeing_the_truth(third_party, task):
    asked = job(task)
    answered = ask(third_party, asked)
    said, truth = answered.said[0], asked.y[asked.turns[0][1]]
    assert said.shape == ((100, 2) if asked.classes else (100,))
    right = (said.argmax(axis=1) == truth).mean() if asked.classes else np.corrcoef(said, truth)[0, 1]
    assert right > 0.9
    assert [one["winner"] for one in answered.turns] == ["lgbm", "lgbm"]


@pytest.mark.usefixtures("third_party")
def test_a_training_tells_what_the_engine_reached_on_the_same_rows(learn, press):
    facts, _ = learn(
        press, target="strength", ignore=("scrap",), families=("ridge",), budget=5.0, engine="lightgbm"
    )
    found = facts["engine"]
    assert found["measure"] == "mean_absolute_error"
    assert (
        found["ours"] < found["value"] < found["null"]
    )  # the press is linear: ridge knows it, trees come near
    assert found["rows"] == 400
    assert not found["served"]
    assert "cannot be served" in found["words"]["en"]
    assert "서빙할 수 없습니다" in found["words"]["ko"]


@pytest.mark.usefixtures("home")
def test_an_engine_that_is_not_installed_is_one_sentence():
    with pytest.raises(EngineAbsent, match="dure engines add flaml"):
        _ = engine_named("flaml").runs
    assert [one["installed"] for one in listed()] == [False, False]
    assert all("==" in line for one in listed() for line in one["requirements"])


def test_an_engine_that_nobody_knows_is_refused():
    with pytest.raises(EngineUnknown, match="flaml, autogluon"):
        engine_named("h2o")


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("raise MemoryError('no room')", "no room"),
        ("pass", "answer.json"),
        ("import sys, pathlib; pathlib.Path(sys.argv[1], 'answer.json').write_text('{')", "Expecting"),
    ],
)
def test_an_engine_that_breaks_is_one_sentence_with_its_last_words(tmp_path, script, what):
    (tmp_path / "broken.py").write_text(script)
    with pytest.raises(EngineFailed, match=what):
        ask(engine(tmp_path / "broken.py"), job())


def test_an_engine_that_hangs_is_ended_with_its_children(tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "GRACE", 0.5)
    (tmp_path / "slow.py").write_text("import time; time.sleep(600)")
    with pytest.raises(EngineTooSlow):
        ask(engine(tmp_path / "slow.py"), job(budget=0.1))


def test_whoever_watches_can_stop_an_engine(tmp_path):
    (tmp_path / "slow.py").write_text("import time; time.sleep(600)")

    def stop(share):
        assert share == 0.0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(engine(tmp_path / "slow.py"), job(), stop)


def test_an_engine_knows_nothing_of_the_nodes_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("DURE_SECRET", "of the node")
    (tmp_path / "nosy.py").write_text(
        "import os, sys; sys.exit(os.environ.get('DURE_SECRET', 'it knows nothing'))"
    )
    with pytest.raises(EngineFailed, match="it knows nothing"):
        ask(engine(tmp_path / "nosy.py"), job())


@pytest.mark.soak
@pytest.mark.skipif(not PEERS.exists(), reason="scripts/peers has not made the peers' environment")
@pytest.mark.parametrize("task", ["estimate", "classify"])
def test_flaml_itself_answers(task):
    script = environment.OUTSIDE / "flaml_engine.py"
    answered = ask(engine(script, "flaml", PEERS), job(task, budget=5.0))
    assert answered.version == "2.7.0"
    assert all(np.isfinite(one).all() for one in answered.said)
