"""A line of recorded pump experiments in a real historian, and a detector trained on it by our own training."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import polars as pl
import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.deploy import Deployment, deploy
from dure.plant.historian import Historian
from dure.plant.inventory import training_table
from dure.plant.registry import ModelVersion, register, release
from dure.science.learn import TrainRequest, train
from dure.vocabulary import Permit
from machines.historian_process import SECOND, experiment, historian_process, play, samples

# All experiments begin at this whole second, so that they run side by side as assets of one line.
START = 1_700_000_000 * SECOND
ASSETS = ("pumps/P0", "pumps/P1", "pumps/P2")
NORMAL = 400
# The historian outlives a test, its rolled-back rows do not: no two deployments may share their signals.
_NUMBERS = count(1000)


def place(model: ModelVersion, name: str, assets: list[dict], by: Person, **more: float) -> Deployment:
    return deploy(model, name, assets, by, reason="test", since=START, id=next(_NUMBERS), **more)


@pytest.fixture
def placed():
    """Puts a model beside the line, from the start of the recording on."""
    return place


@dataclass(frozen=True)
class Line:
    """The played line: its home, the historian's client, the tables as recorded, the trained package."""

    home: Path
    historian: Historian
    tables: dict[str, pl.DataFrame]
    package: Path

    @property
    def columns(self) -> list[str]:
        return [name for name in self.tables[ASSETS[0]].columns if name != "time"]

    def inputs(self, asset: str) -> dict[str, str]:
        return {name: f"{asset}/{name}" for name in self.columns}

    def assets(self, *names: str) -> list[dict]:
        return [{"asset": name, "inputs": self.inputs(name)} for name in names or ASSETS]

    @property
    def end(self) -> int:
        return max(int(table["time"][-1]) for table in self.tables.values())


def shifted(file: Path) -> pl.DataFrame:
    table = experiment(file)
    return table.with_columns(pl.col("time") - table["time"][0] + START)


@pytest.fixture(scope="session")
def line(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    home = tmp_path_factory.mktemp("line") / "home"
    tables = {
        asset: shifted(recorded / f"skab/valve1/{number}.csv.gz") for number, asset in enumerate(ASSETS)
    }
    with historian_process(home) as historian:
        play(historian, "pumps", [samples(asset, table) for asset, table in tables.items()])
        made = Line(home, historian, tables, home / "trained")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DURE_HOME", str(home))
            _train(made)
        yield made


def _train(line: Line) -> None:
    table = training_table(
        line.historian, {ASSETS[0]: line.inputs(ASSETS[0])}, START, START + NORMAL * SECOND, SECOND,
        out=line.home / "normal.parquet",
    )  # fmt: skip
    request = TrainRequest(
        (str(table.path),), task="detect", time="time", ignore=("asset",), normal_rows=NORMAL - 10, budget=20
    )
    train(request, line.package, Permit.own([str(table.path)]))


@pytest.fixture
def at_home(line: Line, monkeypatch: pytest.MonkeyPatch) -> Line:
    """The line, whose home is the one in force; what deployments of other tests saw under the same number is gone."""
    shutil.rmtree(line.home / "scored", ignore_errors=True)
    monkeypatch.setenv("DURE_HOME", str(line.home))
    monkeypatch.setenv("DURE_LANG", "en")
    return line


@pytest.fixture
def engineer(db: None) -> Person:
    del db
    person = Person.objects.create_user("kim", password="a long enough one", name="Kim")
    give_role(person, "engineer", Organisation.objects.create(name="Pumps Ltd"))
    return person


@pytest.fixture
def released(at_home: Line, engineer: Person) -> ModelVersion:
    model = register(at_home.package, "Pump watch", engineer, learnt_from=["signals:normal"])
    release(model, engineer, "quiet on held-out rows")
    return model


@pytest.fixture
def deployed(at_home: Line, released: ModelVersion, engineer: Person) -> Deployment:
    return place(released, "Pumps", at_home.assets(), engineer)
